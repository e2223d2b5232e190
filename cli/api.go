package cli

import (
	"fmt"
	"github.com/mattn/go-isatty"
	"iter"
	"os"
	"recallbot/client"
	"strings"
	"unicode"
) // apiFlags lead a command to a bot's HTTP API.
type apiFlags struct {
	Server    string `help:"The bot's address, https://…; without it RECALLBOT_API_URL." placeholder:"URL"`
	TokenFile string `help:"File with the API token; without it RECALLBOT_API_TOKEN, or the file of RECALLBOT_API_TOKEN_FILE." placeholder:"FILE" type:"path"`
}

// envServer names the bot where no flag does.
const envServer = "RECALLBOT_API_URL"

// server is the bot's address; empty where none is named.
func (f apiFlags) server() string {
	if f.Server != "" {
		return f.Server
	}
	return os.Getenv(envServer)
}

// open makes the terminal for a command over the API.
func (f apiFlags) open(r *run, asJSON bool) (*Terminal, error) {
	if f.server() == "" {
		return nil, &Exit{Code: CodeUsage, Err: errNoServer}
	}
	token, err := Token(os.Getenv, f.TokenFile)
	if err != nil {
		return nil, err
	}
	server, err := client.New(f.server(), token, client.Options{UserAgent: "recallbot"})
	if err != nil && f.Server == "" {
		err = fmt.Errorf("%s: %w", envServer, err)
	}
	if err != nil {
		return nil, &Exit{Code: CodeUsage, Err: err}
	}
	return &Terminal{
		Bot: server, Out: r.out, Side: r.side, In: os.Stdin, JSON: asJSON,
		Person: isatty.IsTerminal(os.Stdin.Fd()) && isatty.IsTerminal(os.Stderr.Fd()),
	}, nil
}

// maxPerPage is how many the API gives at once.
const maxPerPage = 100

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

// firstOf reads up to n of a list.
func firstOf[T any](all iter.Seq2[T, error], n int) ([]T, error) {
	var list []T
	for item, err := range all {
		if err != nil {
			return nil, err
		}
		if len(list) == n {
			break
		}
		list = append(list, item)
	}
	return list, nil
}
