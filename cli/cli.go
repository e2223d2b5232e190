// Package cli is the command line: one file for each command. Commands over the HTTP API use package client only.
package cli

import (
	"cmp"
	"context"
	"errors"
	"io"
	"os"
	"os/signal"
	"path/filepath"
	"strings"
	"syscall"

	"github.com/spf13/cobra"

	"recallbot/app"
	"recallbot/bot"
	"recallbot/handlers/text"
)

// run is what the commands share.
type run struct {
	program Program
	// args are the words of the command line.
	args []string
	// config is --config.
	config  string
	environ []string
	out     io.Writer
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
	root := rootCommand(&run{program: program, args: args, environ: os.Environ(), out: out, errOut: problems}) //nolint:contextcheck // cobra hands it to the commands
	root.SetArgs(args)
	root.SetOut(out)
	root.SetErr(problems)
	err := root.ExecuteContext(ctx)
	switch {
	case err == nil:
		return CodeDone
	case !errors.Is(err, errReported):
		printErrors(problems, err)
	}
	return codeOf(err)
}

func init() { //nolint:gochecknoinits // cobra has no other place for it
	cobra.EnableCommandSorting = false // they are listed in the order of rootCommand
}

// rootCommand is the command line; docs/operations.md lists it.
func rootCommand(r *run) *cobra.Command {
	root := &cobra.Command{
		Use: "recallbot <command>", Short: "Takes back what bots posted in Feishu (Lark) groups.",
		Args: r.checkArgs, RunE: commandMissing, SilenceErrors: true, SilenceUsage: true,
		PersistentPreRun: func(*cobra.Command, []string) { r.config = fullPath(r.config) },
	}
	root.PersistentFlags().BoolP("help", "h", false, "Show this help.")
	root.PersistentFlags().StringVar(&r.config, "config", "", "Configuration `FILE`; without it config.yaml of the working directory, if there.")
	root.AddCommand(
		serveCommand(r), sandboxCommand(r), doctorCommand(r), configCommand(r), initCommand(r), indexCommand(r), auditCommand(r),
		hooksCommand(r), settingsCommand(r), deadLettersCommand(r), postCommand(r), postsCommand(r), recallCommand(r), recallsCommand(r),
		undoCommand(r), tokenCommand(r), versionCommand(r), completionCommand(r), manCommand(r), simulateCommand(r), healthzCommand(r),
	)
	root.SetHelpCommand(helpCommand(r))
	root.SetHelpFunc(printHelp)
	root.SetFlagErrorFunc(flagFault)
	keepOrder(root)
	return root
}

// keepOrder has the flags of a command and its sub-commands listed in the order in which they were added.
func keepOrder(cmd *cobra.Command) {
	cmd.Flags().SortFlags = false
	for _, child := range cmd.Commands() {
		keepOrder(child)
	}
}

// load reads the configuration, which must be valid.
func (r *run) load() (app.Config, error) { return app.LoadValid(r.config, os.Environ()) }

// fullPath makes the path of a file absolute, for messages. A leading ~/ is the home directory, - standard input.
func fullPath(path string) string {
	if path == "" || path == "-" {
		return path
	}
	if below, ok := strings.CutPrefix(path, "~/"); ok {
		if home, err := os.UserHomeDir(); err == nil {
			path = filepath.Join(home, below)
		}
	}
	if full, err := filepath.Abs(path); err == nil {
		return full
	}
	return path
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
