package recall_test

import (
	"slices"
	"testing"

	"recallbot/bot"
	"recallbot/recall"
	"recallbot/recall/policy"
)

func TestRefusalsBeforeAnythingIsLookedAtAreRecordedOnce(t *testing.T) {
	t.Parallel()
	s := newScene(t, recall.Config{})
	for range 2 {
		if err := s.recaller.Refuse(t.Context(), s.reply("ou_owner", ""), policy.RuleNoTarget, bot.ReasonNoTarget); err != nil {
			t.Fatal(err)
		}
	}
	if want := []string{" refused for ou_owner via reply (no_target)"}; !slices.Equal(s.audit.results(), want) {
		t.Errorf("records %q, want %q", s.audit.results(), want)
	}
	s.audit.err = errAway
	if err := s.recaller.Refuse(t.Context(), s.reply("ou_owner", ""), policy.RuleNoTarget, bot.ReasonNoTarget); err == nil {
		t.Error("a refusal that could not be recorded is no error")
	}
}

// TestGoneIsRecordedOnce: the work is cut off after the record of what was gone already, and runs again.
func TestGoneIsRecordedOnce(t *testing.T) {
	t.Parallel()
	s := newScene(t, recall.Config{})
	s.indexed("om_own", func(m *bot.Message) { m.Gone = true })
	req := s.reply("ou_owner", "om_own")
	if _, err := s.recaller.Recall(t.Context(), req); err != nil {
		t.Fatal(err)
	}
	req.Again = true
	if _, err := s.recaller.Recall(t.Context(), req); err != nil {
		t.Fatal(err)
	}
	if want := []string{"om_own already_gone for ou_owner via reply (owner)"}; !slices.Equal(s.audit.results(), want) {
		t.Errorf("records %q, want %q", s.audit.results(), want)
	}
}
