package audit_test

import (
	"strconv"
	"strings"
	"testing"
	"time"

	"recallbot/audit"
	"recallbot/bot"
)

func TestActs(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 9, 1, 12, 0, 0, 0, time.UTC)
	ago := func(d time.Duration, e audit.Entry) audit.Entry {
		e.At = now.Add(-d)
		return e
	}
	done := func(id bot.MessageID) audit.Entry {
		return audit.Entry{Who: "ou_1", Via: bot.ViaReaction, Message: id, Rule: "owner", Result: bot.Done}
	}
	of := func(job bot.JobID, id bot.MessageID, result bot.Result) audit.Entry {
		return audit.Entry{Who: "ou_1", Via: bot.ViaClean, Job: job, Message: id, Result: result}
	}
	refused := func(who bot.UserID, reason bot.Reason) audit.Entry {
		return audit.Entry{Who: who, Via: bot.ViaReaction, Result: bot.Refused, Reason: reason}
	}
	lifetime := func(job bot.JobID, id bot.MessageID) audit.Entry {
		return audit.Entry{Via: bot.ViaLifetime, Job: job, Message: id, Result: bot.Done}
	}
	command := func(id bot.MessageID, comment string) audit.Entry {
		return audit.Entry{Who: "ou_1", Via: bot.ViaSettings, Command: id, Result: bot.Changed, Comment: comment}
	}
	rows := []struct {
		name    string
		entries []audit.Entry
		want    string
	}{
		{"nothing", nil, ""},
		{"a removed command", []audit.Entry{{Via: bot.ViaTidy, Result: bot.Done}}, ""},
		{"a job, also with others between", []audit.Entry{of("j1", "om_3", bot.Done), done("om_9"), of("j1", "om_2", bot.Failed), of("j1", "om_1", bot.Done)}, "3 1"},
		{"a job that takes long", []audit.Entry{ago(0, of("j1", "om_2", bot.Done)), ago(5*time.Hour, of("j1", "om_1", bot.Done))}, "2"},
		{"two jobs", []audit.Entry{of("j2", "om_2", bot.Done), of("j1", "om_1", bot.Done)}, "1 1"},
		{"a message that failed first", []audit.Entry{of("j1", "om_1", bot.Done), of("j1", "om_1", bot.Failed)}, "1"},
		{"two reactions", []audit.Entry{ago(0, done("om_2")), ago(time.Minute, done("om_1"))}, "1 1"},
		{"one press", []audit.Entry{ago(0, done("om_2")), ago(time.Second, done("om_1"))}, "2"},
		{"one command", []audit.Entry{command("om_c", "quorum off → 3"), ago(time.Minute, command("om_c", "people off → on"))}, "2"},
		{"two commands", []audit.Entry{command("om_d", "quorum off → 3"), command("om_c", "people off → on")}, "1 1"},
		{"refusals of a person", []audit.Entry{
			ago(0, refused("ou_2", bot.ReasonNoRight)), ago(50*time.Minute, refused("ou_2", bot.ReasonNoRight)), ago(70*time.Minute, refused("ou_2", bot.ReasonNoRight)),
		}, "2 1"},
		{"refusals of two people", []audit.Entry{refused("ou_2", bot.ReasonNoRight), refused("ou_3", bot.ReasonNoRight), refused("ou_2", bot.ReasonTooLate)}, "1 1 1"},
		{"lifetimes", []audit.Entry{ago(0, lifetime("j2", "om_3")), ago(time.Minute, lifetime("j1", "om_2")), ago(61*time.Minute, lifetime("", "om_1"))}, "2 1"},
		{"records of another kind", []audit.Entry{{}, {Result: "of_tomorrow", Via: "new"}}, "1 1"},
	}
	for _, row := range rows {
		var sizes []string
		for _, act := range audit.Acts(row.entries) {
			sizes = append(sizes, strconv.Itoa(len(act)))
		}
		if got := strings.Join(sizes, " "); got != row.want {
			t.Errorf("%s: acts of %q records, want %q", row.name, got, row.want)
		}
	}
}

func TestActsAreOfPeople(t *testing.T) {
	t.Parallel()
	act := audit.Acts([]audit.Entry{
		{Who: "ou_1", Job: "j1", Message: "om_2", Result: bot.Failed},
		{Who: "ou_1", Job: "j1", Message: "om_1", Result: bot.Done, With: []bot.UserID{"ou_2"}},
	})[0]
	for who, want := range map[bot.UserID]bool{"ou_1": true, "ou_2": true, "ou_3": false} {
		if got := act.By(who); got != want {
			t.Errorf("by %s = %v", who, got)
		}
	}
	if done, all := act.Count(bot.Done), act.Count(bot.Done, bot.Failed); done != 1 || all != 2 {
		t.Errorf("counts %d and %d, want 1 and 2", done, all)
	}
}
