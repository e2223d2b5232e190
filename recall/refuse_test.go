package recall_test

import (
	"slices"
	"testing"

	"recallbot/bot"
	"recallbot/recall/policy"
	"recallbot/recall/recalltest"
)

func TestRefusalsBeforeAnythingIsLookedAtAreRecordedOnce(t *testing.T) {
	t.Parallel()
	s := recalltest.New(t)
	for range 2 {
		if err := s.Recaller.Refuse(t.Context(), s.Reply("ou_owner", ""), policy.RuleNoTarget, bot.ReasonNoTarget); err != nil {
			t.Fatal(err)
		}
	}
	if want := []string{" refused for ou_owner via reply (no_target)"}; !slices.Equal(s.Audit.Results(), want) {
		t.Errorf("records %q, want %q", s.Audit.Results(), want)
	}
	s.Audit.Err = recalltest.ErrAway
	if err := s.Recaller.Refuse(t.Context(), s.Reply("ou_owner", ""), policy.RuleNoTarget, bot.ReasonNoTarget); err == nil {
		t.Error("a refusal that could not be recorded is no error")
	}
}

// TestGoneIsRecordedOnce: the work is cut off after the record of what was gone already, and runs again.
func TestGoneIsRecordedOnce(t *testing.T) {
	t.Parallel()
	s := recalltest.New(t)
	s.Indexed("om_own", func(m *bot.Message) { m.Gone = true })
	req := s.Reply("ou_owner", "om_own")
	if _, err := s.Recaller.Recall(t.Context(), req); err != nil {
		t.Fatal(err)
	}
	req.Redelivered = true
	if _, err := s.Recaller.Recall(t.Context(), req); err != nil {
		t.Fatal(err)
	}
	if want := []string{"om_own already_gone for ou_owner via reply (owner)"}; !slices.Equal(s.Audit.Results(), want) {
		t.Errorf("records %q, want %q", s.Audit.Results(), want)
	}
}
