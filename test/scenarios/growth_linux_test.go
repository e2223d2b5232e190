package scenarios_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"strings"
	"testing"

	"recallbot/bot"
	"recallbot/sandbox"
)

// The contract's limits: Redis may grow by ten times the size of the calls, plus 4 KiB per post, message or group.
const (
	maxGrowth    = 10
	maxPerObject = 4 << 10
)

// storedCall is a call of maximum size that is stored. The argument n makes its body unique; objects is the number of posts,
// messages or groups that it creates.
type storedCall struct {
	path    string
	body    func(n int) any
	objects int
	header  map[string]string
	status  int
}

// largestCalls returns the calls by name. The ids are messages that can be registered and recalled.
func largestCalls(s *chatEnv, ids []string) map[string]storedCall {
	author, group := "ou_"+strings.Repeat("a", bot.MaxID-3), strings.Repeat("发", bot.MaxGroup-4)
	text := strings.Repeat("发", 150_000)
	chats := func(n int) []string {
		list := make([]string, bot.MaxTargets)
		for i := range list {
			list[i] = fmt.Sprintf("oc_%032x", n*1000+i)
		}
		return list
	}
	named := func(n int) map[string]any { return map[string]any{"group": fmt.Sprint(group, n), "author": author} }
	with := func(m map[string]any, name string, value any) map[string]any { m[name] = value; return m }
	messages := make([]map[string]string, len(ids))
	for i, id := range ids {
		messages[i] = map[string]string{"message_id": id, "chat_id": s.chat}
	}
	alert := func(status string, n, alerts, long int) any {
		word := strings.Repeat("w", long)
		list := make([]map[string]any, alerts)
		for i := range list {
			list[i] = map[string]any{
				"status": status, "fingerprint": fmt.Sprint(i, word), "labels": map[string]string{"alertname": word, "i": strconv.Itoa(i)},
				"annotations": map[string]string{"summary": word}, "startsAt": "2026-05-01T10:00:00Z",
			}
		}
		return map[string]any{"version": "4", "groupKey": fmt.Sprint(n, word), "status": status, "receiver": word, "title": word, "alerts": list}
	}
	return map[string]storedCall{
		"a text for one chat": {path: "/posts", status: 202, objects: 1, body: func(n int) any {
			return with(with(named(n), "chats", chats(n)[:1]), "text", text)
		}},
		"a text for all chats": {path: "/posts", status: 202, objects: bot.MaxTargets, body: func(n int) any {
			return with(with(named(n), "chats", chats(n)), "text", text)
		}},
		"a word for all chats": {path: "/posts", status: 202, objects: bot.MaxTargets, body: func(n int) any {
			return with(with(with(named(n), "chats", chats(n)), "text", "hi"), "expire_in", "24h")
		}},
		"a card for all chats": {path: "/posts", status: 202, objects: bot.MaxTargets, body: func(n int) any {
			return with(with(named(n), "chats", chats(n)), "card", map[string]string{"a": strings.Repeat("x", 900_000)})
		}, header: map[string]string{"Idempotency-Key": strings.Repeat("k", 250)}},
		"an author without end": {path: "/posts", status: 422, body: func(n int) any {
			return map[string]any{"chats": chats(n), "text": "hi", "author": "ou_" + strings.Repeat("a", 400_000)}
		}},
		"registered posts": {path: "/posts/register", status: 200, objects: bot.MaxTargets, body: func(n int) any {
			return with(with(named(n), "messages", messages), "expire_in", "24h")
		}},
		"alerts that fire":          {path: "/alertmanager?chat=" + s.chat, status: 202, objects: 1, body: func(n int) any { return alert("firing", n, 5, 40_000) }},
		"many alerts that fire":     {path: "/alertmanager?chat=" + s.chat, status: 202, objects: 1, body: func(n int) any { return alert("firing", n, 4000, 20) }},
		"resolved alerts, large":    {path: "/alertmanager?chat=" + s.chat, status: 202, objects: 1, body: func(n int) any { return alert("resolved", n, 5, 40_000) }},
		"resolved alerts, many":     {path: "/alertmanager?chat=" + s.chat, status: 202, objects: 1, body: func(n int) any { return alert("resolved", n, 4000, 20) }},
		"a fingerprint without end": {path: "/alertmanager?chat=" + s.chat, status: 202, objects: 1, body: func(n int) any { return alert("resolved", n, 1, 150_000) }},
		// Each record is stored twice: in the audit of all chats, and of its chat.
		"a recall with its reason": {path: "/recalls", status: 202, objects: 2 * bot.MaxTargets, body: func(int) any {
			return map[string]any{
				"messages": ids, "confirm": true, "reason": strings.Repeat("发", bot.MaxReason),
				"notify": map[string]string{"url": "https://example.com/" + strings.Repeat("x", 2000)},
			}
		}},
	}
}

