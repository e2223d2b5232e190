package app

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"slices"
	"strings"
	"time"

	"recallbot/bot"
	"recallbot/feishu"
	"recallbot/handlers"
	"recallbot/recall"
	"recallbot/recall/policy"
	"recallbot/store"
)

// DoctorOrder is what `recallbot doctor` is asked for.
type DoctorOrder struct {
	// Chat is a chat to look at too; empty for none.
	Chat bot.ChatID
	// Wrong is what is wrong with the configuration; then nothing else is checked.
	Wrong error
	JSON  bool
}

// diagnosed is a finding as `recallbot doctor --json` prints it. The names of the fields stay as they are.
type diagnosed struct {
	Name  string   `json:"name"`
	Level string   `json:"level"`
	Args  []string `json:"args"`
	Text  string   `json:"text"`
	Fix   string   `json:"fix"`
	Link  string   `json:"link"`
}

// Doctor checks configuration, Redis, the platform's side, the webhook and the clock, and writes what it found. It reports
// false when a line is red.
func Doctor(ctx context.Context, config Config, order DoctorOrder, out io.Writer) bool {
	config.Feishu.Owners = config.Owner.On()
	listen := func() string { return config.Server.Listen }
	d := &doctor{
		config: config.Feishu, address: listen,
		publicURLs: config.publicURLs(func() string { return config.Owner.redirect(listen) }),
	}
	found := d.examine(ctx, config, order)
	fine := !slices.ContainsFunc(found, func(f bot.Finding) bool { return f.Level == bot.LevelBad })
	lang := handlers.Language(config.Chat.Language)
	if !order.JSON {
		for _, f := range found {
			fmt.Fprintln(out, d.line(f, lang))
		}
		return fine
	}
	report := struct {
		OK       bool        `json:"ok"`
		Findings []diagnosed `json:"findings"`
	}{OK: fine}
	for _, f := range found {
		advice := handlers.Advise(f, lang, d.site())
		report.Findings = append(report.Findings, diagnosed{
			f.Name, f.Level.String(), append([]string{}, f.Args...), advice.Text, advice.Fix, advice.Link,
		})
	}
	printer := json.NewEncoder(out)
	printer.SetEscapeHTML(false)
	printer.SetIndent("", "  ")
	return printer.Encode(report) == nil && fine
}

// examine checks what can be checked: without a valid configuration nothing else, without Redis the platform all the same.
func (d *doctor) examine(ctx context.Context, config Config, order DoctorOrder) []bot.Finding {
	if order.Wrong != nil {
		faults := handlers.SayWrongSettings(order.Wrong, handlers.Language(config.Chat.Language))
		return []bot.Finding{{Name: "configuration", Level: bot.LevelBad, Args: []string{strings.Join(faults, "\n   ")}}}
	}
	log := slog.New(slog.DiscardHandler)
	found := []bot.Finding{{Name: "configuration"}}
	opened, err := store.Open(ctx, config.Redis, config.Store, log)
	if err != nil {
		found = append(found, store.Fault(err))
		// The platform is asked all the same, with a store of our own for what it takes.
		if opened, err = store.Open(ctx, store.RedisConfig{}, config.Store, log); err != nil {
			return found
		}
		defer func() { _ = opened.Close() }() // nothing was written
		return append(found, feishu.NewClient(config.Feishu, store.NewLimiter(opened), log).Diagnose(ctx).Findings...)
	}
	defer func() { _ = opened.Close() }() // nothing was written
	d.store, d.client = opened, feishu.NewClient(config.Feishu, store.NewLimiter(opened), log)
	rest, _ := d.setUp(ctx)
	found = append(append(found, rest...), d.publicURLs.receivers(ctx)...)
	if order.Chat == "" {
		return found
	}
	d.recaller = recall.New(recall.Config{Self: bot.AppID(config.Feishu.AppID)}, recall.Deps{
		Decision: recall.DecisionDeps{
			Policy: policy.New(config.Policy.Config), Settings: store.NewSettings(opened),
			Roles: recall.NewRoles(d.client, store.NewRoles(opened), config.Policy.RolesTTL, time.Now),
		},
		Log: log, Now: time.Now,
	})
	return append(found, d.chat(ctx, order.Chat, func(who bot.UserID) string { return string(who) })...)
}
