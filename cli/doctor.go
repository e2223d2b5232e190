package cli

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"os"
	"slices"
	"strings"
	"time"

	"recallbot/app"
	"recallbot/app/doctor"
	"recallbot/bot"
	"recallbot/feishu"
	"recallbot/handlers/text"
	"recallbot/recall"
	"recallbot/recall/policy"
	"recallbot/store"
)

type doctorCmd struct {
	Chat string `help:"Look at this chat too: is the bot in it, and who may recall there." placeholder:"CHAT"`
	JSON bool   `name:"json" help:"Print JSON."`
}

func (d doctorCmd) Run(r *run) error {
	config, wrong := app.LoadSpeaking(text.Language(language(auto)), r.config, os.Environ())
	if !runDoctor(r.ctx, config, DoctorOrder{Chat: bot.ChatID(d.Chat), JSON: d.JSON, Wrong: wrong}, r.out) {
		return errRed
	}
	return nil
}

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

// runDoctor checks configuration, Redis, the platform's side, the webhook and the clock, and writes what it found. It reports
// false when a line is red.
func runDoctor(ctx context.Context, config app.Config, order DoctorOrder, out io.Writer) bool {
	config.Feishu.Owners = config.Owner.On()
	listen := func() string { return config.Server.Listen }
	d := &doctor.Doctor{
		Config: config.Feishu, Address: listen,
		PublicURLs: config.PublicURLs(func() string { return config.Owner.Redirect(listen) }),
	}
	found := examine(ctx, d, config, order)
	fine := !slices.ContainsFunc(found, func(f bot.Finding) bool { return f.Level == bot.LevelBad })
	lang := text.Language(config.Chat.Language)
	if !order.JSON {
		for _, f := range found {
			fmt.Fprintln(out, d.Format(f, lang))
		}
		return fine
	}
	report := struct {
		OK       bool        `json:"ok"`
		Findings []diagnosed `json:"findings"`
	}{OK: fine}
	for _, f := range found {
		advice := text.Advise(f, lang, d.Site())
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
func examine(ctx context.Context, d *doctor.Doctor, config app.Config, order DoctorOrder) []bot.Finding {
	if order.Wrong != nil {
		faults := text.Language(config.Chat.Language).Configuration(order.Wrong)
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
	d.Store, d.Client = opened, feishu.NewClient(config.Feishu, store.NewLimiter(opened), log)
	rest, _ := d.CheckSetup(ctx)
	found = append(append(found, rest...), d.PublicURLs.CheckReceivers(ctx)...)
	if order.Chat == "" {
		return found
	}
	d.Recaller = recall.New(recall.Config{Self: bot.AppID(config.Feishu.AppID)}, recall.Deps{
		Policy: policy.New(config.Policy.Config), Settings: store.NewSettings(opened), Log: log, Now: time.Now,
		Roles: recall.NewRoles(d.Client, store.NewRoles(opened), config.Policy.RolesTTL, time.Now),
	})
	return append(found, d.CheckChat(ctx, order.Chat, func(who bot.UserID) string { return string(who) })...)
}
