// Package cli is the command line: one file for each command. Commands over the HTTP API know the client only.
package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/url"
	"os"
	"os/signal"
	"reflect"
	"runtime/debug"
	"strings"
	"syscall"
	"time"

	"github.com/alecthomas/kong"
	"golang.org/x/term"

	"recallbot/app"
	"recallbot/bot"
	"recallbot/feishu"
	"recallbot/handlers/text"
	"recallbot/sandbox"
)

// cli is the command line; docs/operations.md lists it.
type cli struct {
	Config string `help:"Configuration file; without it config.yaml of the working directory, if there." placeholder:"FILE" type:"path"`

	Serve   serveCmd    `cmd:"" help:"Run the bot."`
	Sandbox sandboxCmd  `cmd:"" help:"Run the bot together with a Feishu on localhost and a chat page: no account, no Redis, no network."`
	Doctor  doctorCmd   `cmd:"" help:"Check credentials, scopes, events, Redis and clock; say what to do about each red line."`
	Conf    configCmd   `cmd:"" name:"config" help:"Look at the configuration."`
	Init    initCmd     `cmd:"" help:"Create the Feishu app by QR code and write its credentials."`
	Index   indexCmd    `cmd:"" help:"Print what the index knows of a chat."`
	Audit   auditCmd    `cmd:"" help:"Print who recalled what; verify that nothing is missing."`
	Hooks   hooksCmd    `cmd:"" help:"Look after webhooks."`
	Set     settingsCmd `cmd:"" name:"settings" help:"Print or change what is set in a chat."`
	Dead    deadCmd     `cmd:"" name:"deadletters" help:"List, replay or drop work that was given up."`
	Post    postCmd     `cmd:"" help:"Post to chats and people, over the HTTP API."`
	Posts   postsCmd    `cmd:"" help:"List posts, over the HTTP API."`
	Recall  recallCmd   `cmd:"" help:"Recall posts, messages or a broadcast over the HTTP API, or a batch send (bm-…) from here."`
	Recalls recallsCmd  `cmd:"" help:"List recalls, over the HTTP API."`
	Undo    undoCmd     `cmd:"" help:"Post again what a recall took, over the HTTP API."`
	Token   tokenCmd    `cmd:"" help:"Make, list, rotate or revoke tokens of the HTTP API."`
	Version versionCmd  `cmd:"" help:"Print the version, its commit, and the Go that built it."`
	Shell   shellCmd    `cmd:"" name:"completion" help:"Print what completes commands in a shell."`
	Man     manCmd      `cmd:"" help:"Print the manual page."`
	Sim     simulateCmd `cmd:"" name:"simulate" help:"Print what the bot would do about an event, and why, without doing it."`
	Healthz healthzCmd  `cmd:"" hidden:"" help:"Ask the bot on this machine whether it is ready."`
}

// run is what every command gets.
type run struct {
	ctx     context.Context //nolint:containedctx // kong hands this to the commands' Run
	program Program
	config  string
	// environ is the environment.
	environ []string
	out     io.Writer
	model   *kong.Application
	// side takes what is said besides the result.
	side io.Writer
}

var (
	// errRed says that all has been said already.
	errRed = errors.New("see above")
	// errNoServer says that a command goes over the API, and no bot is named.
	errNoServer = errors.New("which bot? name it with --server or RECALLBOT_API_URL")
)

// Program is what the build knows of this program.
type Program struct {
	// Version and Commit are empty where the build names none; then Go's own notes are used.
	Version, Commit string
	// Reference is the commented reference configuration.
	Reference string
}

// Main runs the command that the process's arguments name and returns its exit code. SIGINT and SIGTERM end it in order.
func Main(program Program) int {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	context.AfterFunc(ctx, stop) // a second signal ends the process at once
	out := os.Stdout
	if null, err := os.OpenFile(os.DevNull, os.O_WRONLY, 0); err == nil {
		os.Stdout = null // the SDK writes lines of its own to it, which no option keeps it from
	}
	defer stop()
	return execute(ctx, program, os.Args[1:], out, os.Stderr)
}

func execute(ctx context.Context, program Program, args []string, out, problems io.Writer) int {
	var c cli
	parser, err := kong.New(&c, kong.Name("recallbot"), kong.Writers(out, problems),
		kong.TypeMapper(reflect.TypeFor[time.Duration](), kong.MapperFunc(readDuration)),
		kong.Description("Takes back what bots posted in Feishu (Lark) groups."))
	if err != nil {
		fmt.Fprintln(problems, "recallbot:", err)
		return 1
	}
	command, err := parser.Parse(args)
	if err != nil {
		fmt.Fprintln(problems, "recallbot:", misused(err))
		return CodeUsage
	}
	err = command.Run(&run{ctx: ctx, program: program, config: c.Config, environ: os.Environ(), out: out, model: parser.Model, side: problems})
	switch {
	case err == nil:
		return 0
	case !errors.Is(err, errRed):
		complain(problems, err)
	}
	if exit, ok := errors.AsType[*Exit](err); ok {
		return exit.Code
	}
	return 1
}

