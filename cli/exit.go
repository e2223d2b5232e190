package cli

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/url"
	"slices"
	"strings"

	"recallbot/app/config"
	"recallbot/bot"
	"recallbot/client"
	"recallbot/handlers/text"
	"recallbot/store"
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

// Exit is an error with the exit code of the process. Its sentence is in English; printErrors translates it.
type Exit struct {
	Code int
	Err  error
}

func exitf(code int, format string, args ...any) error {
	return &Exit{code, &bot.BadSetting{Format: format, Args: args}}
}

// fileFault is why a file that was named can't be read or made.
func fileFault(path string, err error) error {
	if errors.Is(err, bufio.ErrTooLong) {
		return bot.WrongSetting("", "%s has a line that is too long to be a record", path)
	}
	return config.FileFault(path, err)
}

// printErrors prints one line per error, in the terminal's language where there is a translation.
func printErrors(w io.Writer, err error) {
	lang := text.Language(language(autoLanguage))
	for _, one := range bot.Flat(err) {
		for _, line := range errorLines(lang, one) {
			fmt.Fprintln(w, "recallbot:", line)
		}
	}
}

// errorLines are the sentences for an error: without the words of Go, Redis and other libraries where we have our own.
func errorLines(lang text.Language, err error) []string {
	if fault, ok := errors.AsType[*bot.BadSetting](err); ok {
		return lang.Configuration(fault)
	}
	if _, ok := errors.AsType[*store.OpenError](err); ok {
		advice := text.Advise(store.Fault(err), lang, text.Site{})
		return slices.DeleteFunc([]string{advice.Text, advice.Fix}, func(line string) bool { return line == "" })
	}
	detail := bot.Detail(err)
	if fault := bot.NetworkFault(err); fault != nil {
		op := detail.Op
		if op == detail.Kind.String() { // of an error that was made with a text
			op = ""
		}
		return lang.Configuration(bot.WrongSetting(op, "%s", fault))
	}
	if said := lang.Failed(detail.Reason, detail.Code); said != "" && detail.Reason != "" {
		return []string{strings.TrimSpace(detail.Op + ": " + said + " " + support(detail.Code, detail.LogID))}
	}
	if problem, ok := errors.AsType[*client.Error](err); ok {
		return strings.Split(strings.Replace(err.Error(), problem.Error(), problemText(problem), 1), "\n")
	}
	return []string{strings.TrimPrefix(err.Error(), detail.Kind.String()+": ")}
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
	sent, unreachable := errors.AsType[*url.Error](err)
	_, silent := errors.AsType[net.Error](err)
	switch {
	case errors.Is(err, context.Canceled):
		return exitf(CodeInterrupted, "interrupted; what has begun goes on")
	case unreachable && bot.NetworkFault(err) != nil:
		return exitf(CodeNotNow, "the bot does not answer at %s: %s; --server or RECALLBOT_API_URL names its address", hostOf(sent.URL), bot.NetworkFault(err))
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

// problemText is what the API says of a failed call: its sentences, each once, and what the platform's support asks for. The bot's
// name of the reason is for programs.
func problemText(p *client.Error) string {
	var sentences []string
	for _, fault := range p.Errors {
		place := strings.TrimPrefix(strings.TrimPrefix(fault.Location, "body"), ".")
		sentences = append(sentences, strings.TrimPrefix(place+": ", ": ")+fault.Message)
	}
	if len(sentences) == 0 && p.Detail != "" {
		sentences = []string{p.Detail}
	}
	if len(sentences) == 0 {
		sentences = []string{fmt.Sprintf("the bot answered HTTP %d %s", p.Status, p.Title)}
	}
	return strings.TrimSpace(strings.Join(sentences, "; ") + " " + support(p.Code, p.LogID))
}

// support is the platform's code and log id, for its support.
func support(code int, logID string) string {
	switch {
	case code == 0:
		return ""
	case logID == "":
		return fmt.Sprintf("(code %d)", code)
	default:
		return fmt.Sprintf("(code %d, log id %s)", code, logID)
	}
}

// hostOf is the part of a URL that names the server.
func hostOf(address string) string {
	u, err := url.Parse(address)
	if err != nil {
		return address
	}
	return u.Scheme + "://" + u.Host
}

// isNothing reports whether the bot has kept nothing that could be restored.
func isNothing(err error) bool {
	problem, ok := errors.AsType[*client.Error](err)
	return ok && problem.Reason == "nothing_kept"
}
