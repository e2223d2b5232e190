package app

import (
	"cmp"
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"os"
	"os/exec"
	"runtime"
	"time"

	"golang.org/x/sync/errgroup"

	"recallbot/bot"
	"recallbot/feishu"
	"recallbot/handlers/text"
	"recallbot/sandbox"
)

// SandboxOptions say how the sandbox runs.
type SandboxOptions struct {
	// Listen is where the local Feishu and its chat page are served.
	Listen string
	// Hosts are names, besides localhost, by which the page and the control API may be called.
	Hosts []string
	// Open opens the page in a browser.
	Open bool
	// Lark simulates Lark in place of Feishu.
	Lark bool
	// Documented answers as the platform's documents say, where the real platform is known to answer differently.
	Documented bool
	// NoBot starts the local Feishu without our bot, for another bot.
	NoBot bool
	// EventURL is where events are sent if NoBot is set; empty means over a websocket.
	EventURL string
	// Plain sends events unencrypted and unsigned.
	Plain bool
	// Load is a file with a case, which SaveCase made; empty is the built-in one.
	Load string
	// App are the credentials of the app; those that are empty are generated.
	App sandbox.Credentials
}

// localFeishu is the sandbox, served on localhost.
type localFeishu struct {
	*sandbox.Feishu
	listener net.Listener
	server   *http.Server
	// url is its address without a trailing slash.
	url string
}

// openFeishu makes the local Feishu and listens. It keeps everything in memory.
func openFeishu(ctx context.Context, opts SandboxOptions, log *slog.Logger) (*localFeishu, error) {
	config := sandbox.Config{
		AppID: opts.App.AppID, AppSecret: opts.App.AppSecret, VerificationToken: opts.App.VerificationToken,
		EncryptKey: cmp.Or(opts.App.EncryptKey, rand.Text()), Lark: opts.Lark, Documented: opts.Documented, Hosts: opts.Hosts, Logger: log,
	}
	if opts.Plain {
		config.EncryptKey = ""
	}
	if opts.NoBot {
		config.AppName = "Test Bot"
	}
	platform, err := sandbox.New(config)
	if err != nil {
		return nil, fmt.Errorf("sandbox: %w", err)
	}
	fill := platform.Demo
	switch {
	case opts.Load != "":
		fill = func() error { return loadCase(platform, opts.Load) }
	case opts.NoBot:
		fill = platform.Stage
	}
	listener, err := listenAt(ctx, "--listen", opts.Listen)
	if err := errors.Join(err, fill()); err != nil {
		platform.Close()
		return nil, err
	}
	server := &http.Server{Handler: platform.Handler(), ReadHeaderTimeout: 5 * time.Second}
	return &localFeishu{platform, listener, server, "http://" + listener.Addr().String()}, nil
}

// loadCase fills the platform from a file.
func loadCase(platform *sandbox.Feishu, path string) error {
	file, err := os.Open(path) //nolint:gosec // the user's own file
	if err != nil {
		return fmt.Errorf("--load: %w", err)
	}
	defer func() { _ = file.Close() }() // it was only read
	if err := platform.LoadCase(file); err != nil {
		return fmt.Errorf("--load %s: %w", path, err)
	}
	return nil
}

// serve answers until ctx is done.
func (l *localFeishu) serve(ctx context.Context) error {
	defer context.AfterFunc(ctx, func() { _ = l.server.Close() })() // it ends anyway
	if err := l.server.Serve(l.listener); !errors.Is(err, http.ErrServerClosed) {
		return fmt.Errorf("sandbox: %w", err)
	}
	return nil
}

