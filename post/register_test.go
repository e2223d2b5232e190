package post_test

import (
	"cmp"
	"testing"
	"time"

	"recallbot/bot"
)

func TestRegister(t *testing.T) {
	t.Parallel()
	const id = "om_1"
	for name, row := range map[string]struct {
		known   bot.Message
		visible bot.Message
		id      bot.MessageID
		fails   bot.Reason
	}{
		"in the index":          {bot.Message{ID: id, Chat: "oc_1", Kind: bot.KindOwn}, bot.Message{}, id, ""},
		"as the platform says":  {bot.Message{}, bot.Message{ID: id, Chat: "oc_1", Kind: bot.KindOwn}, id, ""},
		"unseen":                {bot.Message{}, bot.Message{}, id, bot.ReasonUnseen},
		"a person's":            {bot.Message{ID: id, Chat: "oc_1", Kind: bot.KindPerson}, bot.Message{}, id, "no reason"},
		"another bot's":         {bot.Message{}, bot.Message{ID: id, Chat: "oc_1", Kind: bot.KindBot}, id, "no reason"},
		"our own answer":        {bot.Message{ID: id, Chat: "oc_1", Kind: bot.KindOwn, Answer: true}, bot.Message{}, id, "no reason"},
		"an answer, unindexed":  {bot.Message{}, bot.Message{ID: id, Chat: "oc_1", Kind: bot.KindOwn, Answer: true}, id, "no reason"},
		"nobody can tell whose": {bot.Message{}, bot.Message{ID: id, Chat: "oc_1"}, id, "no reason"},
		"a batch":               {bot.Message{}, bot.Message{ID: "bm-1"}, "bm-1", ""},
		"somebody else's batch": {bot.Message{}, bot.Message{}, "bm-2", bot.ReasonUnknownBatch},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newEnv()
			w.known[row.known.ID], w.visible[row.visible.ID] = row.known, row.visible
			p := w.poster(0)
			begin := w.clock
			o := bot.RegisterOrder{
				CauseID: "w1", By: by(), Messages: []bot.MessageID{row.id}, Group: "launch", Author: "ou_1", Life: time.Hour,
			}
			posts, err := p.Register(t.Context(), o)
			if row.fails != "" {
				detail := bot.Detail(err)
				if err == nil || detail.Kind != bot.Invalid || cmp.Or(detail.Reason, "no reason") != row.fails || len(w.posts) > 0 {
					t.Fatalf("registered %+v, %v", posts, err)
				}
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			got := posts[0]
			if got.Kind != bot.KindOwn || got.Message != row.id || !got.Registered || got.State != bot.PostSent || got.Team != "red" {
				t.Errorf("registered %+v", got)
			}
			if m := w.known[id]; !got.IsBatch() && !bot.Is(m.Sender, "ou_1") {
				t.Errorf("the index has %+v", m)
			}
			again, err := p.Register(t.Context(), o)
			if err != nil || len(again) != 1 || again[0].ID != got.ID || len(w.posts) != 1 {
				t.Errorf("registered again: %+v, %v", again, err)
			}
			o.By = &bot.Principal{Token: "t2", Team: "blue", Own: true}
			if _, err := p.Register(t.Context(), o); bot.Detail(err).Reason != bot.ReasonNotYours {
				t.Errorf("another team registered it: %v", err)
			}
			w.live(t, p, 2*time.Hour)
			for _, entry := range w.record {
				if entry.Via != bot.ViaLifetime || entry.At.Before(begin.Add(time.Hour)) || entry.Message != row.id {
					t.Errorf("on record: %+v", entry)
				}
			}
			if len(w.record) != 1 || !w.gone[row.id] {
				t.Errorf("%d on record, gone: %v", len(w.record), w.gone)
			}
		})
	}
}

// TestRegisterGivesNoRight: an author and a lifetime are rights to recall, which a token without such a right can't give.
func TestRegisterGivesNoRight(t *testing.T) {
	t.Parallel()
	w := newEnv()
	w.known["om_1"] = bot.Message{ID: "om_1", Chat: "oc_1", Kind: bot.KindOwn}
	posts := &bot.Principal{Token: "t1", Team: "red"} // the scope post alone
	plain := bot.RegisterOrder{CauseID: "w1", By: posts, Messages: []bot.MessageID{"om_1"}}
	author, life := plain, plain
	author.Author, life.Life = "ou_1", time.Second
	for _, order := range []bot.RegisterOrder{author, life} {
		if made, err := w.poster(0).Register(t.Context(), order); bot.KindOf(err) != bot.Denied || len(w.posts) > 0 {
			t.Errorf("registered %+v, %v", made, err)
		}
	}
	if made, err := w.poster(0).Register(t.Context(), plain); err != nil || len(made) != 1 {
		t.Errorf("registered %+v, %v", made, err)
	}
}

// TestRegisterWithinReach: a token that is bound to chats registers nothing of another chat.
func TestRegisterWithinReach(t *testing.T) {
	t.Parallel()
	w := newEnv()
	w.known["om_1"] = bot.Message{ID: "om_1", Chat: "oc_1", Kind: bot.KindOwn}
	w.visible["bm-1"] = bot.Message{ID: "bm-1"}
	p := w.poster(0)
	bound := by()
	bound.Chats = []bot.ChatID{"oc_2"}
	for _, ref := range []bot.MessageID{"om_1", "bm-1"} {
		order := bot.RegisterOrder{CauseID: "w1", By: bound, Messages: []bot.MessageID{ref}}
		if posts, err := p.Register(t.Context(), order); bot.Detail(err).Reason != bot.ReasonOtherChat || len(w.posts) > 0 {
			t.Errorf("%+v: registered %+v, %v", ref, posts, err)
		}
	}
	if _, err := p.Register(t.Context(), bot.RegisterOrder{CauseID: "w2", By: by(), Messages: []bot.MessageID{"om_1"}}); err != nil {
		t.Fatal(err)
	}
	order := bot.RegisterOrder{CauseID: "w3", By: bound, Messages: []bot.MessageID{"om_1"}}
	if _, err := p.Register(t.Context(), order); bot.Detail(err).Reason != bot.ReasonOtherChat {
		t.Errorf("what a teammate registered: %v", err)
	}
}
