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
	"github.com/spf13/cobra"
	"golang.org/x/term"

	"recallbot/app"
	"recallbot/bot"
	"recallbot/feishu"
	"recallbot/handlers/text"
)

func initCommand(r *run) *cobra.Command {
	var out, lang string
	cmd := &cobra.Command{
		Use: "init", Short: "Create the Feishu app by QR code and write its credentials.", Args: r.checkArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			config, err := app.Load(r.config, os.Environ())
			if err != nil {
				return err
			}
			options := InitOptions{BaseURL: config.Feishu.BaseURL, Path: fullPath(out), Language: text.Language(language(lang))}
			if columns, rows, err := term.GetSize(int(os.Stdout.Fd())); err == nil {
				options.Columns, options.Rows = columns, rows
			}
			return Register(cmd.Context(), options, r.out)
		},
	}
	cmd.Flags().StringVar(&out, "out", ".env", "New `FILE` for the credentials: a configuration if it ends in .yaml, else environment variables.")
	addChoice(cmd, &lang, "language", "Language of the checklist; auto is that of the terminal.", autoLanguage, "zh-CN", "en")
	return cmd
}

// InitOptions are the options of `recallbot init`.
type InitOptions struct {
	// BaseURL is the address of Feishu, Lark or the sandbox.
	BaseURL string
	// Path is the new file for the credentials: a configuration if it ends in .yaml or .yml, else environment variables.
	Path     string
	Language text.Language
	// Columns and Rows are the size of the terminal; zero if it is no terminal.
	Columns, Rows int
}

// isYAML reports whether the file is a configuration.
func (o InitOptions) isYAML() bool {
	ending := filepath.Ext(o.Path)
	return ending == ".yaml" || ending == ".yml"
}

// Register creates the app by QR code, writes its credentials to a new file with mode 0600, and prints a checklist. It
// never overwrites a file. It creates the file first: if that fails, no app is created whose secret would be lost.
func Register(ctx context.Context, options InitOptions, out io.Writer) error {
	const ownerOnly = 0o600
	file, err := os.OpenFile(options.Path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, ownerOnly)
	if errors.Is(err, fs.ErrExist) {
		return bot.WrongSetting("--out", "the file %s is there already; name another one", options.Path)
	}
	if err != nil {
		return fileFault(options.Path, err)
	}
	made, err := feishu.Register(ctx, options.BaseURL, func(address string, within time.Duration) {
		printAddress(out, options, address, within)
	})
	if err != nil {
		return errors.Join(err, file.Close(), os.Remove(options.Path))
	}
	_, err = io.WriteString(file, credentials(options, made))
	if err := errors.Join(err, file.Close()); err != nil {
		return fmt.Errorf("write the credentials of %s, whose secret stands in the developer console too: %w", made.AppID, err)
	}
	fmt.Fprintf(out, "\n%s\n", options.Language.Say(text.InitMade, "app", made.AppID, "file", options.Path))
	printChecklist(out, options, made)
	return nil
}

// credentials returns the file's content. The transport is the websocket: it needs no public address and no encrypt key.
func credentials(options InitOptions, made feishu.Registered) string {
	if options.isYAML() {
		return fmt.Sprintf("feishu:\n  base_url: %q\n  app_id: %q\n  app_secret: %q\n  transport: %q\n",
			made.BaseURL, made.AppID, made.AppSecret.Reveal(), feishu.Websocket)
	}
	return fmt.Sprintf("RECALLBOT_FEISHU_BASE_URL=%s\nRECALLBOT_FEISHU_APP_ID=%s\nRECALLBOT_FEISHU_APP_SECRET=%s\nRECALLBOT_FEISHU_TRANSPORT=%s\n",
		made.BaseURL, made.AppID, made.AppSecret.Reveal(), feishu.Websocket)
}

// initStep is one step of the checklist.
type initStep struct {
	say text.Key
	// names are scopes, events or callbacks; page is the path in the developer console after the app's id; shell are shell
	// commands.
	names func(feishu.Requirements) []string
	page  func(feishu.Requirements) string
	shell func(InitOptions) []string
}

