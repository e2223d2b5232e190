package handlers_test

import (
	"errors"
	"testing"

	"github.com/google/go-cmp/cmp"

	"recallbot/bot"
	"recallbot/handlers/text"
	"recallbot/recall"
)

func TestReactionsThatAnyChatWantsAreWork(t *testing.T) {
	t.Parallel()
	d := newHarness(t)
	d.settings.chats["oc_other"] = bot.Settings{Emoji: []string{"BOMB"}, Quorum: 2}
	rows := []struct {
		body any
		want bool
	}{
		{bot.Reacted{Message: "om_post", Emoji: "BOMB", By: "ou_1"}, true},
		{bot.Reacted{Message: "om_post", Emoji: "CrossMark", By: "ou_1"}, true},
		{bot.Reacted{Message: "om_post", Emoji: "Fire", By: "ou_1"}, false},
		{bot.Reacted{Message: "om_post", Emoji: "BOMB"}, false},
		{bot.Unreacted{Message: "om_post", Emoji: "BOMB", By: "ou_1"}, true},
		{bot.Unreacted{Message: "om_post", Emoji: "Fire", By: "ou_1"}, false},
		{bot.Unreacted{Message: "om_post", Emoji: "BOMB"}, false},
	}
	for _, row := range rows {
		if got := d.all.Wants(bot.Event{Body: row.body}); got != row.want {
			t.Errorf("%+v: wanted %t, want %t", row.body, got, row.want)
		}
	}
	if newHarness(t).all.Wants(bot.Event{Body: bot.Unreacted{Message: "om_post", Emoji: "No", By: "ou_1"}}) {
		t.Error("a reaction taken back is work where no chat has a quorum")
	}
}

// TestReactionCountsInItsOwnChatOnly: the request says which chats want the emoji; in other chats there is no answer.
func TestReactionCountsInItsOwnChatOnly(t *testing.T) {
	t.Parallel()
	d := newHarness(t)
	d.settings.chats["oc_1"] = bot.Settings{Emoji: []string{"BOMB"}, Quorum: 1}
	d.does(t, d.react("ou_1"))
	d.heard(t)
	wanted := d.recaller.requests[0].Wanted
	for name, row := range map[string]struct {
		set  bot.Settings
		want bool
	}{
		"chosen by nobody":  {bot.Settings{}, true},
		"replaced":          {bot.Settings{Emoji: []string{"BOMB"}}, false},
		"chosen by another": {bot.Settings{Emoji: []string{"BOMB", "CrossMark"}}, true},
	} {
		if got := wanted(row.set); got != row.want {
			t.Errorf("%s: %t, want %t", name, got, row.want)
		}
	}
	if len(d.votes.people) > 0 {
		t.Errorf("counted %v, where nothing was tried", d.votes.people)
	}
}

func TestQuorumRecallsInSilence(t *testing.T) {
	t.Parallel()
	d := newHarness(t)
	d.settings.chats["oc_1"] = bot.Settings{Quorum: 3}
	d.recaller.out = refusal()
	d.does(t, d.react("ou_a"))
	d.does(t, d.react("ou_b"))
	d.does(t, bot.Unreacted{Message: "om_post", Emoji: "CrossMark", By: "ou_a", At: d.clock})
	d.does(t, d.react("ou_c"))
	d.heard(t)
	if n := len(d.recaller.requests); n != 3 {
		t.Fatalf("%d requests before there are enough, want one of each person", n)
	}
	d.recaller.then = recall.Outcome{Result: bot.Done}
	d.does(t, d.react("ou_a"))
	want := recall.Request{
		CauseID: "e1", Via: bot.ViaQuorum, Who: "ou_a", Asked: d.clock, Target: "om_post", With: []bot.UserID{"ou_b", "ou_c", "ou_a"},
	}
	if diff := cmp.Diff(want, d.recaller.requests[4], requestFields(), notWanted()); diff != "" {
		t.Errorf("request (-want +got):\n%s", diff)
	}
	d.heard(t)
}

func TestWhatIsCounted(t *testing.T) {
	t.Parallel()
	own := refusal()
	unchecked, other, ranked, person, unseen, gone, rank := own, own, own, own, own, own, own
	unchecked.Reason = bot.ReasonUnchecked
	other.Target.Kind = bot.KindBot
	ranked.Target.Kind, ranked.Ranked = bot.KindBot, true
	person.Target.Kind = bot.KindPerson
	unseen.Target = bot.Message{ID: "om_post"}
	gone.Result = bot.AlreadyGone
	rank.Target.Kind, rank.Reason = bot.KindBot, bot.ReasonNoRank
	rows := []struct {
		name string
		out  recall.Outcome
		want bool
	}{
		{"our post", own, true},
		{"our post, roles not learned", unchecked, true},
		{"another bot's, with rank", ranked, true},
		{"another bot's, without rank", other, false},
		{"another bot's, by somebody who may", rank, false},
		{"a person's", person, false},
		{"one never seen", unseen, false},
		{"one already gone", gone, false},
	}
	for _, row := range rows {
		d := newHarness(t)
		d.settings.chats["oc_1"] = bot.Settings{Quorum: 2}
		d.recaller.out = row.out
		d.does(t, d.react("ou_a"))
		if got := len(d.votes.people["om_post"]) > 0; got != row.want {
			t.Errorf("%s: counted %t, want %t", row.name, got, row.want)
		}
		if told := len(d.speaker.arrived) > 0; told != (row.out.Reason == bot.ReasonNoRank) {
			t.Errorf("%s: told %q", row.name, d.speaker.arrived)
		}
	}
}

func TestQuorumThatIsRefusedOrFails(t *testing.T) {
	t.Parallel()
	d := newHarness(t)
	d.settings.chats["oc_1"] = bot.Settings{Quorum: 1, Language: string(text.English)}
	d.recaller.out = refusal()
	d.recaller.then = recall.Outcome{Result: bot.Failed, Reason: bot.ReasonTooOld, Code: 230009, Target: refusal().Target}
	d.does(t, d.react("ou_a"))
	d.heard(t, "whisper oc_1 ou_a: "+en("reasons.too_old.full")+" (230009)")

	for name, spoil := range map[string]func(*harness){
		"settings": func(d *harness) { d.settings.err = errLimited },
		"votes":    func(d *harness) { d.votes.err = errLimited },
		"recall":   func(d *harness) { d.recaller.thenErr = errLimited },
	} {
		d := newHarness(t)
		d.settings.chats["oc_1"] = bot.Settings{Quorum: 1}
		d.recaller.out = refusal()
		spoil(d)
		if err := d.run(t, d.react("ou_a")); !errors.Is(err, errLimited) {
			t.Errorf("%s: %v, want the error", name, err)
		}
		d.heard(t)
	}
}
