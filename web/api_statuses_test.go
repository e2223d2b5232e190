package web_test

import (
	"bufio"
	"cmp"
	"fmt"
	"net"
	"net/http"
	"strings"
	"time"

	"recallbot/bot"
)

// validCalls has a successful call of each operation.
func validCalls() map[string]apiCall {
	call := func(target, body string) apiCall { return apiCall{target: target, body: body} }
	const alert = `{"version":"4","groupKey":"g","status":"firing","alerts":[{"status":"firing","labels":{"alertname":"DiskFull"}}]}`
	return map[string]apiCall{
		"POST /api/v1/posts":              call("/api/v1/posts", `{"chats":["oc_here"],"text":"hi"}`),
		"POST /api/v1/posts/register":     call("/api/v1/posts/register", `{"messages":[{"message_id":"om_A","chat_id":"oc_here"}]}`),
		"GET /api/v1/posts":               call("/api/v1/posts", ""),
		"GET /api/v1/posts/{id}":          call("/api/v1/posts/p_A", ""),
		"DELETE /api/v1/posts/{id}":       call("/api/v1/posts/p_A", ""),
		"DELETE /api/v1/groups/{group}":   call("/api/v1/groups/release", ""),
		"POST /api/v1/recalls":            call("/api/v1/recalls", `{"group":"release","confirm":true}`),
		"GET /api/v1/recalls":             call("/api/v1/recalls", ""),
		"GET /api/v1/recalls/{id}":        call("/api/v1/recalls/doneA", ""),
		"GET /api/v1/recalls/{id}/events": call("/api/v1/recalls/doneA/events", ""),
		"DELETE /api/v1/recalls/{id}":     call("/api/v1/recalls/runningA", ""),
		"POST /api/v1/recalls/{id}/undo":  call("/api/v1/recalls/doneA/undo", ""),
		"POST /api/v1/alertmanager":       call("/api/v1/alertmanager?chat=oc_here", alert),
		"POST /api/v1/grafana":            call("/api/v1/grafana?chat=oc_here", alert),
		"GET /api/v1/audit":               call("/api/v1/audit", ""),
		"GET /api/v1/chats":               call("/api/v1/chats", ""),
		"GET /api/v1/chats/{id}/messages": call("/api/v1/chats/oc_here/messages", ""),
	}
}

// commonProblems causes the problems that every operation has.
func (d *specClient) commonProblems(operation string, bearers map[string]string) {
	d.t.Helper()
	want := func(status int, change func(*apiCall)) {
		d.t.Helper()
		d.reset()
		a := validCalls()[operation]
		a.operation, a.header = operation, http.Header{"Authorization": {"Bearer " + bearers["good"]}}
		if a.body != "" {
			a.header.Set("Content-Type", "application/json")
		}
		change(&a)
		if got := d.check(d.t, a); got != status {
			d.t.Errorf("%s %s answers %d, want %d", operation, a.target, got, status)
		}
	}
	as := func(who string) func(*apiCall) {
		return func(a *apiCall) { a.header.Set("Authorization", "Bearer "+bearers[who]) }
	}
	want(http.StatusUnauthorized, func(a *apiCall) { a.header.Del("Authorization") })
	want(http.StatusForbidden, as("without scopes"))
	if !strings.HasPrefix(operation, "GET ") {
		want(http.StatusForbidden, func(a *apiCall) { a.header.Set("Sec-Fetch-Site", "cross-site") })
	}
	want(http.StatusUnprocessableEntity, func(a *apiCall) {
		target, query, _ := strings.Cut(a.target, "?")
		a.target = target + "?bogus=1&" + query
	})
	want(http.StatusServiceUnavailable, func(*apiCall) { d.change(func() { d.down = errDown }) })
	// Monitoring does not repeat after 429, and alert.Decode checks its bodies.
	isMonitoring := strings.HasSuffix(operation, "/alertmanager") || strings.HasSuffix(operation, "/grafana")
	want(map[bool]int{true: http.StatusServiceUnavailable, false: http.StatusTooManyRequests}[isMonitoring], as("busy"))
	if validCalls()[operation].body == "" {
		return
	}
	if !isMonitoring {
		want(http.StatusBadRequest, func(a *apiCall) { a.body = "" })
		want(http.StatusBadRequest, func(a *apiCall) { a.body = "{" })
		want(http.StatusUnsupportedMediaType, func(a *apiCall) { a.header.Set("Content-Type", "text/plain") })
	}
	want(http.StatusRequestEntityTooLarge, func(a *apiCall) { a.body = `{"text":["` + strings.Repeat(`x","`, 1<<18) + `"]}` })
	d.stalledBody(operation, bearers["good"])
}

