package app

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"os/exec"
	"runtime"
	"time"

	"golang.org/x/sync/errgroup"

	"recallbot/bot"
	"recallbot/feishu"
	"recallbot/sandbox"
)

// SandboxOptions say how the sandbox runs.
type SandboxOptions struct {
	// Listen is where the local Feishu and its chat page are served.
	Listen string
	// Open opens the page in a browser.
	Open bool
	// Lark makes it a Lark.
	Lark bool
}

// RunSandbox runs a Feishu that lives on localhost, with people and groups in it, and the bot against it over real
// HTTP, until ctx is done. Nothing leaves the machine and nothing is kept.
func RunSandbox(ctx context.Context, config Config, opts SandboxOptions, out io.Writer, log *slog.Logger) error {
	platform, err := sandbox.New(sandbox.Config{EncryptKey: "sandbox-encrypt-key", VerificationToken: "sandbox-token", Lark: opts.Lark, Logger: log})
	if err != nil {
		return err
	}
	defer platform.Close()
	if err := platform.Demo(); err != nil {
		return err
	}
	listener, err := (&net.ListenConfig{}).Listen(ctx, "tcp", opts.Listen)
	if err != nil {
		return fmt.Errorf("sandbox: %w", err)
	}
	page := "http://" + listener.Addr().String() + "/"
	mine := platform.Config()
	config.Server.Listen = "127.0.0.1:0"
	config.Feishu.BaseURL = "http://" + listener.Addr().String()
	config.Feishu.AppID, config.Feishu.AppSecret = mine.AppID, bot.Secret(mine.AppSecret)
	config.Feishu.VerificationToken = bot.Secret(mine.VerificationToken)
	config.Feishu.EncryptKey = bot.Secret(mine.EncryptKey)
	if config.Archive.Key == "" { // everything is in memory, so is the key
		config.Archive.Key = newArchiveKey()
	}
	config.Owner = OwnerConfig{Key: newArchiveKey(), Local: true}

	ctx, stop := context.WithCancel(ctx)
	defer stop()
	var group errgroup.Group
	server := &http.Server{Handler: platform.Handler(), ReadHeaderTimeout: 5 * time.Second}
	group.Go(func() error {
		<-ctx.Done()
		return server.Close()
	})
	group.Go(func() error {
		defer stop()
		if err := server.Serve(listener); !errors.Is(err, http.ErrServerClosed) {
			return fmt.Errorf("sandbox: %w", err)
		}
		return nil
	})
	running, err := New(ctx, config, log)
	if err != nil {
		stop()
		_ = group.Wait()
		return err
	}
	platform.SetRedirects(running.redirect())
	if err := offerLines(ctx, platform, running); err != nil {
		stop()
		return errors.Join(err, group.Wait(), running.Close())
	}
	if config.Feishu.Transport == feishu.Webhook {
		platform.SetEventURL("http://" + running.Addr() + "/webhook/event")
	}
	group.Go(func() error {
		defer stop()
		return running.Run(ctx)
	})
	if config.Feishu.Transport == feishu.Websocket {
		_ = platform.Wait(ctx, func(s sandbox.State) bool { return s.Sockets() > 0 }) // or the end, which group tells
	}
	fmt.Fprintf(out, "\n  recallbot sandbox\n\n  Chat page    %s\n  Bot          http://%s\n  Events       over %s\n  Ends with    Ctrl-C; nothing is kept\n\n", page, running.Addr(), config.Feishu.Transport)
	if opts.Open {
		openBrowser(ctx, page)
	}
	return group.Wait()
}

// openBrowser does what it can; the address is printed anyway.
func openBrowser(ctx context.Context, page string) {
	opener := map[string]string{"darwin": "open", "linux": "xdg-open"}[runtime.GOOS]
	if opener == "" {
		return
	}
	if path, err := exec.LookPath(opener); err == nil {
		_ = exec.CommandContext(ctx, path, page).Start() //nolint:gosec // our own address
	}
}
