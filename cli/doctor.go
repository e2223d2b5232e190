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

	"github.com/spf13/cobra"

	"recallbot/app"
	"recallbot/app/doctor"
	"recallbot/bot"
	"recallbot/feishu"
	"recallbot/handlers/text"
	"recallbot/recall"
	"recallbot/recall/policy"
	"recallbot/store"
)

func doctorCommand(r *run) *cobra.Command {
	var chat string
	var asJSON bool
	cmd := &cobra.Command{
		Use: "doctor", Short: "Check credentials, scopes, events, Redis and clock; say what to do about each red line.", Args: r.checkArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			config, wrong := app.LoadValid(r.config, os.Environ())
			options := doctorOptions{chat: bot.ChatID(chat), json: asJSON, configErr: wrong, language: text.Language(language(autoLanguage))}
			if !runDoctor(cmd.Context(), config, options, r.out) {
				return errReported
			}
			return nil
		},
	}
	cmd.Flags().StringVar(&chat, "chat", "", "Look at this `CHAT` too: is the bot in it, and who may recall there.")
	cmd.Flags().BoolVar(&asJSON, "json", false, "Print JSON.")
	return cmd
}

// doctorOptions are the options of `recallbot doctor`.
type doctorOptions struct {
	// chat is a chat to check too; empty for none.
	chat bot.ChatID
	// configErr is the error of an invalid configuration. If it is set, nothing else is checked.
	configErr error
	json      bool
	// language is the terminal's, whatever chat.language is: the reader is the operator.
	language text.Language
}

// findingJSON is a finding as `recallbot doctor --json` prints it. The names of the fields are public.
type findingJSON struct {
	Name  string   `json:"name"`
	Level string   `json:"level"`
	Args  []string `json:"args"`
	Text  string   `json:"text"`
	Fix   string   `json:"fix"`
	Link  string   `json:"link"`
}

// runDoctor checks configuration, Redis, the platform, the webhook and the clock, and prints the findings. It reports
// whether none is bad.
func runDoctor(ctx context.Context, config app.Config, options doctorOptions, out io.Writer) bool {
	config.Feishu.Owners = config.Owner.On()
	listen := func() string { return config.Server.Listen }
	d := &doctor.Doctor{
		Config: config.Feishu, Address: listen,
		PublicURLs: config.PublicURLs(func() string { return config.Owner.Redirect(listen) }),
	}
	found := checkAll(ctx, d, config, options)
	fine := !slices.ContainsFunc(found, func(f bot.Finding) bool { return f.Level == bot.LevelBad })
	lang := options.language
	if !options.json {
		for _, f := range found {
			fmt.Fprintln(out, d.Format(f, lang))
		}
		return fine
	}
	report := struct {
		OK       bool          `json:"ok"`
		Findings []findingJSON `json:"findings"`
	}{OK: fine}
	for _, f := range found {
		advice := text.Advise(f, lang, d.Site())
		report.Findings = append(report.Findings, findingJSON{
			f.Name, f.Level.String(), append([]string{}, f.Args...), advice.Text, advice.Fix, advice.Link,
		})
	}
	printer := json.NewEncoder(out)
	printer.SetEscapeHTML(false)
	printer.SetIndent("", "  ")
	return printer.Encode(report) == nil && fine
}

// checkAll runs the checks. If the configuration is invalid, it stops there. If Redis fails, it still checks the platform.
func checkAll(ctx context.Context, d *doctor.Doctor, config app.Config, options doctorOptions) []bot.Finding {
	if options.configErr != nil {
		faults := options.language.Configuration(options.configErr)
		return []bot.Finding{{Name: "configuration", Level: bot.LevelBad, Args: []string{strings.Join(faults, "\n   ")}}}
	}
	log := slog.New(slog.DiscardHandler)
	found := []bot.Finding{{Name: "configuration"}}
	opened, err := store.Open(ctx, config.Redis, config.Store, log)
	if err != nil {
		found = append(found, store.Fault(err))
		// The client needs a store: an embedded one replaces Redis.
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
	if options.chat == "" {
		return found
	}
	d.Recaller = recall.New(recall.Config{Self: bot.AppID(config.Feishu.AppID)}, recall.Deps{
		Decision: recall.DecisionDeps{
			Rules: recall.Rules{Policy: policy.New(config.Policy.Config)}.Always(), Settings: store.NewSettings(opened),
			Roles: recall.NewRoles(d.Client.Chat, store.NewRoles(opened), func() time.Duration { return config.Policy.RolesTTL }, time.Now),
		},
		Log: log, Now: time.Now,
	})
	return append(found, d.CheckChat(ctx, options.chat, func(who bot.UserID) string { return string(who) })...)
}
