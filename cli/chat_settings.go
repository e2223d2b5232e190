package cli

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"fmt"
	"log/slog"
	"text/tabwriter"
	"time"

	"recallbot/bot"
	"recallbot/bot/command"
	"recallbot/handlers/text"
	"recallbot/recall"
	"recallbot/recall/policy"
	"recallbot/store"
)

// Settings prints what is set in a chat, or changes one setting first: the words are those of /recall settings, and
// people are named by their open_ids. The change is recorded as the operator's.
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
	door := recall.New(recall.Config{}, recall.Deps{
		Decision: recall.DecisionDeps{Policy: policy.New(policy.Config{}), Settings: kept}, Audit: store.NewAudit(t.store),
		Log: slog.New(slog.DiscardHandler), Now: time.Now,
	})
	_, _, err = door.Configure(ctx, recall.SettingRequest{
		CauseID: bot.EventID("cli-" + rand.Text()), Via: bot.ViaOperator, Asked: time.Now(), Chat: chat, Change: change.Apply,
	})
	if err != nil {
		return bot.Errorf(bot.KindOf(err), "%s", explain(err))
	}
	return nil
}

// explain is what is wrong with a change of a setting, or the error's own text.
func explain(err error) string {
	if said, ok := text.English.Setting(err); ok {
		return said
	}
	return err.Error()
}