func initSteps() []initStep {
	return []initStep{
		{say: text.InitBot, page: page("/bot")},
		{say: text.InitScopes, names: scopes, page: authPage(scopes)},
		{say: text.InitOptional, names: optional, page: authPage(optional)},
		{say: text.InitStart, shell: serveLines},
		{say: text.InitRedis, shell: composeLines},
		{say: text.InitEvents, names: events, page: page("/event")},
		{say: text.InitCallbacks, names: callbacks, page: page("/event")},
		{say: text.InitVersion, page: page("/version")},
		{say: text.InitGroup},
		{say: text.InitDoctor},
	}
}

func scopes(a feishu.Requirements) []string { return a.Scopes }

func optional(a feishu.Requirements) []string { return a.Optional }

func events(a feishu.Requirements) []string { return a.Events }

func callbacks(a feishu.Requirements) []string { return a.Callbacks }

// authPage is the console's page with the scopes preselected, in the form of the links in the platform's error texts.
func authPage(names func(feishu.Requirements) []string) func(feishu.Requirements) string {
	return func(a feishu.Requirements) string {
		return "/auth?q=" + strings.Join(names(a), ",") + "&op_from=openapi&token_type=tenant"
	}
}

func page(path string) func(feishu.Requirements) string {
	return func(feishu.Requirements) string { return path }
}

// printChecklist prints the remaining steps, with links to the developer console.
func printChecklist(out io.Writer, options InitOptions, made feishu.Registered) {
	asked := feishu.Required()
	fmt.Fprintf(out, "\n%s\n", options.Language.Say(text.InitNext))
	for i, step := range initSteps() {
		fmt.Fprintf(out, "\n [ ] %d. %s\n", i+1, options.Language.Say(step.say))
		if step.shell != nil {
			fmt.Fprintf(out, "    %s\n", strings.Join(step.shell(options), "\n    "))
		}
		if step.names != nil {
			fmt.Fprintf(out, "    %s\n", strings.Join(step.names(asked), "\n    "))
		}
		if step.page != nil {
			fmt.Fprintf(out, "    %s/app/%s%s\n", made.BaseURL, made.AppID, step.page(asked))
		}
	}
}

// printAddress prints the address to open, with a QR code if the terminal is large enough.
func printAddress(out io.Writer, options InitOptions, address string, within time.Duration) {
	const textRows = 6 // the lines below the code, and the prompt
	var code strings.Builder
	qrterminal.GenerateHalfBlock(address, qrterminal.L, &code)
	lines := strings.Split(strings.TrimSuffix(code.String(), "\n"), "\n")
	columns, rows := utf8.RuneCountInString(lines[0]), len(lines)+textRows
	if options.Columns == 0 || (options.Columns >= columns && options.Rows >= rows) {
		fmt.Fprintf(out, "%s\n%s\n%s\n", code.String(), options.Language.Say(text.InitScan, "time", minutesText(options.Language, within)), address)
		return
	}
	fmt.Fprintf(out, "\n%s\n%s\n%s\n", options.Language.Say(text.InitVisit, "time", minutesText(options.Language, within)), address,
		options.Language.Say(text.InitRoom, "columns", columns, "rows", rows))
}

// minutesText formats a duration in whole minutes, at least one.
func minutesText(lang text.Language, d time.Duration) string {
	if n := int(d / time.Minute); n > 1 {
		return lang.Say(text.InitMinutes, "count", n)
	}
	return lang.Say(text.InitMinute)
}

// serveLines returns the command that runs the bot with the new credentials.
func serveLines(o InitOptions) []string {
	if o.isYAML() {
		return []string{"recallbot --config " + o.Path + " serve"}
	}
	return []string{"set -a; . " + o.Path + "; set +a; recallbot serve"}
}

// composeLines returns the commands that run the bot with docker-compose.yml, which reads the secret and the encrypt key
// from files. The encrypt key is empty: the websocket needs none.
func composeLines(o InitOptions) []string {
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
