package cli

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/url"
	"os"
	"strings"
	"unicode"

	"recallbot/client"
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

// Error says what Err says.
func (e *Exit) Error() string { return e.Err.Error() }

// Unwrap gives Err.
func (e *Exit) Unwrap() error { return e.Err }

func exitf(code int, format string, args ...any) error {
	return &Exit{code, fmt.Errorf(format, args...)}
}

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

// Terminal is where a command talks to a person or a program.
type Terminal struct {
	Bot *client.Client
	// Out takes results, Side what is said meanwhile, In gives answers to questions.
	Out, Side io.Writer
	In        io.Reader
	// Person is set where a person reads Side and answers In.
	Person bool
	// JSON makes results JSON.
	JSON bool
}

// Token gives the API token of the environment: RECALLBOT_API_TOKEN itself, or the file that is named, else the one of
// RECALLBOT_API_TOKEN_FILE.
func Token(lookup func(name string) string, file string) (string, error) {
	token := lookup("RECALLBOT_API_TOKEN")
	if file == "" && token != "" {
		return strings.TrimFunc(token, isAround), nil
	}
	if file == "" {
		file = lookup("RECALLBOT_API_TOKEN_FILE")
	}
	if file == "" {
		return "", exitf(CodeUsage, "no API token: set RECALLBOT_API_TOKEN or RECALLBOT_API_TOKEN_FILE, or name a file with --token-file")
	}
	text, err := os.ReadFile(file) //nolint:gosec // the path is the caller's own
	if err != nil {
		return "", exitf(CodeUsage, "read the API token: %w", err)
	}
	return strings.TrimFunc(string(text), isAround), nil
}

// isAround reports what editors and shells add around a token.
func isAround(r rune) bool { return unicode.IsSpace(r) || unicode.Is(unicode.Cf, r) }

// asks puts a question to a person, who has to say yes.
func (t *Terminal) asks(question string) bool {
	fmt.Fprintf(t.Side, "%s [y/N] ", question)
	answer, _ := bufio.NewReader(t.In).ReadString('\n')
	switch strings.ToLower(strings.TrimSpace(answer)) {
	case "y", "yes", "j", "是":
		return true
	default:
		return false
	}
}

func (t *Terminal) json(v any) error {
	encoder := json.NewEncoder(t.Out)
	encoder.SetEscapeHTML(false)
	return encoder.Encode(v)
}
