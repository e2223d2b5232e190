package alert_test

import (
	"encoding/json"
	"fmt"
	"io"
	"strings"
	"testing"

	"recallbot/post/alert"
)

// storm is a webhook about very many alerts, written as it is read.
type storm struct {
	io.Reader

	alerts int
	next   func(i int) string
	made   int
}

func (s *storm) Read(p []byte) (int, error) {
	for {
		if s.Reader != nil {
			if n, err := s.Reader.Read(p); err == nil {
				return n, nil
			}
		}
		switch {
		case s.made == 0:
			s.Reader = strings.NewReader(`{"message":"` + strings.Repeat(`\u00e9\n"`[:8], 1<<18) + `","alerts":[` + s.next(0))
		case s.made < s.alerts:
			s.Reader = strings.NewReader("," + s.next(s.made))
		case s.made == s.alerts:
			s.Reader = strings.NewReader(`],"commonLabels":{"alertname":"A"},"groupKey":"g","version":"4","status":"firing"}`)
		default:
			return 0, io.EOF
		}
		s.made++
	}
}

// TestAlertStormSlow: however many alerts there are, the card lists the first that fire, and counts the rest.
func TestAlertStormSlow(t *testing.T) {
	t.Parallel()
	const many = 30_000
	n, err := alert.Decode(alert.Alertmanager, &storm{alerts: many, next: func(i int) string {
		status := "firing"
		if i%3 == 0 {
			status = "resolved"
		}
		return fmt.Sprintf(`{"status":%q,"labels":{"alertname":"A","pod":"p-%04d","pad":%q,"severity":"warning"},"startsAt":"2026-05-01T10:00:00Z","endsAt":"2026-05-01T10:%02d:00Z"}`,
			status, i, strings.Repeat("x", 800), i%60)
	}})
	if err != nil {
		t.Fatal(err)
	}
	if kept, marks := len(n.Alerts), len(n.Rest.States); kept != 20 || marks != 1000 {
		t.Errorf("%d alerts and %d states are kept", kept, marks)
	}
	view := alert.ViewOf(n)
	if view.FiringCount != 2*many/3 || view.ResolvedCount != many/3 || len(view.Lines) != 10 || !view.Lines[9].Firing ||
		view.More != many-10 || view.Severity != alert.SeverityWarning || view.Title != "A" || view.Since.IsZero() {
		t.Errorf("%+v", view)
	}
}

// TestAStormHasOneCard: the card is recalled when all alerts have ended, and not before.
func TestAStormHasOneCard(t *testing.T) {
	t.Parallel()
	d := newHarness(t)
	hear := func(many int, status func(i int) string) {
		t.Helper()
		n, err := alert.Decode(alert.Alertmanager, &storm{alerts: many, next: func(i int) string {
			return fmt.Sprintf(`{"status":%q,"fingerprint":"%016x"}`, status(i), uint64(i)*0x9e3779b97f4a7c15)
		}})
		if err != nil {
			t.Fatal(err)
		}
		if _, err := d.Receive(t.Context(), n, d.options, d.by); err != nil {
			t.Fatal(err)
		}
		d.works()
	}
	fires := func(int) string { return "firing" }
	hear(2000, fires)
	d.shows("A: 2000 firing, 0 resolved, 0 truncated")
	hear(2600, fires)
	d.shows("A: 2600 firing, 0 resolved, 0 truncated")
	hear(2600, func(i int) string {
		if i%10 == 0 {
			return "firing"
		}
		return "resolved"
	})
	d.shows("A: 260 firing, 2340 resolved, 0 truncated")
	hear(2600, func(int) string { return "resolved" })
	d.shows("A: 0 firing, 2600 resolved, 0 truncated")
	for id, text := range d.groups {
		if len(text) > 60_000 {
			t.Errorf("%d bytes are kept of %s", len(text), id)
		}
	}
}

// FuzzShortStrings: clipped JSON stays valid, and short strings stay unchanged.
func FuzzShortStrings(f *testing.F) {
	for _, seed := range []string{"", "a", `"`, `\`, "\u2028", strings.Repeat("é", 9000), strings.Repeat(`\"`, 9000), strings.Repeat("\x00", 3000) + "\\"} {
		f.Add(seed, 7)
	}
	f.Fuzz(func(t *testing.T, text string, shift int) {
		long := strings.Repeat("-", 16<<10+shift%64) + text
		body, err := json.Marshal(map[string]any{"long": long, "short": text[:min(len(text), 200)], "n": []any{1, text == "", nil}})
		if err != nil {
			t.Fatal(err)
		}
		cut, err := io.ReadAll(alert.ShortStrings(strings.NewReader(string(body))))
		if err != nil || len(cut) > 20<<10 {
			t.Fatalf("%d bytes, %v", len(cut), err)
		}
		var want, got struct{ Long, Short string }
		if err := json.Unmarshal(body, &want); err != nil {
			t.Fatal(err)
		}
		if err := json.Unmarshal(cut, &got); err != nil {
			t.Fatalf("%q: %v", cut, err)
		}
		if got.Short != want.Short || !strings.HasPrefix(want.Long, strings.TrimRight(got.Long, "\ufffd")) {
			t.Errorf("%q became %q", want, got)
		}
	})
}
