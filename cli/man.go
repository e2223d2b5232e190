package cli

import (
	"fmt"
	"io"
	"strings"

	"github.com/alecthomas/kong"
)

type manCmd struct{}

func (manCmd) Run(r *run) error {
	var page strings.Builder
	writeMan(&page, r.model)
	_, err := io.WriteString(r.out, page.String())
	return err
}

// writeMan writes the manual page from the texts of --help.
func writeMan(w io.Writer, model *kong.Application) {
	fmt.Fprintf(w, ".TH RECALLBOT 1\n.SH NAME\nrecallbot \\- %s\n", roff(lowerFirst(strings.TrimSuffix(model.Help, "."))))
	fmt.Fprint(w, ".SH SYNOPSIS\n.B recallbot\n[\\fB\\-\\-config\\fR \\fIFILE\\fR]\n\\fICOMMAND\\fR\n[\\fIARGUMENT\\fR ...]\n")
	fmt.Fprint(w, ".SH OPTIONS\n")
	writeFlags(w, model.Flags)
	fmt.Fprint(w, ".SH COMMANDS\n")
	for _, leaf := range model.Leaves(true) {
		fmt.Fprintf(w, ".SS \"%s\"\n%s\n", roff(strings.TrimPrefix(leaf.FullPath(), model.Name+" ")+arguments(leaf)), roff(leaf.Help))
		for _, argument := range leaf.Positional {
			fmt.Fprintf(w, ".TP\n\\fI%s\\fR\n%s\n", roff(strings.ToUpper(argument.Name)), roff(argument.Help))
		}
		writeFlags(w, leaf.Flags)
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

func writeFlags(w io.Writer, flags []*kong.Flag) {
	for _, flag := range flags {
		name := "\\fB\\-\\-" + roff(flag.Name) + "\\fR"
		if flag.Tag.Negatable != "" {
			name = "\\fB\\-\\-[no\\-]" + roff(flag.Name) + "\\fR"
		}
		if flag.Short != 0 {
			name = "\\fB\\-" + string(flag.Short) + "\\fR, " + name
		}
		if !flag.IsBool() {
			name += " \\fI" + roff(flag.FormatPlaceHolder()) + "\\fR"
		}
		fmt.Fprintf(w, ".TP\n%s\n%s\n", name, roff(flag.Help))
	}
}

func arguments(node *kong.Node) string {
	var text strings.Builder
	for _, argument := range node.Positional {
		text.WriteString(" " + strings.ToUpper(argument.Name))
	}
	return text.String()
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
