package web_test

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync"
	"testing"

	"recallbot/bot"
	"recallbot/post/alert"
)

// fakeAlerts records notifications.
type fakeAlerts struct {
	mu      sync.Mutex
	notices []alert.Notification
	// begun, if set, receives a value when Receive starts, which then waits for the end of its context.
	begun chan struct{}
}

func (d *fakeAlerts) Receive(ctx context.Context, n alert.Notification, _ alert.Options, _ bot.Principal) (alert.Group, error) {
	if d.begun != nil {
		close(d.begun)
		<-ctx.Done()
		return alert.Group{}, bot.Errorf(bot.Unavailable, "the sender has gone")
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	d.notices = append(d.notices, n)
	return alert.Group{ID: "g"}, nil
}

func (d *fakeAlerts) taken() []alert.Notification {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.notices
}

// manyAlerts is a webhook with this number of alerts, with labels as in Kubernetes.
func manyAlerts(many int) string {
	type one map[string]any
	var all []one
	for i := range many {
		all = append(all, one{
			"status": "firing", "labels": map[string]string{"alertname": "A", "pod": fmt.Sprintf("p-%05d", i), "pad": strings.Repeat("x", 800)},
			"annotations": map[string]string{"summary": "s"}, "startsAt": "2026-05-01T10:00:00Z",
		})
	}
	body, _ := json.Marshal(map[string]any{ // strings always marshal
		"version": "4", "groupKey": "g", "status": "firing", "receiver": "r", "commonLabels": map[string]string{"alertname": "A"}, "alerts": all,
	})
	return string(body)
}

// TestLargeAlertWebhooksSlow: Alertmanager does not repeat what is answered 4xx, so a webhook of a large outage must be
// accepted.
func TestLargeAlertWebhooksSlow(t *testing.T) {
	t.Parallel()
	c, d := newCaller(), &fakeAlerts{}
	c.backend.alerts = d
	served := apiOf(c.backend)
	post := func(path string, body io.Reader, want int) {
		t.Helper()
		req := httptest.NewRequestWithContext(t.Context(), http.MethodPost, "/api/v1"+path+"?chat=oc_here", body)
		req.Header.Set("Authorization", "Bearer "+c.bearer)
		req.Header.Set("Content-Type", "application/json")
		answered := &deadlineRecorder{httptest.NewRecorder()}
		served.ServeHTTP(answered, req)
		if answered.Code != want {
			t.Errorf("HTTP %d %s, want %d", answered.Code, answered.Body, want)
		}
	}
	for _, many := range []int{2000, 12_000} {
		body := manyAlerts(many)
		if len(body) < many*900 {
			t.Fatalf("%d bytes are no storm", len(body))
		}
		for _, path := range []string{"/alertmanager", "/grafana"} {
			post(path, strings.NewReader(body), http.StatusAccepted)
			n := d.taken()[len(d.taken())-1]
			if sheet := alert.SheetOf(n); sheet.FiringCount != many || sheet.More != many-10 {
				t.Errorf("of %d the card tells %d and %d more", many, sheet.FiringCount, sheet.More)
			}
		}
	}
	post("/alertmanager", strings.NewReader(`{"a":["`+strings.Repeat(`",{"b":1},"`, 4<<20)+`"]}`), http.StatusRequestEntityTooLarge)
	post("/alertmanager", strings.NewReader(strings.Repeat(`{"a":1,`+strings.Repeat(" ", 1<<20), 33)), http.StatusRequestEntityTooLarge)
	post("/alertmanager", http.NoBody, http.StatusUnprocessableEntity)
	post("/alertmanager", strings.NewReader(`{"version":"4"`), http.StatusUnprocessableEntity)
	if len(d.taken()) != 4 {
		t.Errorf("%d were taken", len(d.taken()))
	}
}

// TestCanceledAlertCall: a cancelled call changes nothing, since its sender may have reached another replica with
// newer data.
func TestCanceledAlertCall(t *testing.T) {
	t.Parallel()
	o, d := newBackend(), &fakeAlerts{begun: make(chan struct{})}
	o.seed()
	o.alerts, o.ended = d, make(chan string, 1)
	address, _ := startServer(t, o)
	at, err := url.Parse(address)
	if err != nil {
		t.Fatal(err)
	}
	conn, err := (&net.Dialer{}).DialContext(t.Context(), "tcp", at.Host)
	if err != nil {
		t.Fatal(err)
	}
	body := manyAlerts(3)
	_, err = fmt.Fprintf(conn, "POST /api/v1/alertmanager?chat=oc_here HTTP/1.1\r\nHost: bot\r\nAuthorization: Bearer %s\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n%s",
		o.issue(fullToken()), len(body), body)
	if err != nil {
		t.Fatal(err)
	}
	<-d.begun
	if err := conn.Close(); err != nil {
		t.Fatal(err)
	}
	if call := <-o.ended; call != "post-alertmanager 503" {
		t.Errorf("it ends as %s", call)
	}
}
