package cli

import (
	"errors"
	"iter"
	"os"
	"strings"
	"unicode"

	"github.com/mattn/go-isatty"
	"github.com/spf13/cobra"

	"recallbot/bot"
	"recallbot/client"
)

// apiFlags name a bot's HTTP API and the token for it.
type apiFlags struct{ address, tokenFile string }

func (f *apiFlags) add(cmd *cobra.Command) {
	cmd.Flags().StringVar(&f.address, "server", "", "The bot's `URL`, https://…; without it RECALLBOT_API_URL.")
	cmd.Flags().StringVar(&f.tokenFile, "token-file", "", "`FILE` with the API token; without it RECALLBOT_API_TOKEN, or the file of RECALLBOT_API_TOKEN_FILE.")
}

// envServer is the environment variable that replaces --server.
const envServer = "RECALLBOT_API_URL"

// server returns the bot's address, or "" if none is set.
func (f apiFlags) server() string {
	if f.address != "" {
		return f.address
	}
	return os.Getenv(envServer)
}

// open returns a Terminal that is connected to the API.
func (f apiFlags) open(r *run, asJSON bool) (*Terminal, error) {
	if f.server() == "" {
		return nil, &Exit{Code: CodeUsage, Err: errNoServer}
	}
	token, err := Token(os.Getenv, fullPath(f.tokenFile))
	if err != nil {
		return nil, err
	}
	server, err := client.New(f.server(), token, client.Options{UserAgent: "recallbot"})
	if err != nil {
		return nil, &Exit{Code: CodeUsage, Err: f.serverFault(err)}
	}
	return &Terminal{
		Bot: server, Out: r.out, ErrOut: r.errOut, In: os.Stdin, JSON: asJSON,
		Interactive: isatty.IsTerminal(os.Stdin.Fd()) && isatty.IsTerminal(os.Stderr.Fd()),
	}, nil
}

// serverFault is why the client can't be made: the address, or the token.
func (f apiFlags) serverFault(err error) error {
	if !errors.Is(err, client.ErrServer) {
		return bot.WrongSetting("", "the API token must have no spaces in it and not be empty; is it the right file?")
	}
	key := envServer
	if f.address != "" {
		key = "--server"
	}
	if !strings.Contains(f.server(), "://") {
		return bot.WrongSetting(key, "must begin with http:// or https://, such as http://%s", f.server())
	}
	return bot.WrongSetting(key, "must be an address such as https://bot.example.com, not %q", f.server())
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
		return "", &Exit{CodeUsage, fileFault(file, err)}
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
