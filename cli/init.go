package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/mdp/qrterminal/v3"
	"golang.org/x/term"
	"recallbot/app"
	"recallbot/bot"
	"recallbot/feishu"
	"recallbot/handlers/text"
)

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

// InitOrder says which app `recallbot init` is to make.
type InitOrder struct {
	// BaseURL is Feishu's, Lark's, or a simulator's: where to begin.
	BaseURL string
	// Path is the new file for the credentials: a configuration if it ends in .yaml or .yml, else environment variables.
	Path     string
	Language text.Language
	// Columns and Rows are the size of the terminal; zero where it is none.
	Columns, Rows int
}

// isYAML reports whether the file is a configuration.
func (o InitOrder) isYAML() bool {
	ending := filepath.Ext(o.Path)
	return ending == ".yaml" || ending == ".yml"
}

// Register creates the app by QR code, writes its credentials to a new file that only the owner can read, and prints
// what is left to do. It never touches a file that is there. The file is made first, so that no app is made whose secret
// then has no place.
func Register(ctx context.Context, order InitOrder, out io.Writer) error {
	const ownerOnly = 0o600
	file, err := os.OpenFile(order.Path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, ownerOnly)
	if errors.Is(err, fs.ErrExist) {
		return bot.Errorf(bot.Invalid, "%s is there already; name another file with --out", order.Path)
	}
	if err != nil {
		return bot.Errorf(bot.Invalid, "make the file for the credentials: %w", err)
	}
	made, err := feishu.Register(ctx, order.BaseURL, func(address string, within time.Duration) {
		ask(out, order, address, within)
	})
	if err != nil {
		return errors.Join(err, file.Close(), os.Remove(order.Path))
	}
	_, err = io.WriteString(file, credentials(order, made))
	if err := errors.Join(err, file.Close()); err != nil {
		return fmt.Errorf("write the credentials of %s, whose secret stands in the developer console too: %w", made.AppID, err)
	}
	fmt.Fprintf(out, "\n%s\n", order.Language.Say(text.InitMade, "app", made.AppID, "file", order.Path))
	checklist(out, order, made)
	return nil
}

// credentials is what the file holds. Events come over the websocket: that needs no address that the platform can reach,
// and no keys.
func credentials(order InitOrder, made feishu.Registered) string {
	if order.isYAML() {
		return fmt.Sprintf("feishu:\n  base_url: %q\n  app_id: %q\n  app_secret: %q\n  transport: %q\n",
			made.BaseURL, made.AppID, made.AppSecret.Reveal(), feishu.Websocket)
	}
	return fmt.Sprintf("RECALLBOT_FEISHU_BASE_URL=%s\nRECALLBOT_FEISHU_APP_ID=%s\nRECALLBOT_FEISHU_APP_SECRET=%s\nRECALLBOT_FEISHU_TRANSPORT=%s\n",
		made.BaseURL, made.AppID, made.AppSecret.Reveal(), feishu.Websocket)
}

// initStep is a line of the checklist: what to do, and below it what is concerned and where.
type initStep struct {
	say text.Key
	// names are scopes, events or callbacks, page the part of the console's address after the app, shell lines for a shell.
	names func(feishu.Asked) []string
	page  func(feishu.Asked) string
	shell func(InitOrder) []string
}

func initSteps() []initStep {
	return []initStep{
		{say: text.InitBot, page: page("/bot")},
		{say: text.InitScopes, names: scopes, page: authPage(scopes)},
		{say: text.InitOptional, names: optional, page: authPage(optional)},
		{say: text.InitStart, shell: start},
		{say: text.InitRedis, shell: compose},
		{say: text.InitEvents, names: events, page: page("/event")},
		{say: text.InitCallbacks, names: callbacks, page: page("/event")},
		{say: text.InitVersion, page: page("/version")},
		{say: text.InitGroup},
		{say: text.InitDoctor},
	}
}

