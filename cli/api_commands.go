package cli

import (
	"fmt"
	"os"

	"github.com/mattn/go-isatty"

	"recallbot/app"
	"recallbot/bot"
	"recallbot/client"
)

// apiFlags lead a command to a bot's HTTP API.
type apiFlags struct {
	Server    string `help:"The bot's address, https://…; without it RECALLBOT_API_URL." placeholder:"URL"`
	TokenFile string `help:"File with the API token; without it RECALLBOT_API_TOKEN, or the file of RECALLBOT_API_TOKEN_FILE." placeholder:"FILE" type:"path"`
}

// envServer names the bot where no flag does.
const envServer = "RECALLBOT_API_URL"

// server is the bot's address; empty where none is named.
func (f apiFlags) server() string {
	if f.Server != "" {
		return f.Server
	}
	return os.Getenv(envServer)
}

// open makes the terminal for a command over the API.
func (f apiFlags) open(r *run, asJSON bool) (*Terminal, error) {
	if f.server() == "" {
		return nil, &Exit{Code: CodeUsage, Err: errNoServer}
	}
	token, err := Token(os.Getenv, f.TokenFile)
	if err != nil {
		return nil, err
	}
	server, err := client.New(f.server(), token, client.Options{UserAgent: "recallbot"})
	if err != nil && f.Server == "" {
		err = fmt.Errorf("%s: %w", envServer, err)
	}
	if err != nil {
		return nil, &Exit{Code: CodeUsage, Err: err}
	}
	return &Terminal{
		Bot: server, Out: r.out, Side: r.side, In: os.Stdin, JSON: asJSON,
		Person: isatty.IsTerminal(os.Stdin.Fd()) && isatty.IsTerminal(os.Stderr.Fd()),
	}, nil
}

type postCmd struct {
	apiFlags `embed:""`

	Text       string   `arg:"" optional:"" help:"The text; - reads it from standard input."`
	Card       string   `help:"File with the JSON of a card; - is standard input." placeholder:"FILE"`
	Rich       string   `help:"File with the JSON of a rich text; - is standard input." placeholder:"FILE"`
	Image      string   `help:"Key of an image." placeholder:"KEY"`
	File       string   `help:"Key of a file." placeholder:"KEY"`
	Chat       []string `help:"Chat to post to (oc_…); may be repeated." placeholder:"CHAT" sep:"none"`
	User       []string `help:"Person to post to (ou_…); may be repeated." placeholder:"USER" sep:"none"`
	Group      string   `help:"Name of the broadcast; made up without." placeholder:"NAME"`
	Author     string   `help:"Person who may take it back in the chat (ou_…)." placeholder:"USER"`
	ExpireIn   string   `help:"After how long it is taken back, such as 24h." placeholder:"DURATION"`
	UndoButton bool     `help:"Give the author a button that takes it back."`
	Key        string   `help:"The same key posts once within 24 hours." placeholder:"KEY"`
	Wait       bool     `help:"Wait until all is sent or failed."`
	JSON       bool     `name:"json" help:"Print JSON."`
}

func (c postCmd) Run(r *run) error {
	t, err := c.open(r, c.JSON)
	if err != nil {
		return err
	}
	order := client.PostOrder{
		Chats: c.Chat, Users: c.User, Text: c.Text, ImageKey: c.Image, FileKey: c.File, Group: c.Group, Author: c.Author,
		ExpireIn: c.ExpireIn, Key: c.Key,
	}
	if c.UndoButton {
		order.Undo = &client.Undo{Button: true}
	}
	return t.Post(r.ctx, PostRequest{PostOrder: order, CardFile: c.Card, RichFile: c.Rich, Wait: c.Wait})
}

type postsCmd struct {
	apiFlags `embed:""`

	Group  string `help:"Only this broadcast." placeholder:"NAME"`
	Author string `help:"Only this person's." placeholder:"USER"`
	Chat   string `help:"Only this chat." placeholder:"CHAT"`
	State  string `help:"Only those that are queued, sent, failed, unsure, cancelled or recalled." placeholder:"STATE"`
	N      int    `short:"n" help:"How many." default:"50"`
	JSON   bool   `name:"json" help:"Print JSON lines."`
}

