package cli

import (
	"fmt"
	"iter"
	"os"
	"strings"
	"unicode"

	"github.com/mattn/go-isatty"

	"recallbot/client"
)

// apiFlags name a bot's HTTP API and the token for it.
type apiFlags struct {
	Server    string `help:"The bot's address, https://…; without it RECALLBOT_API_URL." placeholder:"URL"`
	TokenFile string `help:"File with the API token; without it RECALLBOT_API_TOKEN, or the file of RECALLBOT_API_TOKEN_FILE." placeholder:"FILE" type:"path"`
}

// envServer is the environment variable that replaces --server.
const envServer = "RECALLBOT_API_URL"

// server returns the bot's address, or "" if none is set.
func (f apiFlags) server() string {
	if f.Server != "" {
		return f.Server
	}
	return os.Getenv(envServer)
}

// open returns a Terminal that is connected to the API.
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
		Bot: server, Out: r.out, ErrOut: r.errOut, In: os.Stdin, JSON: asJSON,
		Interactive: isatty.IsTerminal(os.Stdin.Fd()) && isatty.IsTerminal(os.Stderr.Fd()),
	}, nil
}

// maxPerPage is the API's maximum page size.
const maxPerPage = 100

// Token returns the API token. It reads the file if one is named, else RECALLBOT_API_TOKEN, else the file that
// RECALLBOT_API_TOKEN_FILE names.
func Token(lookup func(name string) string, file string) (string, error) {
	token := lookup("RECALLBOT_API_TOKEN")
	if file == "" && token != "" {
		return strings.TrimFunc(token, isPadding), nil
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
	return strings.TrimFunc(string(text), isPadding), nil
}

// isPadding reports whether r is white space or an invisible character, such as a byte order mark, around a token.
func isPadding(r rune) bool { return unicode.IsSpace(r) || unicode.Is(unicode.Cf, r) }

// collect reads up to n items.
func collect[T any](all iter.Seq2[T, error], n int) ([]T, error) {
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
