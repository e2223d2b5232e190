package alert_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strconv"
	"strings"
	"testing"
	"time"

	"recallbot/bot"
	"recallbot/post/alert"
)

// longWebhook is a webhook of n alerts in which every text has that length.
func longWebhook(t *testing.T, status string, n, long int) alert.Notification {
	t.Helper()
	word := strings.Repeat("w", long)
	p := alert.Payload{
		Version: "4", GroupKey: word, Status: status, Receiver: word, Title: word, ExternalURL: "https://example.com/" + word,
		CommonLabels: map[string]string{"alertname": word}, CommonNotes: map[string]string{"summary": word, "description": word + "d"},
	}
	for i := range n {
		p.Alerts = append(p.Alerts, alert.PayloadAlert{
			Status: status, Fingerprint: fmt.Sprint(i, word), Labels: map[string]string{"i": strconv.Itoa(i), word: word}, StartsAt: time.Unix(1, 0),
		})
	}
	body, err := json.Marshal(p)
	if err != nil {
		t.Fatal(err)
	}
	read, err := alert.Decode(alert.Alertmanager, bytes.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	return read
}

// TestTextsOfAlertsAreBounded: of long texts little is stored; of a group that is never shown almost nothing, and for a short
// time.
func TestTextsOfAlertsAreBounded(t *testing.T) {
	t.Parallel()
	for _, status := range []string{"firing", "resolved"} {
		d := newHarness(t)
		group, err := d.Receive(t.Context(), longWebhook(t, status, 40, 20_000), d.options, d.by)
		if err != nil {
			t.Fatal(err)
		}
		kept := d.groups[group.ID]
		if limit := map[string]int{"firing": 40_000, "resolved": 8_000}[status]; len(kept) > limit {
			t.Errorf("%s: %d bytes are kept, want %d at most", status, len(kept), limit)
		}
		if status == "resolved" && (strings.Contains(kept, "www") || group.Life() > time.Hour) {
			t.Errorf("a group that was never shown is stored for %s: %s", group.Life(), kept)
		}
		if status == "firing" && group.Life() < 14*24*time.Hour {
			t.Errorf("a card's group is stored for %s", group.Life())
		}
	}
}

// TestLongFingerprintsStayApart: an alert whose fingerprint is too long to be kept is still distinguished from others.
func TestLongFingerprintsStayApart(t *testing.T) {
	t.Parallel()
	n := longWebhook(t, "resolved", 2, 20_000)
	if a, b := n.Alerts[0].Fingerprint, n.Alerts[1].Fingerprint; a == b || len(a) > 64 || a != longWebhook(t, "resolved", 2, 20_000).Alerts[0].Fingerprint {
		t.Errorf("fingerprints %q and %q", a, b)
	}
}

// TestAlertsNeedAChat: an invalid chat id is refused before anything is stored.
func TestAlertsNeedAChat(t *testing.T) {
	t.Parallel()
	for _, chat := range []bot.ChatID{"", "ou_1", "oc_1/../x", "oc_" + bot.ChatID(strings.Repeat("x", bot.MaxID))} {
		d := newHarness(t)
		d.options.Chat = chat
		if _, err := d.Receive(t.Context(), notification(t, firing), d.options, d.by); bot.KindOf(err) != bot.Invalid || len(d.groups) > 0 {
			t.Errorf("%.20q: %v", chat, err)
		}
	}
}
