package cli

import (
	"context"
	"net"
	"net/http"
	"os"
	"time"

	"github.com/spf13/cobra"

	"recallbot/app"
	"recallbot/bot"
)

func healthzCommand(r *run) *cobra.Command {
	return &cobra.Command{
		Use: "healthz", Short: "Ask the bot on this machine whether it is ready.", Hidden: true, Args: r.checkArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			config, err := app.Load(r.config, os.Environ())
			if err != nil {
				return err
			}
			return CheckHealth(cmd.Context(), config)
		},
	}
}

// healthTimeout is longer than the timeout of the checks behind /readyz.
const healthTimeout = 2 * time.Second

// CheckHealth reads /readyz of the bot on this machine. It is the containers' health check: the image has no other HTTP client.
func CheckHealth(ctx context.Context, config app.Config) error {
	ctx, cancel := context.WithTimeout(ctx, healthTimeout)
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
		return bot.WrongSetting("", "the bot does not answer at %s: %s", req.URL.Host, bot.NetworkText(err))
	}
	defer resp.Body.Close() //nolint:errcheck // only the status counts
	if resp.StatusCode != http.StatusOK {
		return bot.WrongSetting("", "the bot at %s is not ready (HTTP %d); recallbot doctor tells why", req.URL.Host, resp.StatusCode)
	}
	return nil
}
