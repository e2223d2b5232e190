package alert_test

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"time"

	"recallbot/bot"
	"recallbot/post/alert"
)

// receiveFrom receives a webhook of a source about a group, as "+f1 -f2": the firing and the resolved alerts.
func (d *harness) receiveFrom(home, words string) {
	d.t.Helper()
	if err := d.tryReceive(d.t.Context(), home, words); err != nil {
		d.t.Fatal(err)
	}
}

func (d *harness) tryReceive(ctx context.Context, home, words string) error {
	n := alert.Notification{Source: alert.Alertmanager, Receiver: "feishu", Key: `{}:{alertname="Down"}`, Home: home, Title: home}
	for word := range strings.FieldsSeq(words) {
		n.Alerts = append(n.Alerts, alert.Alert{
			Firing: word[0] == '+', Fingerprint: word[1:], Since: d.now.Truncate(time.Hour), Labels: map[string]string{"job": word[1:]},
		})
	}
	_, err := d.Receive(ctx, n, d.options, d.by)
	d.works() //nolint:contextcheck // it has the context of its test
	return err
}

// TestSourcesWithTheSameGroupKey: a resolved alert of one source does not clear the card of another source. Only fingerprints tell
// which card an alert belongs to.
func TestSourcesWithTheSameGroupKey(t *testing.T) {
	t.Parallel()
	type call struct{ home, words string }
	prod, staging := "http://am.prod", "http://am.staging"
	rows := []struct {
		name  string
		calls []call
		want  []string
	}{
		{"another source fires", []call{{prod, "+f1"}, {staging, "+f2"}}, []string{prod + ": 1, 0, 0", staging + ": 1, 0, 0"}},
		{"an alert of another source ends", []call{{prod, "+f1"}, {staging, "+f2"}, {staging, "-f2"}}, []string{prod + ": 1, 0, 0", staging + ": 0, 1, 0"}},
		{"an alert that was never shown ends", []call{{prod, "+f1"}, {staging, "-f2"}}, []string{prod + ": 1, 0, 0"}},
		{"both end", []call{{prod, "+f1"}, {staging, "+f2"}, {staging, "-f2"}, {prod, "-f1"}}, []string{prod + ": 0, 1, 0", staging + ": 0, 1, 0"}},
		{"sources with the same URL", []call{{prod, "+f1"}, {prod, "+f2"}, {prod, "-f2"}}, []string{prod + ": 1, 0, 0", prod + ": 0, 1, 0"}},
		{"sources without a URL", []call{{"", "+f1"}, {"", "+f2"}, {"", "-f2"}}, []string{"job=f1: 1, 0, 0", "job=f2: 0, 1, 0"}},
		{
			"two replicas of a source",
			[]call{{"http://am-0", "+f1 +f2"}, {"http://am-1", "+f1 +f2"}, {"http://am-0", "-f1 +f2"}, {"http://am-1", "-f1 -f2"}},
			[]string{"http://am-1: 0, 2, 0"},
		},
		{"sources with an alert in common", []call{{prod, "+f0 +f1"}, {staging, "+f0 +f2"}, {staging, "-f0 -f2"}}, []string{staging + ": 0, 2, 1"}},
		{"an alert is missing", []call{{prod, "+f1 +f2"}, {prod, "-f2"}}, []string{prod + ": 0, 1, 1"}},
		{"an alert is missing, then resolved", []call{{prod, "+f1 +f2"}, {prod, "-f2"}, {prod, "-f1 -f2"}}, []string{prod + ": 0, 2, 0"}},
		{"two cards of one source", []call{{prod, "+f1"}, {prod, "+f2"}, {prod, "-f1 -f2"}}, []string{prod + ": 0, 2, 0", prod + ": 0, 1, 0"}},
		{
			"another source reuses a card whose alert fires again",
			[]call{{prod, "+f1"}, {prod, "-f1"}, {staging, "+f2"}, {prod, "+f1 +f3"}, {staging, "-f2"}},
			[]string{prod + ": 0, 1, 0", staging + ": 0, 1, 0", prod + ": 1, 0, 0"},
		},
	}
	for _, row := range rows {
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			d := newHarness(t)
			for _, c := range row.calls {
				d.receiveFrom(c.home, c.words)
			}
			var want []string
			for _, w := range row.want {
				title, counts, _ := strings.Cut(w, ": ")
				var firing, resolved, truncated int
				if _, err := fmt.Sscanf(counts, "%d, %d, %d", &firing, &resolved, &truncated); err != nil {
					t.Fatal(err)
				}
				want = append(want, fmt.Sprintf("%s: %d firing, %d resolved, %d truncated", title, firing, resolved, truncated))
			}
			d.shows(want...)
		})
	}
}

