package post_test

import (
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
		ref     bot.Registered
		kind    bot.Kind
		fails   bot.ErrorKind
	}{
		"in the index":          {bot.Message{ID: id, Chat: "oc_1", Kind: bot.KindOwn}, bot.Message{}, bot.Registered{Message: id}, bot.KindOwn, 0},
		"as the platform says":  {bot.Message{}, bot.Message{ID: id, Chat: "oc_1", Kind: bot.KindOwn}, bot.Registered{Message: id}, bot.KindOwn, 0},
		"unseen, with its chat": {bot.Message{}, bot.Message{}, bot.Registered{Message: id, Chat: "oc_1"}, bot.KindUnknown, 0},
		"unseen":                {bot.Message{}, bot.Message{}, bot.Registered{Message: id}, 0, bot.Invalid},
		"a person's":            {bot.Message{ID: id, Chat: "oc_1", Kind: bot.KindPerson}, bot.Message{}, bot.Registered{Message: id, Chat: "oc_1"}, 0, bot.Invalid},
		"another bot's":         {bot.Message{}, bot.Message{ID: id, Chat: "oc_1", Kind: bot.KindBot}, bot.Registered{Message: id, Chat: "oc_1"}, 0, bot.Invalid},
		"a batch":               {bot.Message{}, bot.Message{ID: "bm-1"}, bot.Registered{Message: "bm-1"}, bot.KindOwn, 0},
		"somebody else's batch": {bot.Message{}, bot.Message{}, bot.Registered{Message: "bm-2"}, 0, bot.Invalid},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newTown()
			w.known[row.known.ID], w.visible[row.visible.ID] = row.known, row.visible
			p := w.poster(0)
			begin := w.clock
			o := bot.RegisterOrder{
				Work: "w1", By: by(), Messages: []bot.Registered{row.ref}, Group: "launch", Author: "ou_1", Life: time.Hour,
			}
			posts, err := p.Register(t.Context(), o)
			if row.fails != 0 {
				if bot.KindOf(err) != row.fails || len(w.posts) > 0 {
					t.Fatalf("registered %+v, %v", posts, err)
				}
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			got := posts[0]
			if got.Kind != row.kind || got.Message != row.ref.Message || !got.Registered || got.State != bot.PostSent || got.Team != "red" {
				t.Errorf("registered %+v", got)
			}
			if m := w.known[id]; got.Kind == bot.KindOwn && !got.IsBatch() && !bot.Is(m.Sender, "ou_1") {
				t.Errorf("the index has %+v", m)
			}
			again, err := p.Register(t.Context(), o)
			if err != nil || len(again) != 1 || again[0].ID != got.ID || len(w.posts) != 1 {
				t.Errorf("registered again: %+v, %v", again, err)
			}
			o.By = &bot.Principal{Token: "t2", Team: "blue"}
			if _, err := p.Register(t.Context(), o); bot.Detail(err).Reason != bot.ReasonNotYours {
				t.Errorf("another team registered it: %v", err)
			}
			w.live(t, p, 2*time.Hour)
			if len(w.recalled) != 1 || w.recalled[0].Via != bot.ViaLifetime || !w.recalled[0].Asked.Equal(begin.Add(time.Hour)) {
				t.Errorf("recalled %+v", w.recalled)
			}
		})
	}
}

// TestRegisterWithinReach: a token that is bound to chats takes nothing into the books that stands elsewhere, whatever chat
// it names.
func TestRegisterWithinReach(t *testing.T) {
	t.Parallel()
	w := newTown()
	w.known["om_1"] = bot.Message{ID: "om_1", Chat: "oc_1", Kind: bot.KindOwn}
	w.visible["bm-1"] = bot.Message{ID: "bm-1"}
	p := w.poster(0)
	bound := by()
	bound.Chats = []bot.ChatID{"oc_2"}
	for _, ref := range []bot.Registered{{Message: "om_1"}, {Message: "om_1", Chat: "oc_2"}, {Message: "bm-1"}} {
		order := bot.RegisterOrder{Work: "w1", By: bound, Messages: []bot.Registered{ref}}
		if posts, err := p.Register(t.Context(), order); bot.Detail(err).Reason != bot.ReasonOtherChat || len(w.posts) > 0 {
			t.Errorf("%+v: registered %+v, %v", ref, posts, err)
		}
	}
	if _, err := p.Register(t.Context(), bot.RegisterOrder{Work: "w2", By: by(), Messages: []bot.Registered{{Message: "om_1"}}}); err != nil {
		t.Fatal(err)
	}
	order := bot.RegisterOrder{Work: "w3", By: bound, Messages: []bot.Registered{{Message: "om_1"}}}
	if _, err := p.Register(t.Context(), order); bot.Detail(err).Reason != bot.ReasonOtherChat {
		t.Errorf("what a teammate registered: %v", err)
	}
}