// TestStoredSizeIsBoundedSlow checks the growth of Redis, and the bot's memory, under calls of the maximum size.
func TestStoredSizeIsBoundedSlow(t *testing.T) { //nolint:paralleltest // it takes the whole machine
	s := newChatEnv(t)
	s.processes, s.jobs = true, true
	s.newReceiver()
	s.start(1)
	token := s.apiToken("post,recall:own", "--rate", "10000")
	ids := make([]string, bot.MaxTargets)
	for i := range ids {
		id, err := s.Post(sandbox.PostSpec{Chat: s.chat, Text: "registered"})
		if err != nil {
			t.Fatal(err)
		}
		ids[i] = id
	}
	calls := largestCalls(s, ids)
	for _, name := range []string{"registered posts", "a recall with its reason"} { // these need the platform
		s.wantGrowth(name, token, calls[name], 1)
		delete(calls, name)
	}
	s.Down(true)
	for name, call := range calls {
		s.wantGrowth(name, token, call, 4)
	}
	s.wantSmall()
}

// TestLargeConcurrentCallsSlow checks that large concurrent calls with valid tokens leave the bot small and responsive.
func TestLargeConcurrentCallsSlow(t *testing.T) { //nolint:paralleltest // it takes the whole machine
	card := `{"chats":["oc_1"],"card":{"a":[` + strings.Repeat(`{"a":[]},`, 9_000) + `"` + strings.Repeat("x", 900_000) + `"]}}`
	alerts := `{"version":"4","groupKey":"g","status":"firing","alerts":[` +
		strings.Repeat(`{"status":"firing","labels":{"a":"b","c":"d"},"annotations":{"e":"f"}},`, 4_900) +
		`{"status":"firing","labels":{"a":"` + strings.Repeat("x", 600_000) + `"}}]}`
	many := `{"messages":[` + strings.Repeat(`{"message_id":"om_1"},`, 40_000) + `{"message_id":"om_2"}]}`
	for name, call := range map[string][2]string{ //nolint:paralleltest // each takes the whole machine
		"cards": {"/posts", card}, "alerts": {"/alertmanager?chat=oc_1", alerts}, "messages": {"/posts/register", many},
		"brackets": {"/posts", strings.Repeat("[", 1_000_000)}, "empty alerts": {"/grafana?chat=oc_1", `{"groupKey":"g","status":"firing","alerts":[` + strings.Repeat("{},", 300_000) + `{}]}`},
	} {
		t.Run(name, func(t *testing.T) {
			s := newChatEnv(t)
			s.processes = true
			s.start(1)
			token := s.apiToken("post", "--rate", "100000")
			s.Down(true)
			words := "POST /api/v1" + call[0] + " HTTP/1.1\r\nHost: bot\r\nContent-Type: application/json\r\nAuthorization: Bearer " + token +
				fmt.Sprintf("\r\nConnection: close\r\nContent-Length: %d\r\n\r\n", len(call[1]))
			end := s.openConnections(100, clientScript{words, call[1]})
			for i := range 20 {
				s.wantServed(i, token)
			}
			s.wantSmall()
			end()
			s.close()
		})
	}
}

// wantGrowth sends calls and checks the growth of Redis.
func (s *chatEnv) wantGrowth(name, token string, call storedCall, times int) {
	s.t.Helper()
	before, sent := s.usedMemory(), 0
	for n := range times {
		sent += s.apiPost(name, token, n, call)
	}
	if strings.HasPrefix(call.path, "/recalls") {
		s.waitJobs()
	}
	grown := s.usedMemory() - before
	s.t.Logf("%-28s sent %7d, kept %8d: %.1f times, %d for each of %d", name, sent, grown, float64(grown)/float64(sent), grown/max(1, call.objects*times), call.objects*times)
	if grown > maxGrowth*sent+maxPerObject*call.objects*times {
		s.t.Errorf("%s: %d bytes were sent, and Redis grew by %d", name, sent, grown)
	}
}

// apiPost sends a call and returns the size of its body.
func (s *chatEnv) apiPost(name, token string, n int, call storedCall) int {
	s.t.Helper()
	body, err := json.Marshal(call.body(n))
	if err != nil {
		s.t.Fatal(err)
	}
	req, err := http.NewRequestWithContext(s.t.Context(), http.MethodPost, "http://"+s.bots[0].address()+"/api/v1"+call.path, bytes.NewReader(body))
	if err != nil {
		s.t.Fatal(err)
	}
	req.Header.Set("Authorization", "Bearer "+token)
	req.Header.Set("Content-Type", "application/json")
	for key, value := range call.header {
		req.Header.Set(key, value+strconv.Itoa(n))
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		s.t.Fatal(err)
	}
	defer func() { _ = resp.Body.Close() }()
	if answer, err := io.ReadAll(resp.Body); err != nil || resp.StatusCode != call.status {
		s.t.Fatalf("%s: HTTP %d %.300s, %v; want %d", name, resp.StatusCode, answer, err, call.status)
	}
	return len(body)
}

// usedMemory returns the memory of Redis without the buffers of clients and of the append-only file.
func (s *chatEnv) usedMemory() int {
	s.t.Helper()
	info, err := s.probe.store.Client().InfoMap(s.t.Context(), "memory").Result()
	if err != nil {
		s.t.Fatal(err)
	}
	number := func(name string) int { n, _ := strconv.Atoi(info["Memory"][name]); return n }
	return number("used_memory") - number("mem_clients_normal") - number("mem_aof_buffer")
}