func (c postsCmd) Run(r *run) error {
	t, err := c.open(r, c.JSON)
	if err != nil {
		return err
	}
	return t.Posts(r.ctx, client.PostsQuery{
		Group: c.Group, Author: c.Author, Chat: c.Chat, State: client.PostState(c.State), PerPage: min(c.N, maxPerPage),
	}, c.N)
}

type recallsCmd struct {
	apiFlags `embed:""`

	Group string `help:"Only those of this broadcast." placeholder:"NAME"`
	Chat  string `help:"Only those in this chat." placeholder:"CHAT"`
	State string `help:"Only those in this state, such as running or done." placeholder:"STATE"`
	N     int    `short:"n" help:"How many." default:"50"`
	JSON  bool   `name:"json" help:"Print JSON lines."`
}

func (c recallsCmd) Run(r *run) error {
	t, err := c.open(r, c.JSON)
	if err != nil {
		return err
	}
	return t.Recalls(r.ctx, client.RecallsQuery{
		Group: c.Group, Chat: c.Chat, State: client.RecallState(c.State), PerPage: min(c.N, maxPerPage),
	}, c.N)
}

// maxPerPage is how many the API gives at once.
const maxPerPage = 100

type undoCmd struct {
	apiFlags `embed:""`

	Job    string `arg:"" help:"The recall's id."`
	Detach bool   `help:"Don't wait for the end."`
	JSON   bool   `name:"json" help:"Print JSON."`
}

func (c undoCmd) Run(r *run) error {
	t, err := c.open(r, c.JSON)
	if err != nil {
		return err
	}
	return t.Undo(r.ctx, c.Job, c.Detach)
}

type auditListCmd struct {
	apiFlags `embed:""`

	Chat string `help:"Only this chat." placeholder:"CHAT"`
	N    int    `short:"n" help:"How many records." default:"50"`
	JSON bool   `name:"json" help:"Print JSON lines."`
}

// Run asks the server that is named, else looks into the operator's own Redis.
func (c auditListCmd) Run(r *run) error {
	if c.server() == "" {
		return r.withTools(func(t *Tools) error { return t.Audit(r.ctx, bot.ChatID(c.Chat), c.N, c.JSON) })
	}
	t, err := c.open(r, c.JSON)
	if err != nil {
		return err
	}
	return t.Audit(r.ctx, c.Chat, c.N)
}

type recallCmd struct {
	apiFlags `embed:""`

	Target []string `arg:"" optional:"" help:"Posts (p_…), or messages (om_…); without a server one batch send (bm-…)."`
	Group  string   `help:"Everything of a broadcast." placeholder:"NAME"`
	Team   string   `help:"Whose broadcast; for tokens without a team." placeholder:"NAME"`
	Chat   string   `help:"What --filter selects in this chat." placeholder:"CHAT"`
	Filter string   `help:"What to recall there, as after /recall clean: --bot me --since 30m." placeholder:"FILTER"`
	Reason string   `help:"Why, for the record." placeholder:"TEXT"`
	Notify string   `help:"An address that is told when it has ended." placeholder:"URL"`
	Yes    bool     `help:"Recall without asking."`
	Detach bool     `help:"Don't wait for the end."`
	Wait   bool     `help:"Without a server: wait until the platform has recalled the batch, and print how far it is."`
	JSON   bool     `name:"json" help:"Print JSON."`
}

// Run asks the server that is named, else recalls a batch for the operator.
func (c recallCmd) Run(r *run) error {
	if c.server() == "" {
		return c.batch(r)
	}
	t, err := c.open(r, c.JSON)
	if err != nil {
		return err
	}
	order := client.RecallOrder{Group: c.Group, Team: c.Team, Chat: c.Chat, Filter: c.Filter, Reason: c.Reason}
	if c.Notify != "" {
		order.Notify = &client.Notify{URL: c.Notify}
	}
	return t.Recall(r.ctx, RecallRequest{Targets: c.Target, Yes: c.Yes, Detach: c.Detach, RecallOrder: order})
}

func (c recallCmd) batch(r *run) error {
	if len(c.Target) != 1 || c.Group != "" || c.Chat != "" {
		return &Exit{Code: CodeUsage, Err: errNoServer}
	}
	config, err := r.load()
	if err != nil {
		return err
	}
	return app.RecallBatch(r.ctx, config, app.BatchOrder{ID: bot.MessageID(c.Target[0]), Wait: c.Wait}, r.out)
}
