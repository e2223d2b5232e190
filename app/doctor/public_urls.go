package doctor

import (
	"context"
	"net/url"
	"slices"
	"time"

	"recallbot/bot"
	"recallbot/hooks"
)

// PublicURLs is what the doctor checks of addresses that others and we meet at.
type PublicURLs struct {
	// Redirect is where owners' browsers come back to; empty where owners can't authorise us.
	Redirect func() string
	Hooks    hooks.Config
	// Targets are where we send to by ourselves, by the names of their settings.
	Targets map[string]hooks.Target
}

// comesBack judges whether the platform sends browsers back to us; registered is nil where it does not say.
func (o PublicURLs) comesBack(registered []string) []bot.Finding {
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

// CheckReceivers asks whether somebody takes what we send. An address may hold a token, so only its host is named; and that to
// the operator only, in the log and on the command line: it may be a name of the organisation's own network.
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

// probeTime is how long an answer is waited for.
const probeTime = 3 * time.Second
