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
	if err := d.told(d.t.Context(), home, words); err != nil {
		d.t.Fatal(err)
	}
}

func (d *harness) told(ctx context.Context, home, words string) error {
	n := alert.Notification{Source: alert.Alertmanager, Receiver: "feishu", Key: `{}:{alertname="Down"}`, Home: home, Title: home}
	for word := range strings.FieldsSeq(words) {
		n.Alerts = append(n.Alerts, alert.Alert{
			Firing: word[0] == '+', Fingerprint: word[1:], Since: d.now.Truncate(time.Hour), Labels: map[string]string{"job": word[1:]},
		})
	}
	_, err := d.Receive(ctx, n, d.wish, d.by)
	d.works() //nolint:contextcheck // it has the context of its test
	return err
}

// TestSourcesWithTheSameGroupKey: nobody's word that something ended clears the card of what somebody else said. Which source an
// alert is of, its fingerprint receiveFrom, and nothing else does.
func TestSourcesWithTheSameGroupKey(t *testing.T) {
	t.Parallel()
	type call struct{ home, words string }
	prod, staging := "http://am.prod", "http://am.staging"
	rows := []struct {
		name  string
		calls []call
		want  []string
	}{
		{"another one fires", []call{{prod, "+f1"}, {staging, "+f2"}}, []string{prod + ": 1, 0, 0", staging + ": 1, 0, 0"}},
		{"another one's ends", []call{{prod, "+f1"}, {staging, "+f2"}, {staging, "-f2"}}, []string{prod + ": 1, 0, 0", staging + ": 0, 1, 0"}},
		{"what was never shown ends", []call{{prod, "+f1"}, {staging, "-f2"}}, []string{prod + ": 1, 0, 0"}},
		{"both end", []call{{prod, "+f1"}, {staging, "+f2"}, {staging, "-f2"}, {prod, "-f1"}}, []string{prod + ": 0, 1, 0", staging + ": 0, 1, 0"}},
		{"they have one address", []call{{prod, "+f1"}, {prod, "+f2"}, {prod, "-f2"}}, []string{prod + ": 1, 0, 0", prod + ": 0, 1, 0"}},
		{"they have none", []call{{"", "+f1"}, {"", "+f2"}, {"", "-f2"}}, []string{"job=f1: 1, 0, 0", "job=f2: 0, 1, 0"}},
		{
			"two replicas of one",
			[]call{{"http://am-0", "+f1 +f2"}, {"http://am-1", "+f1 +f2"}, {"http://am-0", "-f1 +f2"}, {"http://am-1", "-f1 -f2"}},
			[]string{"http://am-1: 0, 2, 0"},
		},
		{"they have one alert in common", []call{{prod, "+f0 +f1"}, {staging, "+f0 +f2"}, {staging, "-f0 -f2"}}, []string{staging + ": 0, 2, 1"}},
		{"one is told of no more", []call{{prod, "+f1 +f2"}, {prod, "-f2"}}, []string{prod + ": 0, 1, 1"}},
		{"one is told of again", []call{{prod, "+f1 +f2"}, {prod, "-f2"}, {prod, "-f1 -f2"}}, []string{prod + ": 0, 2, 0"}},
		{"cards that prove to be one's", []call{{prod, "+f1"}, {prod, "+f2"}, {prod, "-f1 -f2"}}, []string{prod + ": 0, 2, 0", prod + ": 0, 1, 0"}},
		{
			"another one takes the place of what ended, which fires again",
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
				var firing, resolved, untold int
				if _, err := fmt.Sscanf(counts, "%d, %d, %d", &firing, &resolved, &untold); err != nil {
					t.Fatal(err)
				}
				want = append(want, fmt.Sprintf("%s: %d firing, %d resolved, %d untold", title, firing, resolved, untold))
			}
			d.shows(want...)
		})
	}
}

// TestManySources: more than a group has cards for leave the oldest as it is.
func TestManySources(t *testing.T) {
	t.Parallel()
	d := newHarness(t)
	const many = 11
	var want []string
	for i := range many {
		d.receiveFrom(fmt.Sprint("am", i), fmt.Sprint("+f", i))
		want = append(want, fmt.Sprintf("am%d: 1 firing, 0 resolved, 0 untold", i))
		d.later(time.Second)
	}
	d.receiveFrom("am0", "-f0")
	d.shows(want...)
	d.receiveFrom("am10", "-f10")
	want[10] = "am10: 0 firing, 1 resolved, 0 untold"
	d.shows(want...)
}

// TestCardsOfEarlierVersions: they have no fingerprints, and are used for the first notification.
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
	d.shows("am: 0 firing, 1 resolved, 0 untold")
}

// TestWhatACardSaidBefore: a delivery that another one overtook does not put the card back.
func TestWhatACardSaidBefore(t *testing.T) {
	t.Parallel()
	d := newHarness(t)
	d.receiveFrom("am", "+f1")
	d.receiveFrom("am", "+f1 +f2")
	d.receiveFrom("am", "+f1") // its replica was frozen, and the sender sent it again elsewhere
	d.shows("am: 2 firing, 0 resolved, 0 untold")
	d.receiveFrom("am", "+f1 +f2 +f3")
	d.receiveFrom("am", "+f1 +f2")
	d.receiveFrom("am", "+f1")
	d.shows("am: 3 firing, 0 resolved, 0 untold")
	d.later(time.Minute) // by now it is no delivery that was on its way
	d.receiveFrom("am", "+f1")
	d.shows("am: 1 firing, 0 resolved, 2 untold")
}

// TestTheSenderHasGone: then it has been told otherwise since, or sends again.
func TestTheSenderHasGone(t *testing.T) {
	t.Parallel()
	d := newHarness(t)
	d.receiveFrom("am", "+f1 +f2")
	gone, leave := context.WithCancel(t.Context())
	leave()
	if err := d.told(gone, "am", "+f1"); bot.KindOf(err) != bot.Unavailable {
		t.Errorf("error %v, want one that asks for another try", err)
	}
	d.shows("am: 2 firing, 0 resolved, 0 untold")
}

// TestLittleIsKeptOfLongTexts: a name of an alert may have a megabyte.
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
		group, err := d.Receive(t.Context(), n, d.wish, d.by)
		if err != nil {
			t.Fatal(err)
		}
		d.works()
		if size := len(d.groups[group.ID]); size > 1000 {
			t.Errorf("%d bytes are kept of one that is %s", size, status)
		}
	}
}

// TestWhatWasNeverShownIsSoonForgotten: a group without a card.
func TestWhatWasNeverShownIsSoonForgotten(t *testing.T) {
	t.Parallel()
	d := newHarness(t)
	for words, want := range map[string]bool{"-f1": false, "+f2": true} {
		n := alert.Notification{Key: words, Alerts: []alert.Alert{{Firing: words[0] == '+', Fingerprint: "m"}}}
		g, err := d.Receive(t.Context(), n, d.wish, d.by)
		if err != nil || (g.Life() > time.Hour) != want || g.Fires() != want {
			t.Errorf("%s: %s, %v", words, g.Life(), err)
		}
	}
}
