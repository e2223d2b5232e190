package search_test

import (
	"cmp"
	"context"
	"iter"
	"log/slog"
	"slices"
	"strconv"
	"testing"
	"time"

	"recallbot/bot"
	"recallbot/recall/recalltest"
	"recallbot/recall/search"
)

// env is a chat on the platform and in the index, which may differ.
type env struct {
	bots    []bot.ChatBot
	botsErr error
	listed  []bot.Seen    // on the platform, in the order of posting
	indexed []bot.Message // in the index, with recalled messages
	pinned  map[bot.MessageID]bool
	// refused are errors of the platform: of "history", "pins", "posts", or of a topic.
	refused map[string]error
	// page is the size of the platform's pages; zero means 50. Pages counts them.
	page, pages int
}

// chatMoment is the time of the first message, asked that of the command.
func chatMoment() time.Time { return time.UnixMilli(1_790_000_000_000) }

func at(n int) time.Time { return chatMoment().Add(time.Duration(n) * time.Second) }

func (w *env) History(_ context.Context, q bot.HistoryQuery) (bot.HistoryPage, error) {
	w.pages++
	if err := w.refused[cmp.Or(string(q.Topic), "history")]; err != nil {
		return bot.HistoryPage{}, err
	}
	start, _ := strconv.Atoi(q.Page)
	var page bot.HistoryPage
	for i, m := range w.newest(q) {
		if i < start {
			continue
		}
		if len(page.Messages) == cmp.Or(w.page, 50) {
			page.Next = strconv.Itoa(i)
			break
		}
		page.Messages = append(page.Messages, m)
	}
	return page, nil
}

// newest is a listing: of each topic the chat shows the first message only, times are bounded to the second.
func (w *env) newest(q bot.HistoryQuery) iter.Seq2[int, bot.Seen] {
	return func(yield func(int, bot.Seen) bool) {
		n := 0
		sorted := slices.Clone(w.listed)
		slices.SortStableFunc(sorted, func(a, b bot.Seen) int { return a.At.Compare(b.At) })
		for _, m := range slices.Backward(sorted) {
			reply := m.Topic != "" && m.Root != ""
			switch {
			case q.Topic == "" && (reply || m.At.Unix() < q.Since.Unix() || !q.Until.IsZero() && m.At.After(q.Until.Add(time.Second))):
			case q.Topic != "" && m.Topic != q.Topic:
			case !yield(n, m):
				return
			default:
				n++
			}
		}
	}
}

func (w *env) Pinned(context.Context, bot.ChatID) (map[bot.MessageID]bool, error) {
	if err := w.refused["pins"]; err != nil {
		return nil, err
	}
	return w.pinned, nil
}

func (w *env) Post(_ context.Context, id bot.MessageID) (bot.Seen, error) {
	if err := w.refused["posts"]; err != nil {
		return bot.Seen{}, err
	}
	for _, m := range w.listed {
		if m.ID == id {
			return m, nil
		}
	}
	return bot.Seen{}, recalltest.Fault(bot.NotFound, "read", 99992354, bot.ReasonUnknownMessage)
}

func (w *env) Walk(_ context.Context, chat bot.ChatID, since, before time.Time) iter.Seq2[bot.Message, error] {
	return func(yield func(bot.Message, error) bool) {
		sorted := slices.SortedStableFunc(slices.Values(w.indexed), func(a, b bot.Message) int { return b.At.Compare(a.At) })
		for _, m := range sorted {
			if m.Gone || m.Chat != chat || m.At.Before(since) || m.At.After(before) {
				continue
			}
			if !yield(m, nil) {
				return
			}
		}
	}
}

func (w *env) Known(_ context.Context, ids []bot.MessageID) ([]bot.Message, error) {
	known := make([]bot.Message, len(ids))
	for i, id := range ids {
		if at := slices.IndexFunc(w.indexed, func(m bot.Message) bool { return m.ID == id }); at >= 0 {
			known[i] = w.indexed[at]
		}
	}
	return known, nil
}

// say adds a message of the chat to the platform; n is its time in seconds.
func (w *env) say(id string, n int, who string, change ...func(*bot.Seen)) {
	w.listed = append(w.listed, message(id, n, who, change...))
}

// know adds a message to the index only.
func (w *env) know(id string, n int, who string, change ...func(*bot.Seen)) {
	w.indexed = append(w.indexed, message(id, n, who, change...).Message)
}

// message is one of ours ("me"), of another bot (cli_…) or of a person (ou_…).
func message(id string, n int, who string, change ...func(*bot.Seen)) bot.Seen {
	m := bot.Seen{
		Message: bot.Message{ID: bot.MessageID("om_" + id), Chat: recalltest.Here, Kind: bot.KindPerson, Sender: bot.HashOf(who), At: at(n)},
		Type:    "text", From: who,
	}
	switch {
	case who == "me":
		m.Kind, m.Sender, m.From = bot.KindOwn, 0, string(recalltest.Self)
	case who[:4] == "cli_":
		m.Kind = bot.KindBot
	}
	says("words of " + id)(&m)
	for _, c := range change {
		c(&m)
	}
	return m
}

func says(text string) func(*bot.Seen) {
	return func(m *bot.Seen) { m.Text, m.Body = text, `{"text":`+strconv.Quote(text)+`}` }
}

func holds(kind, body string) func(*bot.Seen) {
	return func(m *bot.Seen) { m.Type, m.Body = kind, body }
}

func gone(m *bot.Seen) { m.Gone = true }

func opaque(m *bot.Seen) { m.Opaque = true }

func forWhom(id bot.UserID) func(*bot.Seen) {
	return func(m *bot.Seen) { m.Sender = bot.HashOf(id) }
}

func called(name string) func(*bot.Seen) { return func(m *bot.Seen) { m.Name = name } }

func inTopic(topic bot.ThreadID, root string) func(*bot.Seen) {
	return func(m *bot.Seen) {
		m.Topic, m.Thread = topic, bot.HashOf(topic)
		if root != "" {
			m.Root, m.Parent = bot.MessageID("om_"+root), bot.MessageID("om_"+root)
		}
	}
}

// scope is the scope of a command at second 1000, in a chat where our bot may recall everything.
func scope(f bot.Filter) search.Scope {
	return search.Scope{
		Chat: recalltest.Here, Command: "om_command", Asked: at(1000), Ranked: true, Filter: f,
		Settings: bot.Settings{People: true},
	}
}

// choose selects messages and returns the ids without their "om_".
func (w *env) choose(t *testing.T, s search.Scope) ([]string, bot.Preview, error) {
	t.Helper()
	var ids []string
	selector := search.NewSelector(w, w, w.botsOf, recalltest.Self, slog.New(slog.DiscardHandler))
	preview, err := selector.Select(t.Context(), s, func(_ context.Context, page []bot.Seen) error {
		if len(page) == 0 || len(page) > 50 {
			t.Errorf("a page of %d", len(page))
		}
		for _, m := range page {
			ids = append(ids, string(m.ID[3:]))
		}
		return nil
	})
	if err == nil && preview.Total != len(ids) {
		t.Errorf("preview of %d, taken %d", preview.Total, len(ids))
	}
	return ids, preview, err
}

func noBots(context.Context, bot.ChatID) ([]bot.ChatBot, error) { return nil, nil }

func (w *env) botsOf(context.Context, bot.ChatID) ([]bot.ChatBot, error) { return w.bots, w.botsErr }
