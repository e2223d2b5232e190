package cli

import (
	"fmt"
	"io"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/mdp/qrterminal/v3"

	"recallbot/feishu"
	"recallbot/handlers/text"
)

// initStep is a line of the checklist: what to do, and below it what is concerned and where.
type initStep struct {
	say text.Key
	// names are scopes, events or callbacks, page the part of the console's address after the app, shell lines for a shell.
	names func(feishu.Requirements) []string
	page  func(feishu.Requirements) string
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

func scopes(a feishu.Requirements) []string    { return a.Scopes }
func optional(a feishu.Requirements) []string  { return a.Optional }
func events(a feishu.Requirements) []string    { return a.Events }
func callbacks(a feishu.Requirements) []string { return a.Callbacks }

// authPage opens the console with the scopes ticked, as the platform's own error texts link to it.
func authPage(names func(feishu.Requirements) []string) func(feishu.Requirements) string {
	return func(a feishu.Requirements) string {
		return "/auth?q=" + strings.Join(names(a), ",") + "&op_from=openapi&token_type=tenant"
	}
}

func page(path string) func(feishu.Requirements) string {
	return func(feishu.Requirements) string { return path }
}

// checklist prints what is left to do, with the pages of the console that belong to it.
func checklist(out io.Writer, order InitOrder, made feishu.Registered) {
	asked := feishu.Required()
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