// load reads a configuration that must be right.
func (r *run) load() (app.Config, error) { return app.LoadValid(r.config, os.Environ()) }

const (
	// lazyGC lets the heap grow to five times what lives in it before it is collected: intake makes much garbage and keeps
	// nothing. GOGC in the environment wins.
	lazyGC = 400
	// softMemory is what the process takes before garbage is collected sooner: strangers can make it hold 256 MiB at most.
	// GOMEMLIMIT in the environment wins.
	softMemory = 160 << 20
)

type serveCmd struct{}

func (serveCmd) Run(r *run) error {
	hangup := make(chan os.Signal, 1)
	signal.Notify(hangup, syscall.SIGHUP)
	defer signal.Stop(hangup)
	source := app.NewSource(r.config, os.Environ(), hangup)
	config, err := source.Load()
	if err != nil {
		return err
	}
	if os.Getenv("GOGC") == "" {
		debug.SetGCPercent(lazyGC)
	}
	if os.Getenv("GOMEMLIMIT") == "" {
		debug.SetMemoryLimit(softMemory)
	}
	config.Telemetry.Version = r.program.build().Version
	log := app.NewLogger(os.Stderr, config.Log)
	running, err := app.New(r.ctx, config, log)
	if err != nil {
		return err
	}
	running.Follow(source)
	return running.Run(r.ctx)
}

type sandboxCmd struct {
	Listen     string   `help:"Address of the local Feishu and its chat page." default:"127.0.0.1:8090"`
	Host       []string `help:"A name, besides localhost, by which the page and the control API may be called." placeholder:"NAME"`
	Language   string   `help:"Language of the bot's answers: zh-CN, en, or auto for that of the terminal." default:"auto" enum:"auto,zh-CN,en"`
	Transport  string   `help:"How events come to the bot: webhook or websocket." default:"webhook" enum:"webhook,websocket"`
	Lark       bool     `help:"Be Lark rather than Feishu."`
	Documented bool     `help:"Answer as the documents say where those who call the platform report another answer."`
	Open       bool     `help:"Open the page in a browser." default:"true" negatable:""`
	Verbose    bool     `help:"Log what the bot does."`

	NoBot             bool   `help:"Run the local Feishu alone, for any bot, and print what that needs." group:"Without our bot"`
	Events            string `help:"Where events and card callbacks go; without it over a websocket." placeholder:"URL" group:"Without our bot"`
	AppID             string `name:"app-id" help:"The app's id: cli_ and 16 hex digits. Like the other credentials, made up where it is not given." group:"Without our bot"`
	AppSecret         string `help:"The app's secret." group:"Without our bot"`
	EncryptKey        string `help:"The key that encrypts and signs events." group:"Without our bot"`
	VerificationToken string `help:"The token in every event." group:"Without our bot"`
	Plain             bool   `help:"Send events unencrypted and unsigned, as for an app without an encrypt key." group:"Without our bot"`
}

// Validate is called by kong.
func (s sandboxCmd) Validate() error {
	alone := s.Plain || s.Events+s.AppID+s.AppSecret+s.EncryptKey+s.VerificationToken != ""
	switch address, err := url.Parse(s.Events); {
	case alone && !s.NoBot:
		return errors.New("--events, credentials and --plain are for --no-bot: our own bot is set up by itself")
	case s.Events != "" && (err != nil || address.Host == "" || !strings.HasPrefix(address.Scheme, "http")):
		return fmt.Errorf("--events %s: want an address like http://127.0.0.1:3000/webhook", s.Events)
	case s.EncryptKey != "" && s.Plain:
		return errors.New("--encrypt-key and --plain: want one of them")
	}
	return nil
}

func (s sandboxCmd) Run(r *run) error {
	config := app.Defaults()
	config.Chat.Language, config.Chat.Timezone = language(s.Language), "Local"
	config.Feishu.Transport = feishu.Transport(s.Transport)
	log := slog.New(slog.DiscardHandler)
	if s.Verbose {
		log = app.NewLogger(os.Stderr, config.Log)
	}
	return app.RunSandbox(r.ctx, config, app.SandboxOptions{
		Listen: s.Listen, Hosts: s.Host, Open: s.Open, Lark: s.Lark, Documented: s.Documented, NoBot: s.NoBot, EventURL: s.Events, Plain: s.Plain,
		App: sandbox.Credentials{
			AppID: s.AppID, AppSecret: s.AppSecret, EncryptKey: s.EncryptKey, VerificationToken: s.VerificationToken,
		},
	}, r.out, log)
}

type doctorCmd struct {
	Chat string `help:"Look at this chat too: is the bot in it, and who may recall there." placeholder:"CHAT"`
	JSON bool   `name:"json" help:"Print JSON."`
}

