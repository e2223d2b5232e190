// Package cli is the command line: one file for each command. Commands over the HTTP API use package client only.
package cli

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"reflect"
	"strings"
	"syscall"
	"time"

	"github.com/alecthomas/kong"

	"recallbot/app"
	"recallbot/bot"
	"recallbot/bot/command"
	"recallbot/handlers/text"
)

// cli is the command line; docs/operations.md lists it.
type cli struct {
	Config string `help:"Configuration file; without it config.yaml of the working directory, if there." placeholder:"FILE" type:"path"`

	Serve       serveCmd       `cmd:"" help:"Run the bot."`
	Sandbox     sandboxCmd     `cmd:"" help:"Run the bot together with a Feishu on localhost and a chat page: no account, no Redis, no network."`
	Doctor      doctorCmd      `cmd:"" help:"Check credentials, scopes, events, Redis and clock; say what to do about each red line."`
	Conf        configCmd      `cmd:"" name:"config" help:"Look at the configuration."`
	Init        initCmd        `cmd:"" help:"Create the Feishu app by QR code and write its credentials."`
	Index       indexCmd       `cmd:"" help:"Print what the index knows of a chat."`
	Audit       auditCmd       `cmd:"" help:"Print who recalled what; verify that nothing is missing."`
	Hooks       hooksCmd       `cmd:"" help:"Look after webhooks."`
	Settings    settingsCmd    `cmd:"" name:"settings" help:"Print or change what is set in a chat."`
	DeadLetters deadLettersCmd `cmd:"" name:"deadletters" help:"List, replay or drop work that was given up."`
	Post        postCmd        `cmd:"" help:"Post to chats and people, over the HTTP API."`
	Posts       postsCmd       `cmd:"" help:"List posts, over the HTTP API."`
	Recall      recallCmd      `cmd:"" help:"Recall posts, messages or a broadcast over the HTTP API, or a batch send (bm-…) from here."`
	Recalls     recallsCmd     `cmd:"" help:"List recalls, over the HTTP API."`
	Undo        undoCmd        `cmd:"" help:"Post again what a recall took, over the HTTP API."`
	Token       tokenCmd       `cmd:"" help:"Make, list, rotate or revoke tokens of the HTTP API."`
	Version     versionCmd     `cmd:"" help:"Print the version, its commit, and the Go that built it."`
	Completion  completionCmd  `cmd:"" name:"completion" help:"Print what completes commands in a shell."`
	Man         manCmd         `cmd:"" help:"Print the manual page."`
	Simulate    simulateCmd    `cmd:"" name:"simulate" help:"Print what the bot would do about an event, and why, without doing it."`
	Healthz     healthzCmd     `cmd:"" hidden:"" help:"Ask the bot on this machine whether it is ready."`
}

// run is the argument of all commands.
type run struct {
	ctx     context.Context //nolint:containedctx // kong hands this to the commands' Run
	program Program
	config  string
	environ []string
	out     io.Writer
	model   *kong.Application
	// errOut is standard error: questions, progress and hints.
	errOut io.Writer
}

var (
	// errReported fails a command that has printed its own report.
	errReported = errors.New("see above")
	// errNoServer is returned for a command over the API if no bot is named.
	errNoServer = bot.WrongSetting("", "which bot? name its address with --server or RECALLBOT_API_URL")
)

// Program describes the build.
type Program struct {
	// Version and Commit are set by the linker. If they are empty, debug.ReadBuildInfo is used.
	Version, Commit string
	// Reference is the commented reference configuration.
	Reference string
}

// Main runs the command of os.Args and returns its exit code. SIGINT and SIGTERM shut it down gracefully.
func Main(program Program) int {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	context.AfterFunc(ctx, stop) // a second signal ends the process at once
	out := os.Stdout
	if null, err := os.OpenFile(os.DevNull, os.O_WRONLY, 0); err == nil {
		os.Stdout = null // the SDK prints to it, and has no option against that
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
	parsed, err := parser.Parse(args)
	if err != nil {
		printErrors(problems, usageFault(err, args))
		return CodeUsage
	}
	err = parsed.Run(&run{ctx: ctx, program: program, config: c.Config, environ: os.Environ(), out: out, model: parser.Model, errOut: problems})
	switch {
	case err == nil:
		return 0
	case !errors.Is(err, errReported):
		printErrors(problems, err)
	}
	if exit, ok := errors.AsType[*Exit](err); ok {
		return exit.Code
	}
	return 1
}

// load reads the configuration, which must be valid.
func (r *run) load() (app.Config, error) { return app.LoadValid(r.config, os.Environ()) }

// readDuration parses flags such as 24h and 3d.
func readDuration(ctx *kong.DecodeContext, target reflect.Value) error {
	var value string
	if err := ctx.Scan.PopValueInto("duration", &value); err != nil {
		return err
	}
	d, err := command.ParseDuration(value)
	target.SetInt(int64(d))
	return err
}

// autoLanguage is the value of --language that selects the terminal's language.
const autoLanguage = "auto"

// language returns the flag, or the terminal's language if the flag is auto.
func language(flag string) string {
	if flag != autoLanguage {
		return flag
	}
	locale := cmp.Or(os.Getenv("LC_ALL"), os.Getenv("LC_MESSAGES"), os.Getenv("LANG"))
	if strings.HasPrefix(locale, "zh") {
		return string(text.Chinese)
	}
	return string(text.English)
}
