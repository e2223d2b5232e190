package doctor

import (
	"context"
	"net/url"
	"slices"
	"time"

	"recallbot/bot"
	"recallbot/hooks"
)

// PublicURLs checks the OAuth redirect URL and the receivers of webhooks.
type PublicURLs struct {
	// Redirect is the OAuth redirect URL; empty if owners can't authorise us.
	Redirect func() string
	Hooks    hooks.Config
	// Targets are the configured receivers, by the names of their settings.
	Targets map[string]hooks.Target
}

// checkRedirect checks that the redirect URL is registered; registered is nil if it is not known.
func (o PublicURLs) checkRedirect(registered []string) []bot.Finding {
	address := o.Redirect()
	if address == "" || registered == nil {
		return nil
	}
	found := bot.Finding{Name: "redirect", Args: []string{address}}
	if !slices.Contains(registered, address) {
		found.Level = bot.LevelWarn
	}
	return []bot.Finding{found}
}

// CheckReceivers probes the receivers. The findings name only the host of a URL, which may contain a token. They are for the
// operator only, because the host may be internal.
func (o PublicURLs) CheckReceivers(ctx context.Context) []bot.Finding {
	var found []bot.Finding
	for _, key := range []string{"hooks.jobs.url", "audit.webhook.url"} {
		if target := o.Targets[key]; target.On() {
			found = append(found, o.receiver(ctx, key, target.URL))
		}
	}
	return found
}

func (o PublicURLs) receiver(ctx context.Context, key, address string) bot.Finding {
	found := bot.Finding{Name: "receiver", Args: []string{key, ""}}
	if u, err := url.Parse(address); err == nil {
		found.Args[1] = u.Hostname()
	}
	config := o.Hooks
	config.Timeout = min(config.Timeout, probeTime)
	sender, err := hooks.NewSender(config, time.Now)
	if err == nil {
		defer func() { _ = sender.Close() }()
		err = sender.Probe(ctx, address)
	}
	switch {
	case err == nil:
	case bot.CertificateFault(err) != "":
		return bot.Finding{Name: "tls_" + bot.CertificateFault(err), Level: bot.LevelWarn, Args: []string{key + " (" + found.Args[1] + ")"}}
	case bot.KindOf(err) == bot.Unavailable:
		found.Level = bot.LevelWarn
	default:
		found.Name, found.Level = "receiver_forbidden", bot.LevelBad
	}
	return found
}

// probeTime is the timeout of a probe.
const probeTime = 3 * time.Second
