package post_test

import (
	"context"
	"strings"
	"time"

	"recallbot/audit"
	"recallbot/bot"
)

// platform posts once for each key, as Feishu does for an hour.
type platform struct{ w *env }

func (f platform) Publish(_ context.Context, out bot.Outgoing) (m bot.Message, err error) {
	var said answer
	err = f.w.does(func() {
		f.w.published++
		if len(f.w.answers) > 0 {
			said, f.w.answers = f.w.answers[0], f.w.answers[1:]
		}
		if said.meanwhile != nil {
			said.meanwhile()
		}
		if said.err != nil && !said.acted {
			return
		}
		if m = f.w.byKey[out.Key]; m.ID == "" {
			chat := out.Chat
			if out.To != "" {
				chat = bot.ChatID("oc_p2p_" + out.To)
			}
			m = bot.Message{
				ID: bot.MessageID("om_" + out.Key), Chat: chat, Kind: bot.KindOwn, Sender: bot.HashOf(out.Author), At: f.w.clock,
			}
			f.w.byKey[out.Key] = m
			f.w.chat[chat] = append(f.w.chat[chat], out.Body)
		}
	})
	if err == nil {
		err = said.err
	}
	return m, err
}

func (f platform) Message(_ context.Context, id bot.MessageID) (bot.Message, error) {
	if m, ok := f.w.visible[id]; ok {
		return m, nil
	}
	return bot.Message{}, &bot.Error{Kind: bot.Denied, Reason: bot.ReasonInvisible}
}

func (f platform) BatchProgress(_ context.Context, id bot.MessageID) (bot.BatchProgress, error) {
	if _, ok := f.w.visible[id]; ok {
		return bot.BatchProgress{Sent: 3}, nil
	}
	return bot.BatchProgress{}, &bot.Error{Kind: bot.NotFound, Reason: bot.ReasonUnknownBatch}
}

func (f platform) IsSender(context.Context, bot.MessageID) (bool, error) { return false, nil }

// Recall recalls our own messages.
func (f platform) Recall(_ context.Context, id bot.MessageID) error {
	gone := false
	err := f.w.does(func() {
		gone, f.w.gone[id] = f.w.gone[id], true
	})
	if err == nil && gone {
		return &bot.Error{Kind: bot.NotFound, Reason: bot.ReasonGone}
	}
	return err
}

// RecallBatch recalls a batch send.
func (f platform) RecallBatch(ctx context.Context, id bot.MessageID) error { return f.Recall(ctx, id) }

func (f platform) Chat(_ context.Context, id bot.ChatID) (bot.Chat, error) {
	return bot.Chat{ID: id, Member: true, Owner: "ou_owner"}, nil
}

func (f platform) Load(context.Context, bot.ChatID) (chat bot.Chat, version int64, ok bool, err error) {
	return bot.Chat{}, 0, false, nil
}

func (f platform) Keep(context.Context, bot.Chat, int64, time.Duration) error { return nil }

type index struct{ w *env }

func (x index) Add(_ context.Context, messages ...bot.Message) error {
	for _, m := range messages {
		x.w.known[m.ID] = m
	}
	return nil
}

func (x index) Find(_ context.Context, id bot.MessageID) (bot.Message, bool, error) {
	m, ok := x.w.known[id]
	return m, ok, nil
}

// Forget updates the post of the message.
func (x index) Forget(_ context.Context, id bot.MessageID) error {
	return x.w.does(func() {
		for name, p := range x.w.posts {
			if p.Message == id {
				p.State = bot.PostRecalled
				x.w.posts[name] = p
			}
		}
	})
}

// record has the records, once for each key.
type record struct{ w *env }

func (r record) Record(_ context.Context, key string, entry audit.Entry) (fresh bool, err error) {
	err = r.w.does(func() {
		if _, kept := r.w.record[key]; !kept {
			fresh, r.w.record[key] = true, entry
		}
	})
	return fresh, err
}

// tokens are all valid but those in over.
type tokens struct{ w *env }

func (t tokens) Principal(_ context.Context, id bot.TokenID) (*bot.Principal, error) {
	return &bot.Principal{Token: id, Team: "red", Own: true, Over: t.w.over[id]}, nil
}

type buttons struct{ w *env }

func (buttons) Decorate(_ context.Context, p bot.Post, body string) (string, bool) {
	if strings.Contains(body, "template") {
		return body, false
	}
	return body + "+" + p.Key, true
}

func (b buttons) Withdraw(_ context.Context, p bot.Post) error {
	return b.w.does(func() { b.w.unoffered = append(b.w.unoffered, p.ID) })
}

func (b buttons) Offer(_ context.Context, p bot.Post) error {
	return b.w.does(func() { b.w.offered = append(b.w.offered, p.ID) })
}
