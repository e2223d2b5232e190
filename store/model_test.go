package store_test

import (
	"context"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"recallbot/bot"
	"recallbot/store"
)

// indexModel is the expected state of the index.
type indexModel struct {
	x     *store.Index
	chats []bot.ChatID
	pool  []bot.Message
	known map[bot.MessageID]bot.Message
	gone  map[bot.MessageID]bool
}

func testIndexModel(t *testing.T, s *store.Store) {
	t.Helper()
	x := store.NewIndex(s)
	rapid.Check(t, func(rt *rapid.T) {
		m := &indexModel{x: x, chats: []bot.ChatID{newChat(), newChat()}, known: map[bot.MessageID]bot.Message{}, gone: map[bot.MessageID]bool{}}
		at := start()
		for i := range 12 {
			m.pool = append(m.pool, bot.Message{
				ID: newMessage(), Chat: m.chats[i%2], Kind: bot.Kind(i % 4),
				Sender: bot.Hash(i % 3), Thread: bot.Hash(i % 2), Answer: i%5 == 0, At: at.Add(time.Duration(i) * time.Second),
			})
		}
		rt.Repeat(map[string]func(*rapid.T){
			"add":    func(rt *rapid.T) { m.add(t.Context(), rt) },
			"forget": func(rt *rapid.T) { m.forget(t.Context(), rt) },
			"drop":   func(rt *rapid.T) { m.drop(t.Context(), rt) },
			"newest": func(rt *rapid.T) { m.newest(t.Context(), rt) },
			"":       func(rt *rapid.T) { m.check(t.Context(), rt) },
		})
	})
}

// add adds new and known messages in any order, because events arrive late and twice.
func (m *indexModel) add(ctx context.Context, rt *rapid.T) {
	some := rapid.SliceOfN(rapid.SampledFrom(m.pool), 1, 4).Draw(rt, "messages")
	if err := m.x.Add(ctx, some...); err != nil {
		rt.Fatal(err)
	}
	for _, message := range some {
		message.Gone = m.gone[message.ID]
		m.known[message.ID] = message
	}
}

func (m *indexModel) forget(ctx context.Context, rt *rapid.T) {
	id := rapid.SampledFrom(m.pool).Draw(rt, "message").ID
	if err := m.x.Forget(ctx, id); err != nil {
		rt.Fatal(err)
	}
	message, ok := m.known[id]
	if !ok {
		message = bot.Message{ID: id}
	}
	message.Gone = true
	m.known[id], m.gone[id] = message, true
}

func (m *indexModel) drop(ctx context.Context, rt *rapid.T) {
	chat := rapid.SampledFrom(m.chats).Draw(rt, "chat")
	if err := m.x.DropChat(ctx, chat); err != nil {
		rt.Fatal(err)
	}
	for id, message := range m.known {
		// Marks of gone messages stay after DropChat.
		if message.Chat == chat && !message.Gone {
			delete(m.known, id)
		}
	}
}

func (m *indexModel) newest(ctx context.Context, rt *rapid.T) {
	q := store.NewestQuery{
		Kind:   bot.Kind(rapid.IntRange(0, 3).Draw(rt, "kind")),
		Thread: bot.Hash(rapid.IntRange(0, 1).Draw(rt, "thread")),
		Limit:  rapid.IntRange(0, 4).Draw(rt, "limit"),
		Posts:  rapid.Bool().Draw(rt, "posts"),
	}
	if rapid.Bool().Draw(rt, "bounded") {
		q.Before = rapid.SampledFrom(m.pool).Draw(rt, "before").At
	}
	chat := rapid.SampledFrom(m.chats).Draw(rt, "chat")
	got, err := m.x.Newest(ctx, chat, q)
	if err != nil {
		rt.Fatal(err)
	}
	if diff := cmp.Diff(matching(m.list(chat), q), got); diff != "" {
		rt.Fatalf("%+v: -want +got\n%s", q, diff)
	}
}

func (m *indexModel) list(chat bot.ChatID) []bot.Message {
	var list []bot.Message
	for _, message := range m.known {
		if message.Chat == chat && !message.Gone {
			list = append(list, message)
		}
	}
	slices.SortFunc(list, func(a, b bot.Message) int { return b.At.Compare(a.At) })
	return list
}

func (m *indexModel) check(ctx context.Context, rt *rapid.T) {
	message := rapid.SampledFrom(m.pool).Draw(rt, "message")
	got, ok, err := m.x.Find(ctx, message.ID)
	if err != nil {
		rt.Fatal(err)
	}
	want, known := m.known[message.ID]
	if diff := cmp.Diff(want, got); diff != "" || ok != known {
		rt.Fatalf("find: %v, want %v; -want +got\n%s", ok, known, diff)
	}
}
