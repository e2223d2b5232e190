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
	// CodeRefused: the token, or the policy, does not allow it.
	CodeRefused
	// CodePartial: some of it was done.
	CodePartial
	// CodeNothing: there is no such thing, or nothing matches.
	CodeNothing
	// CodeNotNow: the bot can't be reached, or asks to come again later.
	CodeNotNow
	// CodeUnconfirmed: nobody confirmed, so nothing was recalled.
	CodeUnconfirmed
	// CodeInterrupted: the command was interrupted; what it began goes on.
	CodeInterrupted = 130
)

// Exit is an error with the code that the process ends with.
type Exit struct {
	Code int
	Err  error
}

func exitf(code int, format string, args ...any) error {
	return &Exit{code, fmt.Errorf(format, args...)}
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

// Error says what Err says.
func (e *Exit) Error() string { return e.Err.Error() }

// Unwrap gives Err.
func (e *Exit) Unwrap() error { return e.Err }

// exit gives an error of the client its code.
func exit(err error) error {
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

// isNothing reports whether the bot has nothing left of what was asked for.
func isNothing(err error) bool {
	problem, ok := errors.AsType[*client.Error](err)
	return ok && problem.Reason == "nothing_kept"
}
