package cli

import (
	"fmt"
	"io"
	"strings"
	"unicode/utf8"

	"github.com/spf13/cobra"
)

// helpWidth is the width of the help, in columns.
const helpWidth = 80

// helpCommand is `recallbot help COMMAND`, which does the same as --help.
func helpCommand(r *run) *cobra.Command {
	return &cobra.Command{
		Use: "help [<command>...]", Short: "Show the help of a command.", Hidden: true, Args: r.checkArgs,
		RunE: func(cmd *cobra.Command, args []string) error {
			about, rest, err := cmd.Root().Find(args)
			if err == nil && len(rest) > 0 {
				err = unexpected(about, rest[0])
			}
			if err != nil {
				return err
			}
			about.InitDefaultHelpFlag() // it takes over the flags of the commands above
			return about.Help()
		},
	}
}

// printHelp prints usage, description, arguments, flags and sub-commands of a command.
func printHelp(cmd *cobra.Command, _ []string) {
	w := cmd.OutOrStdout()
	fmt.Fprintf(w, "Usage: %s\n\n%s\n", cmd.UseLine(), wrap(cmd.Short, 0))
	var rows [][2]string
	for _, argument := range arguments(cmd) {
		rows = append(rows, [2]string{"<" + argument.name + ">", argument.help})
	}
	printRows(w, "Arguments", rows)
	fmt.Fprintf(w, "\nFlags:\n%s", cmd.Flags().FlagUsagesWrapped(helpWidth))
	rows = nil
	for _, child := range cmd.Commands() {
		if !child.Hidden {
			rows = append(rows, [2]string{child.Name(), child.Short})
		}
	}
	printRows(w, "Commands", rows)
	if len(rows) > 0 {
		fmt.Fprintf(w, "\nRun \"%s <command> --help\" for more information on a command.\n", cmd.CommandPath())
	}
}

// printRows prints two columns, if there are rows.
func printRows(w io.Writer, title string, rows [][2]string) {
	if len(rows) == 0 {
		return
	}
	const margin, gap = 2, 3
	longest := 0
	for _, row := range rows {
		longest = max(longest, len(row[0]))
	}
	fmt.Fprintf(w, "\n%s:\n", title)
	for _, row := range rows {
		fmt.Fprintf(w, "%*s%-*s%s\n", margin, "", longest+gap, row[0], wrap(row[1], margin+longest+gap))
	}
}

// wrap breaks a text whose lines begin at a column into lines that end before helpWidth.
func wrap(text string, column int) string {
	var b strings.Builder
	at := column
	for i, word := range strings.Fields(text) {
		n := utf8.RuneCountInString(word)
		switch {
		case i == 0:
		case at+1+n > helpWidth:
			b.WriteString("\n" + strings.Repeat(" ", column))
			at = column
		default:
			b.WriteString(" ")
			at++
		}
		b.WriteString(word)
		at += n
	}
	return b.String()
}