func scopes(a feishu.Asked) []string { return a.Scopes }

func optional(a feishu.Asked) []string { return a.Optional }

func events(a feishu.Asked) []string { return a.Events }

func callbacks(a feishu.Asked) []string { return a.Callbacks }

// authPage opens the console with the scopes ticked, as the platform's own error texts link to it.
func authPage(names func(feishu.Asked) []string) func(feishu.Asked) string {
	return func(a feishu.Asked) string {
		return "/auth?q=" + strings.Join(names(a), ",") + "&op_from=openapi&token_type=tenant"
	}
}

func page(path string) func(feishu.Asked) string { return func(feishu.Asked) string { return path } }

// checklist prints what is left to do, with the pages of the console that belong to it.
func checklist(out io.Writer, order InitOrder, made feishu.Registered) {
	asked := feishu.Asks()
	fmt.Fprintf(out, "\n%s\n", order.Language.Say(text.InitNext))
	for i, step := range initSteps() {
		fmt.Fprintf(out, "\n [ ] %d. %s\n", i+1, order.Language.Say(step.say))
		if step.shell != nil {
			fmt.Fprintf(out, "    %s\n", strings.Join(step.shell(order), "\n    "))
		}
		if step.names != nil {
			fmt.Fprintf(out, "    %s\n", strings.Join(step.names(asked), "\n    "))
		}
		if step.page != nil {
			fmt.Fprintf(out, "    %s/app/%s%s\n", made.BaseURL, made.AppID, step.page(asked))
		}
	}
}

// ask shows the address that a person is to open, as a code where the terminal has room for it.
func ask(out io.Writer, order InitOrder, address string, within time.Duration) {
	const textRows = 6 // what stands below the code, and the prompt
	var code strings.Builder
	qrterminal.GenerateHalfBlock(address, qrterminal.L, &code)
	lines := strings.Split(strings.TrimSuffix(code.String(), "\n"), "\n")
	columns, rows := utf8.RuneCountInString(lines[0]), len(lines)+textRows
	if order.Columns == 0 || (order.Columns >= columns && order.Rows >= rows) {
		fmt.Fprintf(out, "%s\n%s\n%s\n", code.String(), order.Language.Say(text.InitScan, "time", inMinutes(order.Language, within)), address)
		return
	}
	fmt.Fprintf(out, "\n%s\n%s\n%s\n", order.Language.Say(text.InitVisit, "time", inMinutes(order.Language, within)), address,
		order.Language.Say(text.InitRoom, "columns", columns, "rows", rows))
}

// inMinutes is a time in whole minutes, at least one.
func inMinutes(lang text.Language, d time.Duration) string {
	if n := int(d / time.Minute); n > 1 {
		return lang.Say(text.InitMinutes, "count", n)
	}
	return lang.Say(text.InitMinute)
}

// start is the command that runs the bot with the new credentials.
func start(o InitOrder) []string {
	if o.isYAML() {
		return []string{"recallbot --config " + o.Path + " serve"}
	}
	return []string{"set -a; . " + o.Path + "; set +a; recallbot serve"}
}

// compose are the commands by which docker-compose.yml runs the bot: it takes the secret from a file, and so the key of
// events, which the long connection needs none of.
func compose(o InitOrder) []string {
	if o.isYAML() {
		return []string{"recallbot init --out .env    # it takes environment variables"}
	}
	return []string{
		"mkdir -p secrets",
		"sed -n 's/^RECALLBOT_FEISHU_APP_SECRET=//p' " + o.Path + " | tr -d '\\n' > secrets/feishu_app_secret",
		": > secrets/feishu_encrypt_key",
		"sed '/^RECALLBOT_FEISHU_APP_SECRET=/d' " + o.Path + " > .env.new && mv .env.new .env",
		"chmod 700 secrets && chmod 444 secrets/*",
		"docker compose up -d --build",
	}
}
