package cli

import (
	"fmt"
	"io"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
)

func manCommand(r *run) *cobra.Command {
	return &cobra.Command{
		Use: "man", Short: "Print the manual page.", Args: r.checkArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			var page strings.Builder
			writeMan(&page, cmd.Root())
			_, err := io.WriteString(r.out, page.String())
			return err
		},
	}
}

// writeMan writes the manual page from the texts of --help.
func writeMan(w io.Writer, root *cobra.Command) {
	fmt.Fprintf(w, ".TH RECALLBOT 1\n.SH NAME\nrecallbot \\- %s\n", roff(lowerFirst(strings.TrimSuffix(root.Short, "."))))
	fmt.Fprint(w, ".SH SYNOPSIS\n.B recallbot\n[\\fB\\-\\-config\\fR \\fIFILE\\fR]\n\\fICOMMAND\\fR\n[\\fIARGUMENT\\fR ...]\n")
	fmt.Fprint(w, ".SH OPTIONS\n")
	writeFlags(w, root.PersistentFlags())
	fmt.Fprint(w, ".SH COMMANDS\n")
	for _, leaf := range leaves(root) {
		if leaf.Hidden {
			continue
		}
		fmt.Fprintf(w, ".SS \"%s\"\n%s\n", roff(strings.TrimPrefix(commandLine(leaf), root.Name()+" ")), roff(leaf.Short))
		for _, argument := range arguments(leaf) {
			fmt.Fprintf(w, ".TP\n\\fI%s\\fR\n%s\n", roff(strings.ToUpper(argument.name)), roff(argument.help))
		}
		writeFlags(w, leaf.LocalFlags())
	}
	fmt.Fprint(w, `.SH ENVIRONMENT
Every key of the configuration is also a variable, RECALLBOT_SECTION_KEY, and the environment wins. With _FILE behind it, it
names a file that holds the value.
.SH FILES
.TP
\fIconfig.yaml\fR
of the working directory, where \fB\-\-config\fR names no other.
.SH EXIT STATUS
0: done; after a signal: stopped in order. 1: it failed, and standard error says why. 2: the command line could not be
understood.
.SH SIGNALS
SIGTERM and SIGINT end the bot in order, a second one at once. SIGHUP has it read its configuration again.
`)
}

func writeFlags(w io.Writer, flags *pflag.FlagSet) {
	flags.VisitAll(func(flag *pflag.Flag) {
		if flag.Hidden {
			return
		}
		name := "\\fB\\-\\-" + roff(flag.Name) + "\\fR"
		if flag.Shorthand != "" {
			name = "\\fB\\-" + flag.Shorthand + "\\fR, " + name
		}
		value, usage := pflag.UnquoteUsage(flag)
		if value != "" {
			name += " \\fI" + roff(value) + "\\fR"
		}
		fmt.Fprintf(w, ".TP\n%s\n%s\n", name, roff(usage))
	})
}

// leaves returns the commands without sub-commands.
func leaves(cmd *cobra.Command) []*cobra.Command {
	if !cmd.HasSubCommands() {
		return []*cobra.Command{cmd}
	}
	var all []*cobra.Command
	for _, child := range cmd.Commands() {
		all = append(all, leaves(child)...)
	}
	return all
}

// commandLine returns a command with its arguments, such as recallbot index CHAT.
func commandLine(cmd *cobra.Command) string {
	words := []string{cmd.CommandPath()}
	for _, argument := range arguments(cmd) {
		words = append(words, strings.ToUpper(argument.name))
	}
	return strings.Join(words, " ")
}

// roff escapes a text.
func roff(text string) string {
	text = strings.NewReplacer(`\`, `\e`, "-", `\-`, "…", "...", `"`, `\(dq`, "\n", " ").Replace(text)
	if strings.HasPrefix(text, ".") || strings.HasPrefix(text, "'") {
		return `\&` + text
	}
	return text
}

func lowerFirst(text string) string {
	if text == "" {
		return ""
	}
	return strings.ToLower(text[:1]) + text[1:]
}
