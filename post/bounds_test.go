package post_test

import (
	"strings"
	"testing"

	"recallbot/bot"
)

// TestPostFieldsAreBounded: fields of posts that are too long, or are not ids, are refused.
func TestPostFieldsAreBounded(t *testing.T) {
	t.Parallel()
	long := strings.Repeat("a", bot.MaxID)
	for name, change := range map[string]func(*bot.PostOrder, *bot.RegisterOrder){
		"an author": func(o *bot.PostOrder, r *bot.RegisterOrder) {
			o.Author, r.Author = "ou_"+bot.UserID(long), "ou_"+bot.UserID(long)
		},
		"an author who is none": func(o *bot.PostOrder, r *bot.RegisterOrder) { o.Author, r.Author = "cli_1", "cli_1" },
		"a group": func(o *bot.PostOrder, r *bot.RegisterOrder) {
			o.Group, r.Group = bot.GroupID(long+"a"), bot.GroupID(long+"a")
		},
		"a group with a slash": func(o *bot.PostOrder, r *bot.RegisterOrder) { o.Group, r.Group = "a/b", "a/b" },
		"an id": func(o *bot.PostOrder, r *bot.RegisterOrder) {
			o.Chats[0], r.Messages[0] = "oc_"+bot.ChatID(long), "om_"+bot.MessageID(long)
		},
		"a path for an id": func(o *bot.PostOrder, r *bot.RegisterOrder) {
			o.Chats[0], r.Messages[0] = "oc_1/../x", "../../im/v1/chats/oc_x"
		},
		"a path in a batch's id": func(o *bot.PostOrder, r *bot.RegisterOrder) {
			o.Chats[0], r.Messages[0] = "..", "bm-x/../.."
		},
		"a chat that is none": func(o *bot.PostOrder, r *bot.RegisterOrder) {
			o.Chats[0], r.Messages[0] = "ou_1", "om_1/../x"
		},
		"a person who is none": func(o *bot.PostOrder, r *bot.RegisterOrder) {
			o.Users, r.Messages[0] = []bot.UserID{"oc_1"}, "ou_1"
		},
		"a content": func(o *bot.PostOrder, r *bot.RegisterOrder) {
			o.Body, r.Messages = strings.Repeat("x", bot.MaxContent+1), make([]bot.MessageID, bot.MaxTargets+1)
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w, o := newEnv(), order(1)
			r := bot.RegisterOrder{CauseID: "w1", By: by(), Messages: []bot.MessageID{"om_1"}}
			w.known["om_1"] = bot.Message{ID: "om_1", Chat: "oc_1", Kind: bot.KindOwn}
			change(&o, &r)
			if _, err := w.poster(0).Accept(t.Context(), o); bot.KindOf(err) != bot.Invalid {
				t.Errorf("accepted: %v", err)
			}
			if _, err := w.poster(0).Register(t.Context(), r); bot.KindOf(err) != bot.Invalid {
				t.Errorf("registered: %v", err)
			}
			if len(w.orders)+len(w.posts) > 0 {
				t.Errorf("kept: %v %v", w.orders, w.posts)
			}
		})
	}
}
