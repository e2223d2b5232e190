package cli

import (
	"context"
	"net"
	"net/http"
	"os"
	"recallbot/app"
	"recallbot/bot"
	"time"
)

type healthzCmd struct{}

func (healthzCmd) Run(r *run) error {
	config, err := app.Load(r.config, os.Environ())
	if err != nil {
		return err
	}
	return Healthy(r.ctx, config)
}

// healthyTimeout is a little more than the bot takes for its checks.
const healthyTimeout = 2 * time.Second

// Healthy asks the bot on this machine whether it is ready: the health check of containers, which hold no other tool.
func Healthy(ctx context.Context, config app.Config) error {
	ctx, cancel := context.WithTimeout(ctx, healthyTimeout)
	defer cancel()
	host, port, err := net.SplitHostPort(config.Server.Listen)
	if err != nil {
		return err
	}
	if host == "" || net.ParseIP(host).IsUnspecified() {
		host = "localhost"
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://"+net.JoinHostPort(host, port)+"/readyz", nil)
	if err != nil {
		return err
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		return err
	}
	defer resp.Body.Close() //nolint:errcheck // only the status counts
	if resp.StatusCode != http.StatusOK {
		return bot.Errorf(bot.Unavailable, "the bot is not ready: HTTP %d", resp.StatusCode)
	}
	return nil
}
