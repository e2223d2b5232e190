package feishu_test

import (
	"testing"

	"recallbot/bot"
	"recallbot/sandbox"
)

const chatsAPI = "GET /open-apis/im/v1/chats"

// TestSandboxChats: all pages together have each group of our bot once.
func TestSandboxChats(t *testing.T) {
	t.Parallel()
	s := newEnv(t)
	want := map[bot.ChatID]bool{s.chat: true}
	for range 4 {
		want[s.addChat(t, sandbox.ChatSpec{Owner: s.owner})] = true
	}
	if _, err := s.feishu.AddChat(sandbox.ChatSpec{Name: "without us", Owner: s.owner, WithoutBot: true}); err != nil {
		t.Fatal(err)
	}
	cursor, pages := "", 0
	for {
		page, next, err := s.client.Chats(t.Context(), 2, cursor)
		if err != nil {
			t.Fatal(err)
		}
		for _, chat := range page {
			if !want[chat.ID] || chat.Name != "产品发布" {
				t.Errorf("unexpected, or twice: %+v", chat)
			}
			delete(want, chat.ID)
		}
		if pages++; next == "" || pages > 9 {
			break
		}
		cursor = next
	}
	if len(want) != 0 || pages != 3 {
		t.Errorf("%d are missing after %d pages", len(want), pages)
	}
}

func TestSandboxChatsRefused(t *testing.T) {
	t.Parallel()
	s := newEnv(t)
	if page, next, err := s.client.Chats(t.Context(), 2, "no cursor"); bot.KindOf(err) != bot.Invalid || page != nil || next != "" {
		t.Errorf("an unknown cursor: %v %q %v", page, next, err)
	}
	for name, tt := range map[string]struct {
		fault sandbox.FaultSpec
		want  bot.ErrorKind
	}{
		"a scope is missing":   {sandbox.FaultSpec{Code: 99991672}, bot.Denied},
		"no answer":            {sandbox.FaultSpec{CutBefore: true}, bot.Unavailable},
		"too many":             {sandbox.FaultSpec{Status: 429, Code: 99991400, RateReset: "1"}, bot.RateLimited},
		"the platform's fault": {sandbox.FaultSpec{Status: 500, Code: 1}, bot.Unavailable},
	} {
		tt.fault.API = chatsAPI
		remove := s.feishu.Fault(tt.fault)
		if page, next, err := s.client.Chats(t.Context(), 2, ""); bot.KindOf(err) != tt.want || page != nil || next != "" {
			t.Errorf("%s: %v %q %v", name, page, next, err)
		}
		remove()
	}
}