func (d doctorCmd) Run(r *run) error {
	config, wrong := app.LoadSpeaking(text.Language(language(auto)), r.config, os.Environ())
	if !runDoctor(r.ctx, config, DoctorOrder{Chat: bot.ChatID(d.Chat), JSON: d.JSON, Wrong: wrong}, r.out) {
		return errRed
	}
	return nil
}

type initCmd struct {
	Out      string `help:"New file for the credentials: a configuration if it ends in .yaml, else environment variables." default:".env" type:"path"`
	Language string `help:"Language of the checklist: zh-CN, en, or auto for that of the terminal." default:"auto" enum:"auto,zh-CN,en"`
}

func (i initCmd) Run(r *run) error {
	config, err := app.Load(r.config, os.Environ())
	if err != nil {
		return err
	}
	order := InitOrder{BaseURL: config.Feishu.BaseURL, Path: i.Out, Language: text.Language(language(i.Language))}
	if columns, rows, err := term.GetSize(int(os.Stdout.Fd())); err == nil {
		order.Columns, order.Rows = columns, rows
	}
	return Register(r.ctx, order, r.out)
}

type indexCmd struct {
	Chat string `arg:"" help:"Chat id (oc_…)."`
}

func (i indexCmd) Run(r *run) error {
	return r.withTools(func(t *Tools) error { return t.Index(r.ctx, bot.ChatID(i.Chat)) })
}

type auditCmd struct {
	List   auditListCmd   `cmd:"" default:"withargs" help:"Print the newest records."`
	Verify auditVerifyCmd `cmd:"" help:"Look whether records are missing or were changed: in Redis, or in files of JSON lines."`
}

type auditVerifyCmd struct {
	Files []string `arg:"" name:"file" optional:"" help:"Files that audit.file named; those of several replicas together."`
	Last  int64    `help:"Number of a record that was made, known from elsewhere: one that is missing shows, even where all of Redis was put back."`
}

func (a auditVerifyCmd) Run(r *run) error {
	config, err := app.Load(r.config, os.Environ())
	if err != nil {
		return err
	}
	whole := false
	if len(a.Files) > 0 {
		whole, err = VerifyFiles(config, a.Files, a.Last, r.out)
	} else {
		err = r.withTools(func(t *Tools) error { whole, err = t.Verify(r.ctx, a.Last); return err })
	}
	if err == nil && !whole {
		return errRed
	}
	return err
}

type hooksCmd struct {
	Secret hooksSecretCmd `cmd:"" help:"Print the secret that signs the webhooks of a team's own addresses."`
}

type hooksSecretCmd struct {
	Team string `arg:"" help:"The team, as its tokens name it."`
}

func (h hooksSecretCmd) Run(r *run) error {
	config, err := r.load()
	if err != nil {
		return err
	}
	return app.HookSecret(config, h.Team, r.out)
}

type settingsCmd struct {
	Chat    string   `arg:"" help:"Chat id (oc_…)."`
	Setting []string `arg:"" optional:"" help:"A setting and its value, as in /recall settings: quorum 3; moderators add ou_…; emoji default."`
	JSON    bool     `name:"json" help:"Print JSON."`
}

func (s settingsCmd) Run(r *run) error {
	return r.withTools(func(t *Tools) error { return t.Settings(r.ctx, bot.ChatID(s.Chat), s.Setting, s.JSON) })
}

type deadCmd struct {
	List   deadListCmd   `cmd:"" default:"withargs" help:"List the dead letters, oldest first."`
	Replay deadReplayCmd `cmd:"" help:"Give a dead letter back to the workers."`
	Drop   deadDropCmd   `cmd:"" help:"Delete a dead letter."`
}

type deadListCmd struct {
	JSON bool `name:"json" help:"Print JSON lines."`
}

func (d deadListCmd) Run(r *run) error {
	return r.withTools(func(t *Tools) error { return t.DeadLetters(r.ctx, d.JSON) })
}

type deadReplayCmd struct {
	Letter string `arg:"" help:"The letter's id, or all."`
}

func (d deadReplayCmd) Run(r *run) error {
	return r.withTools(func(t *Tools) error { return t.Replay(r.ctx, d.Letter) })
}

type deadDropCmd struct {
	Letter string `arg:"" help:"The letter's id, or all."`
}

func (d deadDropCmd) Run(r *run) error {
	return r.withTools(func(t *Tools) error { return t.Drop(r.ctx, d.Letter) })
}

type healthzCmd struct{}

func (healthzCmd) Run(r *run) error {
	config, err := app.Load(r.config, os.Environ())
	if err != nil {
		return err
	}
	return Healthy(r.ctx, config)
}

func (r *run) withTools(do func(*Tools) error) error {
	config, err := app.Load(r.config, os.Environ())
	if err != nil {
		return err
	}
	tools, err := OpenTools(r.ctx, config, r.out)
	if err != nil {
		return err
	}
	return errors.Join(do(tools), tools.Close())
}
