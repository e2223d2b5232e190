package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/url"
	"strings"

	"github.com/alecthomas/kong"

	"recallbot/bot"
	"recallbot/client"
	"recallbot/handlers/text"
)

// The exit codes of the commands over the API; docs/operations.md has the same table.
const (
	CodeDone = iota
	CodeFailed
	CodeUsage
	// CodeRefused is returned if the token or the policy does not allow it.
	CodeRefused
	// CodePartial is returned if only some of it was done.
	CodePartial
	// CodeNothing is returned if nothing has this id, or nothing matches.
	CodeNothing
	// CodeNotNow is returned if the bot can't be reached, or asks to retry later.
	CodeNotNow
	// CodeUnconfirmed is returned if nothing was recalled because it was not confirmed.
	CodeUnconfirmed
	// CodeInterrupted is returned after an interrupt. A recall that has started continues.
	CodeInterrupted = 130
)

// Exit is an error with the exit code of the process.
type Exit struct {
	Code int
	Err  error
}

func exitf(code int, format string, args ...any) error {
	return &Exit{code, fmt.Errorf(format, args...)}
}

// usageText returns the text of a parse error, with the possible commands and the --help to read.
func usageText(err error) string {
	message := err.Error()
	fault, ok := errors.AsType[*kong.ParseError](err)
	if !ok {
		return message
	}
	node := commandOf(fault.Context)
	var below []string
	for _, child := range node.Children {
		if !child.Hidden {
			below = append(below, child.Name)
		}
	}
	if strings.Contains(message, "unexpected argument") && !strings.Contains(message, "did you mean") {
		switch {
		case len(below) > 0:
			message += "; there are " + strings.Join(below, ", ")
		case len(node.Positional) == 0:
			message += "; " + node.Name + " takes no arguments"
		}
	}
	return message + "; see " + node.FullPath() + " --help"
}

// commandOf returns the innermost command that was parsed.
func commandOf(line *kong.Context) *kong.Node {
	node := line.Model.Node
	for _, step := range line.Path {
		if step.Command != nil {
			node = step.Command
		}
	}
	if node.Parent != nil && node.Parent.DefaultCmd == node { // its name is optional
		node = node.Parent
	}
	return node
}

// printErrors prints one line per error, translated into the terminal's language where there is a translation.
func printErrors(w io.Writer, err error) {
	for _, one := range bot.Flat(err) {
		for _, line := range text.Language(language(autoLanguage)).Configuration(one) {
			fmt.Fprintln(w, "recallbot:", strings.TrimPrefix(line, bot.KindOf(one).String()+": "))
		}
	}
}

// Error returns the text of Err.
func (e *Exit) Error() string { return e.Err.Error() }

// Unwrap returns Err.
func (e *Exit) Unwrap() error { return e.Err }

// withCode wraps an error of the client in an Exit.
func withCode(err error) error {
	if _, done := errors.AsType[*Exit](err); err == nil || done {
		return err
	}
	_, unreachable := errors.AsType[*url.Error](err)
	_, silent := errors.AsType[net.Error](err)
	switch {
	case errors.Is(err, context.Canceled):
		return &Exit{CodeInterrupted, errors.New("interrupted; what has begun goes on")}
	case errors.Is(err, client.ErrUnauthorized), errors.Is(err, client.ErrForbidden):
		return &Exit{CodeRefused, err}
	case errors.Is(err, client.ErrNotFound), isNothing(err):
		return &Exit{CodeNothing, err}
	case errors.Is(err, client.ErrBusy), errors.Is(err, client.ErrUnavailable), unreachable, silent:
		return &Exit{CodeNotNow, err}
	default:
		return &Exit{CodeFailed, err}
	}
}

// isNothing reports whether the bot has kept nothing that could be restored.
func isNothing(err error) bool {
	problem, ok := errors.AsType[*client.Error](err)
	return ok && problem.Reason == "nothing_kept"
}