// TestManySources: with more sources than cards, the oldest card stays unchanged.
func TestManySources(t *testing.T) {
	t.Parallel()
	d := newHarness(t)
	const many = 11
	var want []string
	for i := range many {
		d.receiveFrom(fmt.Sprint("am", i), fmt.Sprint("+f", i))
		want = append(want, fmt.Sprintf("am%d: 1 firing, 0 resolved, 0 truncated", i))
		d.later(time.Second)
	}
	d.receiveFrom("am0", "-f0")
	d.shows(want...)
	d.receiveFrom("am10", "-f10")
	want[10] = "am10: 0 firing, 1 resolved, 0 truncated"
	d.shows(want...)
}

// TestCardsOfEarlierVersions: cards without fingerprints are used for the first notification.
func TestCardsOfEarlierVersions(t *testing.T) {
	t.Parallel()
	d := newHarness(t)
	d.receiveFrom("am", "+f1")
	for id, text := range d.groups {
		var old map[string]any
		if err := json.Unmarshal([]byte(text), &old); err != nil {
			t.Fatal(err)
		}
		delete(old, "marks")
		delete(old, "heard")
		was, err := json.Marshal(old)
		if err != nil {
			t.Fatal(err)
		}
		d.groups[id] = string(was)
	}
	d.receiveFrom("am", "-f1")
	d.shows("am: 0 firing, 1 resolved, 0 truncated")
}

// TestEarlierContent: a delayed notification does not restore the card's earlier content.
func TestEarlierContent(t *testing.T) {
	t.Parallel()
	d := newHarness(t)
	d.receiveFrom("am", "+f1")
	d.receiveFrom("am", "+f1 +f2")
	d.receiveFrom("am", "+f1") // its replica was frozen, and the sender sent it again elsewhere
	d.shows("am: 2 firing, 0 resolved, 0 truncated")
	d.receiveFrom("am", "+f1 +f2 +f3")
	d.receiveFrom("am", "+f1 +f2")
	d.receiveFrom("am", "+f1")
	d.shows("am: 3 firing, 0 resolved, 0 truncated")
	d.later(time.Minute) // now it does not count as delayed
	d.receiveFrom("am", "+f1")
	d.shows("am: 1 firing, 0 resolved, 2 truncated")
}

// TestSenderDisconnected: the sender may have sent a newer notification to another replica, or repeats this one.
func TestSenderDisconnected(t *testing.T) {
	t.Parallel()
	d := newHarness(t)
	d.receiveFrom("am", "+f1 +f2")
	gone, leave := context.WithCancel(t.Context())
	leave()
	if err := d.tryReceive(gone, "am", "+f1"); bot.KindOf(err) != bot.Unavailable {
		t.Errorf("error %v, want a retryable one", err)
	}
	d.shows("am: 2 firing, 0 resolved, 0 truncated")
}

// TestLittleIsKeptOfLongTexts: an alert's name may have a megabyte.
func TestLittleIsKeptOfLongTexts(t *testing.T) {
	t.Parallel()
	d := newHarness(t)
	long := strings.Repeat("f", 1<<20)
	for _, status := range []string{"firing", "resolved"} {
		body := `{"groupKey":"k","status":"firing","receiver":"` + long + `","title":"` + long + `","alerts":[{"status":"` + status +
			`","fingerprint":"` + long + `","labels":{"a":"` + long + `"}}]}`
		n, err := alert.Decode(alert.Grafana, strings.NewReader(body))
		if err != nil {
			t.Fatal(err)
		}
		group, err := d.Receive(t.Context(), n, d.options, d.by)
		if err != nil {
			t.Fatal(err)
		}
		d.works()
		if size := len(d.groups[group.ID]); size > 1000 {
			t.Errorf("%d bytes are stored of an alert that is %s", size, status)
		}
	}
}

// TestGroupWithoutCardExpiresSoon: a group that was never shown is stored for a short time.
func TestGroupWithoutCardExpiresSoon(t *testing.T) {
	t.Parallel()
	d := newHarness(t)
	for words, want := range map[string]bool{"-f1": false, "+f2": true} {
		n := alert.Notification{Key: words, Alerts: []alert.Alert{{Firing: words[0] == '+', Fingerprint: "m"}}}
		g, err := d.Receive(t.Context(), n, d.options, d.by)
		if err != nil || (g.Life() > time.Hour) != want || g.Fires() != want {
			t.Errorf("%s: %s, %v", words, g.Life(), err)
		}
	}
}