// RunSandbox runs a local Feishu with people and groups, and the bot against it over HTTP, until ctx is done.
func RunSandbox(ctx context.Context, config Config, opts SandboxOptions, out io.Writer, log *slog.Logger) error {
	platform, err := openFeishu(ctx, opts, log)
	if err != nil {
		return err
	}
	defer platform.Close()
	if opts.NoBot {
		return platform.runAlone(ctx, opts, out)
	}
	mine := platform.Config()
	config.Server.Listen = "127.0.0.1:0"
	config.Feishu.BaseURL = platform.url
	config.Feishu.AppID, config.Feishu.AppSecret = mine.AppID, bot.Secret(mine.AppSecret)
	config.Feishu.VerificationToken = bot.Secret(mine.VerificationToken)
	config.Feishu.EncryptKey = bot.Secret(mine.EncryptKey)
	if config.Archive.Key == "" { // the archive is in memory, and so is its key
		config.Archive.Key = newArchiveKey()
	}
	config.Owner = OwnerConfig{Key: newArchiveKey(), Local: true}

	ctx, stop := context.WithCancel(ctx)
	defer stop()
	var group errgroup.Group
	group.Go(func() error {
		defer stop()
		return platform.serve(ctx)
	})
	running, err := New(ctx, config, nil, log)
	if err != nil {
		stop()
		_ = group.Wait()
		return err
	}
	platform.SetRedirects(config.Owner.Redirect(running.Addr))
	offer, err := newLines(ctx, platform.Feishu, running)
	if err != nil {
		stop()
		return errors.Join(err, group.Wait(), running.Close())
	}
	offer()
	platform.SetHooks(sandbox.Hooks{Language: config.Chat.Language, SetLanguage: running.speak, Loaded: offer})
	if config.Feishu.Transport == feishu.Webhook {
		platform.SetEventURL("http://" + running.Addr() + "/webhook/event")
	}
	group.Go(func() error {
		defer stop()
		return running.Run(ctx)
	})
	if config.Feishu.Transport == feishu.Websocket {
		_ = platform.Wait(ctx, func(s sandbox.State) bool { return s.Sockets() > 0 }) // or ctx is done, which group reports
	}
	fmt.Fprintf(out, "\n  recallbot sandbox\n\n  Chat page    %s/\n  Bot          http://%s\n  Events       over %s\n  Bot speaks   %s\n  Ends with    Ctrl-C; nothing is kept\n\n",
		platform.url, running.Addr(), config.Feishu.Transport, spoken(text.Language(config.Chat.Language)))
	if opts.Open {
		openBrowser(ctx, platform.url+"/")
	}
	return group.Wait()
}

// spoken names a language, and the way to the other one.
func spoken(lang text.Language) string {
	if lang == text.Chinese {
		return "中文 (--language en: English)"
	}
	return "English (--language zh-CN: 中文)"
}

// speak changes the language in which the bot answers in chats that have chosen none.
func (a *App) speak(language string) error {
	lang := text.Language(language)
	if lang != text.Chinese && lang != text.English {
		return fmt.Errorf("%q is neither %q nor %q", language, text.Chinese, text.English)
	}
	a.live.speak(lang)
	return nil
}

// runAlone runs the local Feishu for another bot, and prints what that bot needs.
func (l *localFeishu) runAlone(ctx context.Context, opts SandboxOptions, out io.Writer) error {
	app := l.Config()
	events := "to whoever connects by websocket: point your SDK's domain to the base URL"
	if opts.EventURL != "" {
		events = "to " + opts.EventURL + ", as soon as it answers the challenge"
	}
	fmt.Fprintf(out, `
  recallbot sandbox, without a bot

  Base URL             %[1]s
  App ID               %[2]s
  App secret           %[3]s
  Encrypt key          %[4]s
  Verification token   %[5]s
  Events               %[6]s
  Chat page            %[1]s/
  Control API          %[1]s/sandbox/v1/state, see docs/sandbox.md
  Ends with            Ctrl-C; nothing is kept

`, l.url, app.AppID, app.AppSecret, cmp.Or(app.EncryptKey, "none: events go out plain and unsigned"), app.VerificationToken, events)
	ctx, stop := context.WithCancel(ctx)
	defer stop()
	var group errgroup.Group
	group.Go(func() error {
		defer stop()
		return l.serve(ctx)
	})
	if opts.EventURL != "" {
		group.Go(func() error {
			l.saveEventURL(ctx, opts.EventURL, out)
			return nil
		})
	}
	if opts.Open {
		openBrowser(ctx, l.url+"/")
	}
	return group.Wait()
}

// saveEventURL sends the challenge until it is answered: the bot may start later.
func (l *localFeishu) saveEventURL(ctx context.Context, url string, out io.Writer) {
	again := time.NewTicker(time.Second)
	defer again.Stop()
	for shown := ""; ; {
		err := l.SaveEventURL(ctx, url)
		switch {
		case ctx.Err() != nil:
			return
		case err == nil:
			fmt.Fprintf(out, "  %s answered the challenge; events go there now\n", url)
			return
		case err.Error() != shown:
			shown = err.Error()
			fmt.Fprintf(out, "  no events yet: %v\n", err)
		}
		select {
		case <-again.C:
		case <-ctx.Done():
			return
		}
	}
}

// openBrowser tries to open a page. Failures are ignored: the address is printed too.
func openBrowser(ctx context.Context, page string) {
	opener := map[string]string{"darwin": "open", "linux": "xdg-open"}[runtime.GOOS]
	if opener == "" {
		return
	}
	if path, err := exec.LookPath(opener); err == nil {
		_ = exec.CommandContext(ctx, path, page).Start() //nolint:gosec // our own address
	}
}

// newArchiveKey makes a key for an archive that is in memory.
func newArchiveKey() bot.Secret {
	sum := sha256.Sum256([]byte(rand.Text()))
	return bot.Secret(hex.EncodeToString(sum[:]))
}