// stalledBody announces a body and sends none.
func (d *specClient) stalledBody(operation, bearer string) {
	d.t.Helper()
	conn, err := (&net.Dialer{}).DialContext(d.t.Context(), "tcp", strings.TrimPrefix(d.url, "http://"))
	if err != nil {
		d.t.Fatal(err)
	}
	defer func() { _ = conn.Close() }()
	method, path, _ := strings.Cut(operation, " ")
	_, err = fmt.Fprintf(conn, "%s %s HTTP/1.1\r\nHost: bot\r\nAuthorization: Bearer %s\r\nContent-Type: application/json\r\nContent-Length: 9\r\n\r\n",
		method, validCalls()[operation].target, bearer)
	if err != nil {
		d.t.Fatal(err)
	}
	resp, err := http.ReadResponse(bufio.NewReader(conn), nil)
	if err != nil {
		d.t.Fatalf("%s without its body: %v", operation, err)
	}
	defer func() { _ = resp.Body.Close() }()
	if d.checkResponse(d.t, method, path, resp); resp.StatusCode != http.StatusRequestTimeout {
		d.t.Errorf("%s without its body answers %d", operation, resp.StatusCode)
	}
}

// ownProblems causes the problems of single operations.
func (d *specClient) ownProblems(bearers map[string]string) { //nolint:funlen // a table
	d.t.Helper()
	for _, c := range []struct {
		operation, target, body string
		status                  int
		who, key, prefer        string
		before                  func()
	}{
		{operation: "POST /api/v1/posts", status: 202},
		{operation: "POST /api/v1/posts", status: 200, prefer: "wait=20", before: func() { go d.sendPosts() }},
		{operation: "POST /api/v1/posts", status: 409, key: "k", body: `{"chats":["oc_here"],"text":"another"}`, before: d.keyedCall("POST /api/v1/posts", bearers)},
		{operation: "POST /api/v1/posts/register", status: 200},
		{operation: "POST /api/v1/posts/register", status: 409, body: `{"messages":[{"message_id":"om_B","chat_id":"oc_here"}]}`},
		{operation: "GET /api/v1/posts", status: 200},
		{operation: "GET /api/v1/posts/{id}", status: 200},
		{operation: "GET /api/v1/posts/{id}", status: 404, target: "/api/v1/posts/p_B"},
		{operation: "DELETE /api/v1/posts/{id}", status: 200},
		{operation: "DELETE /api/v1/posts/{id}", status: 404, target: "/api/v1/posts/p_B"},
		{operation: "DELETE /api/v1/posts/{id}", status: 409, target: "/api/v1/posts/p_failed", before: func() {
			d.change(func() {
				d.posts = append(d.posts, bot.Post{ID: "p_failed", Team: "A", Chat: mainChat, State: bot.PostFailed, Reason: bot.ReasonNotInChat, Code: 230002})
			})
		}},
		{operation: "DELETE /api/v1/posts/{id}", status: 502, before: func() {
			d.change(func() {
				d.refusal = &bot.Error{Kind: bot.Unavailable, Reason: bot.ReasonUnavailable, Code: 1000005, LogID: "l1"}
			})
		}},
		{operation: "DELETE /api/v1/groups/{group}", status: 202},
		{operation: "DELETE /api/v1/groups/{group}", status: 404, target: "/api/v1/groups/none"},
		{
			operation: "DELETE /api/v1/groups/{group}", status: 409, key: "k", target: "/api/v1/groups/release?notify=https%3A%2F%2Ftold.example.com%2Fx",
			before: d.keyedCall("DELETE /api/v1/groups/{group}", bearers),
		},
		{operation: "POST /api/v1/recalls", status: 202},
		{operation: "POST /api/v1/recalls", status: 200, body: `{"group":"release"}`},
		{operation: "POST /api/v1/recalls", status: 404, body: `{"group":"none"}`},
		{operation: "POST /api/v1/recalls", status: 409, key: "k", body: `{"messages":["om_A"],"confirm":true}`, before: d.keyedCall("POST /api/v1/recalls", bearers)},
		{operation: "GET /api/v1/recalls", status: 200},
		{operation: "GET /api/v1/recalls/{id}", status: 200},
		{operation: "GET /api/v1/recalls/{id}", status: 404, target: "/api/v1/recalls/doneB"},
		{operation: "GET /api/v1/recalls/{id}/events", status: 200},
		{operation: "GET /api/v1/recalls/{id}/events", status: 404, target: "/api/v1/recalls/doneB/events"},
		{operation: "DELETE /api/v1/recalls/{id}", status: 202},
		{operation: "DELETE /api/v1/recalls/{id}", status: 404, target: "/api/v1/recalls/doneB"},
		{operation: "DELETE /api/v1/recalls/{id}", status: 409, target: "/api/v1/recalls/doneA"},
		{operation: "POST /api/v1/recalls/{id}/undo", status: 202},
		{operation: "POST /api/v1/recalls/{id}/undo", status: 404, target: "/api/v1/recalls/doneB/undo"},
		{operation: "POST /api/v1/recalls/{id}/undo", status: 409, target: "/api/v1/recalls/runningA/undo"},
		{operation: "POST /api/v1/alertmanager", status: 202},
		{operation: "POST /api/v1/grafana", status: 202},
		{operation: "GET /api/v1/audit", status: 200},
		{operation: "GET /api/v1/audit", status: 404, target: "/api/v1/audit?chat=oc_here", who: "for another chat"},
		{operation: "GET /api/v1/chats", status: 200},
		{operation: "GET /api/v1/chats/{id}/messages", status: 200},
		{operation: "GET /api/v1/chats/{id}/messages", status: 404, who: "for another chat"},
	} {
		d.reset()
		if c.before != nil {
			c.before()
		}
		a := validCalls()[c.operation]
		a.operation, a.target, a.body = c.operation, cmp.Or(c.target, a.target), cmp.Or(c.body, a.body)
		a.header = http.Header{"Authorization": {"Bearer " + bearers[cmp.Or(c.who, "good")]}, "Content-Type": {"application/json"}}
		for name, value := range map[string]string{"Idempotency-Key": c.key, "Prefer": c.prefer} {
			if value != "" {
				a.header.Set(name, value)
			}
		}
		if got := d.check(d.t, a); got != c.status {
			d.t.Errorf("%s %s %s answers %d, want %d", a.operation, a.target, a.body, got, c.status)
		}
	}
}

// keyedCall is the valid call of an operation with the Idempotency-Key k.
func (d *specClient) keyedCall(operation string, bearers map[string]string) func() {
	return func() {
		a := validCalls()[operation]
		a.operation = operation
		a.header = http.Header{"Authorization": {"Bearer " + bearers["good"]}, "Content-Type": {"application/json"}, "Idempotency-Key": {"k"}}
		d.check(d.t, a)
	}
}

// sendPosts sends posts until the test ends.
func (d *specClient) sendPosts() {
	for d.t.Context().Err() == nil {
		d.send()
		select {
		case <-d.t.Context().Done():
		case <-time.After(10 * time.Millisecond):
		}
	}
}
