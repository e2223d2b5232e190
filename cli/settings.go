package cli

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"fmt"
	"log/slog"
	"text/tabwriter"
	"time"

	"github.com/spf13/cobra"

	"recallbot/bot"
	"recallbot/bot/command"
	"recallbot/handlers/text"
	"recallbot/recall"
	"recallbot/recall/policy"
	"recallbot/store"
)

func settingsCommand(r *run) *cobra.Command {
	var asJSON bool
	cmd := &cobra.Command{
		Use: "settings <chat> [<setting>...]", Short: "Print or change what is set in a chat.", Args: r.checkArgs,
		Annotations: map[string]string{
			"chat":    "Chat id (oc_…).",
			"setting": "A setting and its value, as in /recall settings: quorum 3; moderators add ou_…; emoji default.",
		},
		RunE: func(cmd *cobra.Command, args []string) error {
			if err := checkChat(args[0]); err != nil {
				return err
			}
			return r.withTools(cmd.Context(), func(t *Tools) error { return t.Settings(cmd.Context(), bot.ChatID(args[0]), args[1:], asJSON) })
		},
	}
	cmd.Flags().BoolVar(&asJSON, "json", false, "Print JSON.")
	return cmd
}

// Settings prints a chat's settings. If words are given, it changes one first: they are those of /recall settings, with
// open_ids for people. The audit records the change as the operator's.
func (t *Tools) Settings(ctx context.Context, chat bot.ChatID, words []string, asJSON bool) error {
	kept := store.NewSettings(t.store)
	if len(words) > 0 {
		if err := t.changeSettings(ctx, kept, chat, words); err != nil {
			return err
		}
	}
	set, err := kept.Settings(ctx, chat)
	if err != nil {
		return err
	}
	if asJSON {
		return json.NewEncoder(t.out).Encode(set)
	}
	w := tabwriter.NewWriter(t.out, 0, 0, 2, ' ', 0) //nolint:mnd // two spaces between columns
	for _, key := range bot.SettingKeys() {
		fmt.Fprintf(w, "%s\t%s\n", key, set.Text(key))
	}
	return w.Flush()
}

func (t *Tools) changeSettings(ctx context.Context, kept *store.Settings, chat bot.ChatID, words []string) error {
	change, err := command.ParseSetting(words, nil)
	if err != nil {
		return bot.Errorf(bot.Invalid, "%s", explain(err))
	}
	recaller := recall.New(recall.Config{}, recall.Deps{
		Decision: recall.DecisionDeps{Rules: recall.Rules{Policy: policy.New(policy.Config{})}.Always(), Settings: kept}, Record: store.NewAudit(t.store).Record,
		Log: slog.New(slog.DiscardHandler), Now: time.Now,
	})
	_, _, err = recaller.Configure(ctx, recall.SettingRequest{
		CauseID: bot.EventID("cli-" + rand.Text()), Via: bot.ViaOperator, Asked: time.Now(), Chat: chat, Change: change.Apply,
	})
	if err != nil {
		return bot.Errorf(bot.KindOf(err), "%s", explain(err))
	}
	return nil
}

// explain returns the text for people of a rejected change, in the terminal's language, or the error's own text.
func explain(err error) string {
	if said, ok := text.Language(language(autoLanguage)).Setting(err); ok {
		return said
	}
	return err.Error()
}

// checkChat checks an argument that names a chat: a wrong one would show an empty chat, or change one that is not there.
func checkChat(chat string) error {
	if !bot.ChatID(chat).Valid() {
		return &Exit{CodeUsage, bot.WrongSetting("<chat>", "must be the id of a chat, which begins with oc_, not %q", chat)}
	}
	return nil
}
