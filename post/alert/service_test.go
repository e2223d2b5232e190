package alert_test

import (
	"testing"
	"time"

	"recallbot/bot"
	"recallbot/post/alert"
)

const (
	firing   = "alertmanager-firing"
	partly   = "alertmanager-partly"
	resolved = "alertmanager-resolved"
	cut      = "alertmanager-truncated"

	saysFiring   = "HighLatency: 2 firing, 0 resolved, 0 truncated"
	saysPartly   = "HighLatency: 1 firing, 1 resolved, 0 truncated"
	saysResolved = "HighLatency: 0 firing, 2 resolved, 0 truncated"
)

func TestACardGoesWithItsGroup(t *testing.T) {
	t.Parallel()
	d := newHarness(t)
	d.receive(firing)
	d.works()
	d.shows(saysFiring)
	d.receive(firing) // Alertmanager repeats
	d.works()
	d.shows(saysFiring)
	if d.count("edit") != 0 || d.count("post") != 1 {
		t.Errorf("a repetition made calls: %v", d.calls)
	}
	d.receive(partly)
	d.works()
	d.shows(saysPartly)
	d.receive(resolved)
	d.receive(resolved)
	d.works()
	d.shows(saysResolved)
	d.later(25 * time.Hour)
	d.works()
	d.shows(saysResolved)
	post := d.posts["p_1"]
	if post.Team != "sre" || post.Token != "t1" || post.Chat != "oc_1" || post.Group == "" {
		t.Errorf("the post is %+v", post.Post)
	}
}

// TestNoWordsAreKept: the texts of alerts are deleted as soon as the card shows them.
func TestNoWordsAreKept(t *testing.T) {
	t.Parallel()
	d := newHarness(t)
	d.receive(firing)
	d.works()
	for _, text := range d.groups {
		for _, word := range []string{"API is slow", "HighLatency", "api-1"} {
			if contains(text, word) {
				t.Errorf("%q is still kept: %s", word, text)
			}
		}
	}
}

func TestResolvedCardsGo(t *testing.T) {
	t.Parallel()
	for _, row := range []struct {
		name  string
		after time.Duration
		then  []string
	}{{"at once", 0, nil}, {"after a time", 10 * time.Minute, []string{saysResolved}}} {
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			d := newHarness(t)
			d.options.Recall, d.options.After = true, row.after
			d.receive(firing)
			d.works()
			d.receive(resolved)
			d.works()
			d.shows(row.then...)
			d.later(row.after - time.Second)
			d.receive(resolved) // does not delay the recall
			d.works()
			d.later(time.Second)
			d.works()
			d.shows()
			if n := d.count("take back"); n != 1 {
				t.Errorf("taken back %d times", n)
			}
		})
	}
}

func TestFiresAgain(t *testing.T) {
	t.Parallel()
	rows := []struct {
		name    string
		options alert.Options
		wait    time.Duration
		want    []string
	}{
		{"a new card", alert.Options{}, time.Hour, []string{saysResolved, saysFiring}},
		{"the same card", alert.Options{Same: true}, time.Hour, []string{saysFiring}},
		{"before it goes", alert.Options{Recall: true, After: 2 * time.Hour}, time.Hour, []string{saysFiring}},
		{"the same card, before it goes", alert.Options{Recall: true, After: 2 * time.Hour, Same: true}, time.Hour, []string{saysFiring}},
		{"after it went", alert.Options{Recall: true}, time.Hour, []string{saysFiring}},
	}
	for _, row := range rows {
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			d := newHarness(t)
			d.options = row.options
			d.options.Chat = "oc_1"
			for _, file := range []string{firing, resolved} {
				d.receive(file)
				d.works()
			}
			d.later(row.wait)
			d.receive(firing)
			d.works()
			d.shows(row.want...)
			d.later(24 * time.Hour)
			d.works()
			d.shows(row.want...)
		})
	}
}

// TestDeliveriesThatAreOvertaken: a firing alert that is received after its end is outdated.
func TestDeliveriesThatAreOvertaken(t *testing.T) {
	t.Parallel()
	d := newHarness(t)
	d.receive(resolved)
	d.works()
	d.later(20 * time.Second)
	d.receive(firing)
	d.works()
	d.shows()

	d = newHarness(t)
	for _, file := range []string{firing, resolved, partly, firing} {
		d.receive(file)
		d.works()
	}
	d.shows(saysResolved)
	// A minute later it does not count as delayed.
	d.later(time.Minute)
	d.receive(firing)
	d.works()
	d.shows(saysResolved, saysFiring)
}

func TestResolvedBeforeTheCardWasPosted(t *testing.T) {
	t.Parallel()
	d := newHarness(t)
	d.receive(firing)
	d.receive(resolved)
	d.works()
	d.shows(saysResolved)
	if d.count("edit") != 0 {
		t.Errorf("calls: %v", d.calls)
	}

	d = newHarness(t)
	d.options.Recall = true
	d.receive(firing)
	d.receive(resolved)
	d.works()
	d.shows()
	if d.count("post") != 0 {
		t.Errorf("calls: %v", d.calls)
	}
}

// TestTruncatedGroups: Alertmanager truncates before it sets the status, so a truncated group may still fire.
func TestTruncatedGroups(t *testing.T) {
	t.Parallel()
	d := newHarness(t)
	d.options.Recall = true
	d.receive(firing)
	d.works()
	d.receive(cut)
	d.works()
	d.shows("HighLatency: 0 firing, 2 resolved, 7 truncated")
	d.receive(resolved)
	d.works()
	d.shows()
}

