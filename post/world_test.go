package post_test

import (
	"context"
	"strings"

	"recallbot/bot"
	"recallbot/recall"
)

// platform posts once for each key, as Feishu does for an hour.
type platform struct{ w *town }

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
		if m = f.w.stood[out.Key]; m.ID == "" {
			chat := out.Chat
			if out.To != "" {
				chat = bot.ChatID("oc_p2p_" + out.To)
			}
			m = bot.Message{
				ID: bot.MessageID("om_" + out.Key), Chat: chat, Kind: bot.KindOwn, Sender: bot.MarkOf(out.Author), At: f.w.clock,
			}
			f.w.stood[out.Key] = m
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

type index struct{ w *town }

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

// door recalls, and notes at the post that it is gone.
type door struct{ w *town }

func (d door) Recall(_ context.Context, req recall.Request) (recall.Outcome, error) {
	err := d.w.does(func() {
		d.w.recalled = append(d.w.recalled, req)
		for id, p := range d.w.posts {
			if p.Message == req.Target {
				p.State = bot.PostRecalled
				d.w.posts[id] = p
			}
		}
	})
	return recall.Outcome{Result: bot.Done}, err
}

func (d door) RecallBatch(ctx context.Context, req recall.Request) (recall.Outcome, error) {
	return d.Recall(ctx, req)
}

type buttons struct{ w *town }

func (buttons) Decorate(_ context.Context, p bot.Post, body string) (string, bool) {
	if strings.Contains(body, "template") {
		return body, false
	}
	return body + "+" + p.Key, true
}

func (b buttons) Offer(_ context.Context, p bot.Post) error {
	return b.w.does(func() { b.w.offered = append(b.w.offered, p.ID) })
}
