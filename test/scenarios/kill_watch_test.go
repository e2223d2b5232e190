package scenarios_test

import (
	"slices"
	"strings"
	"time"

	"recallbot/bot"
	"recallbot/sandbox"
	"recallbot/store"
)

// prepareBot adds another bot, whose posts our bot sees and may recall.
func (s *killEnv) prepareBot(spec *sandbox.ChatSpec) {
	s.Grant("im:message.group_msg.include_bot:read")
	s.app = s.AddApp("Reporter").ID
	spec.BotManagers, spec.Members = []string{s.Bot().ID}, append(spec.Members, s.app)
	s.private = s.must(s.AddChat(sandbox.ChatSpec{Mode: sandbox.P2P, Owner: s.owner}))
}

// prepareRule makes a rule on the second post of a bot in a minute: the bot is put into quarantine.
func (s *killEnv) prepareRule() {
	s.t.Helper()
	s.probe = s.openProbe()
	rule := bot.WatchRule{Name: "loud", Act: bot.WatchQuarantine, State: bot.WatchOn, When: bot.WatchWhen{Kind: bot.WatchMoreThan, Count: 1, Within: time.Minute}}
	_, _, err := store.NewSettings(s.probe.store).Change(s.t.Context(), "rule", bot.ChatID(s.chat), func(set bot.Settings) (bot.Settings, error) {
		set.Watch = []bot.WatchRule{rule}
		return set, nil
	})
	if err != nil {
		s.t.Fatal(err)
	}
}

// postByBot posts as the other bot.
func (s *killEnv) postByBot() (string, error) {
	return s.Post(sandbox.PostSpec{Chat: s.chat, App: s.app, Text: "the numbers of the wrong quarter"})
}

// wantQuarantine checks that the rule recalled the second post of the bot and put the bot into quarantine, and that this is counted, on record and
// shown once.
func (s *killEnv) wantQuarantine() {
	s.t.Helper()
	s.wantRuleDone()
	s.wantNotice()
	set, err := store.NewSettings(s.probe.store).Settings(s.t.Context(), bot.ChatID(s.chat))
	if err != nil || len(set.Quarantines) != 1 {
		s.t.Errorf("quarantines %+v, %v", set.Quarantines, err)
	}
}

func (s *killEnv) wantRuleDone() {
	s.t.Helper()
	s.post, s.asked = s.asked, s.post // the post that the rule caught is the one to go
	if m, _ := s.Message(s.post); !m.Deleted {
		s.t.Error("the post is still there")
	}
	ctx, chat := s.t.Context(), bot.ChatID(s.chat)
	caught, err := store.NewWindows(s.probe.store).Caught(ctx, chat, []string{"loud"}, time.Now().Add(-time.Hour))
	if err != nil || caught["loud"] != 1 {
		s.t.Errorf("the rule caught %d, %v", caught["loud"], err)
	}
	entries, err := store.NewAudit(s.probe.store).Recent(ctx, chat, 100, "")
	if err != nil {
		s.t.Fatal(err)
	}
	var got []string
	for _, e := range entries {
		got = append([]string{e.Rule + " " + string(e.Result)}, got...)
	}
	if want := []string{"watch recalled", "watch changed"}; !slices.Equal(got, want) {
		s.t.Errorf("the records are %q, want %q", got, want)
	}
}

// wantNotice checks that the owner has one card, with the post counted.
func (s *killEnv) wantNotice() {
	s.t.Helper()
	cards := s.Messages(s.private)
	if len(cards) != 1 {
		s.t.Fatalf("%d cards, want 1", len(cards))
	}
	for _, word := range []string{"Reporter is in quarantine", "1 post recalled"} {
		if !strings.Contains(cards[0].Content, word) {
			s.t.Errorf("the card lacks %q: %s", word, cards[0].Content)
			for _, call := range s.Calls() {
				s.t.Logf("call %s: HTTP %d, code %d", call.API, call.Status, call.Code)
			}
		}
	}
}