func TestTroubleOnTheWay(t *testing.T) {
	t.Parallel()
	away := bot.Errorf(bot.Unavailable, "the platform is away")
	limited := &bot.Error{Kind: bot.RateLimited, RetryAfter: 2 * time.Second}
	rows := []struct {
		name   string
		faults map[string][]error
		want   []string
		posts  int
	}{
		{"none", nil, []string{saysPartly}, 1},
		{"not posted at first", map[string][]error{"post": {away, limited}}, []string{saysPartly}, 1},
		{"not edited at first", map[string][]error{"edit": {limited, away}}, []string{saysPartly}, 1},
		{"recalled by a person", map[string][]error{"edit": {bot.Errorf(bot.NotFound, "gone")}}, []string{saysFiring}, 1},
		{"too old to be edited", map[string][]error{"edit": {bot.Errorf(bot.Expired, "14 days")}}, []string{saysPartly}, 2},
		{"may not be edited", map[string][]error{"edit": {bot.Errorf(bot.Denied, "no")}}, []string{saysFiring}, 1},
	}
	for _, row := range rows {
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			d := newHarness(t)
			if row.faults != nil {
				d.faults = row.faults
			}
			d.receive(firing)
			d.works()
			d.receive(partly)
			d.works()
			d.shows(row.want...)
			if len(d.order) != row.posts {
				t.Errorf("%d posts, want %d", len(d.order), row.posts)
			}
		})
	}
}

func TestPostsThatCameToNothing(t *testing.T) {
	t.Parallel()
	rows := []struct {
		state bot.PostState
		// repeated is the number of cards after the same notification, changed after another one.
		repeated, changed int
	}{{bot.PostFailed, 2, 2}, {bot.PostRecalled, 1, 1}, {bot.PostCancelled, 1, 1}, {bot.PostUnsure, 1, 1}}
	for _, row := range rows {
		t.Run(string(row.state), func(t *testing.T) {
			t.Parallel()
			d := newHarness(t)
			d.receive(firing)
			d.works()
			d.posts["p_1"].State = row.state
			d.receive(firing)
			d.works()
			if len(d.order) != row.repeated {
				t.Errorf("%d cards after the same again, want %d", len(d.order), row.repeated)
			}
			d.receive(partly)
			d.works()
			if len(d.order) != row.changed {
				t.Errorf("%d cards after a change, want %d", len(d.order), row.changed)
			}
		})
	}
}

// TestAnEditWaitsForItsCard: a card that is still being sent can't be edited yet.
func TestAnEditWaitsForItsCard(t *testing.T) {
	t.Parallel()
	d := newHarness(t)
	d.receive(firing)
	d.works()
	d.posts["p_1"].State = bot.PostQueued
	group, err := d.Receive(t.Context(), notification(t, partly), d.options, d.by)
	if err != nil {
		t.Fatal(err)
	}
	if err := d.Step(t.Context(), group.ID); bot.KindOf(err) != bot.RateLimited || bot.Detail(err).RetryAfter != time.Second {
		t.Fatalf("error %v, want a retry in a second", err)
	}
	d.posts["p_1"].State = bot.PostSent
	d.works()
	d.shows(saysPartly)
}

// TestReceivedNotificationIsNotLost: a notification that was stored and not queued is queued when it is received again.
func TestReceivedNotificationIsNotLost(t *testing.T) {
	t.Parallel()
	d := newHarness(t)
	d.faults["put"] = []error{bot.Errorf(bot.Unavailable, "redis is away")}
	if _, err := d.Receive(t.Context(), notification(t, firing), d.options, d.by); bot.KindOf(err) != bot.Unavailable {
		t.Fatalf("error %v, want Unavailable", err)
	}
	d.receive(firing)
	d.works()
	d.shows(saysFiring)
}

// TestFailedRecallDelaysNoCard: a failed recall of the earlier card does not delay the new one.
func TestFailedRecallDelaysNoCard(t *testing.T) {
	t.Parallel()
	d := newHarness(t)
	d.options.Recall, d.options.After = true, 2*time.Hour
	for _, file := range []string{firing, resolved} {
		d.receive(file)
		d.works()
	}
	d.later(time.Hour)
	d.faults["take back"] = []error{bot.Errorf(bot.Unavailable, "the platform is away")}
	d.receive(firing)
	for id := range d.steps {
		if err := d.Step(t.Context(), id); bot.KindOf(err) != bot.Unavailable {
			t.Errorf("error %v", err)
		}
	}
	d.shows(saysResolved, saysFiring)
	d.works()
	d.shows(saysFiring)
}

func TestGroupsAreApart(t *testing.T) {
	t.Parallel()
	n, options, by := notification(t, firing), alert.Options{Chat: "oc_1"}, bot.Principal{Token: "t1", Team: "sre"}
	other := n
	other.Receiver = "else"
	grafana := n
	grafana.Source = alert.Grafana
	ids := map[alert.GroupID]bool{
		alert.IDOf(n, options, by): true, alert.IDOf(other, options, by): true, alert.IDOf(grafana, options, by): true,
		alert.IDOf(n, alert.Options{Chat: "oc_2"}, by): true, alert.IDOf(n, options, bot.Principal{Token: "t1", Team: "docs"}): true,
		alert.IDOf(n, options, bot.Principal{Token: "t1"}): true, alert.IDOf(n, options, bot.Principal{Token: "t2"}): true,
	}
	if len(ids) != 7 {
		t.Errorf("%d groups, want 7", len(ids))
	}
	if alert.IDOf(n, options, by) != alert.IDOf(n, alert.Options{Chat: "oc_1", Recall: true}, bot.Principal{Token: "t9", Team: "sre"}) {
		t.Error("another token of the team, or other options, make another group")
	}
}
