package cli

import (
	"cmp"
	"errors"
	"fmt"
	"io"
	"os"
	"reflect"
	"strings"

	"github.com/alecthomas/kong"

	"recallbot/bot"
	"recallbot/bot/command"
	"recallbot/handlers/text"
)

// readDuration reads flags like 24h and 3d.
func readDuration(ctx *kong.DecodeContext, target reflect.Value) error {
	var text string
	if err := ctx.Scan.PopValueInto("duration", &text); err != nil {
		return err
	}
	d, err := command.ParseDuration(text)
	target.SetInt(int64(d))
	return err
}

// misused says what is wrong with a command line, what may have been meant, and whose help tells more.
func misused(err error) string {
	text := err.Error()
	fault, ok := errors.AsType[*kong.ParseError](err)
	if !ok {
		return text
	}
	node := named(fault.Context)
	var below []string
	for _, child := range node.Children {
		if !child.Hidden {
			below = append(below, child.Name)
		}
	}
	if strings.Contains(text, "unexpected argument") && !strings.Contains(text, "did you mean") {
		switch {
		case len(below) > 0:
			text += "; there are " + strings.Join(below, ", ")
		case len(node.Positional) == 0:
			text += "; " + node.Name + " takes no arguments"
		}
	}
	return text + "; see " + node.FullPath() + " --help"
}

// named is the command that a command line names, as far as it does.
func named(line *kong.Context) *kong.Node {
	node := line.Model.Node
	for _, step := range line.Path {
		if step.Command != nil {
			node = step.Command
		}
	}
	if node.Parent != nil && node.Parent.DefaultCmd == node { // which need not be named
		node = node.Parent
	}
	return node
}

// complain says each error on a line of its own, in the language of the terminal where there are words for it.
func complain(w io.Writer, err error) {
	for _, one := range bot.Flat(err) {
		for _, line := range text.Language(language(auto)).Configuration(one) {
			fmt.Fprintln(w, "recallbot:", strings.TrimPrefix(line, bot.KindOf(one).String()+": "))
		}
	}
}

// auto is the flag for the language of the terminal.
const auto = "auto"

// language is what a flag says, or the language of the terminal.
func language(flag string) string {
	if flag != auto {
		return flag
	}
	//nolint:forbidigo // this is main
	spoken := cmp.Or(os.Getenv("LC_ALL"), os.Getenv("LC_MESSAGES"), os.Getenv("LANG"))
	if strings.HasPrefix(spoken, "zh") {
		return string(text.Chinese)
	}
	return string(text.English)
}
