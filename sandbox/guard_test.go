package sandbox_test

import (
	"net/http"
	"strings"
	"testing"

	"recallbot/sandbox"
)

// The control API is local: pages of other sites and other host names are refused.
func TestControlIsLocalOnly(t *testing.T) {
	t.Parallel()
	s := open(t, sandbox.Config{Hosts: []string{"feishu.test"}})
	call := func(method, path, host string, header map[string]string) int {
		req, err := http.NewRequestWithContext(t.Context(), method, s.url+path, strings.NewReader(`{"scope":"x","on":true}`))
		s.must(err)
		req.Host = host
		for key, value := range header {
			req.Header.Set(key, value)
		}
		resp, err := http.DefaultClient.Do(req)
		s.must(err)
		s.must(resp.Body.Close())
		return resp.StatusCode
	}
	for _, tc := range []struct {
		method, path, host string
		header             map[string]string
		want               int
	}{
		{"GET", "/sandbox/v1/state", "localhost:8090", nil, 200},
		{"GET", "/sandbox/v1/state", "127.0.0.1", nil, 200},
		{"GET", "/sandbox/v1/state", "[::1]:8090", nil, 200},
		{"GET", "/sandbox/v1/state", "feishu.test:80", nil, 200},
		{"GET", "/sandbox/v1/state", "evil.example", nil, 403},
		{"GET", "/sandbox/v1/apps", "evil.example:8090", nil, 403},
		{"GET", "/sandbox/v1/events", "evil.example:8090", nil, 403},
		{"GET", "/sandbox/v1/nothing", "evil.example", nil, 403},
		{"GET", "/sandbox/v1/nothing", "localhost", nil, 404},
		{"POST", "/sandbox/v1/scope", "localhost", nil, 200},
		{"POST", "/sandbox/v1/scope", "evil.example", nil, 403},
		{"POST", "/sandbox/v1/scope", "localhost", map[string]string{"Origin": "https://evil.example"}, 403},
		{"POST", "/sandbox/v1/scope", "localhost", map[string]string{"Sec-Fetch-Site": "cross-site"}, 403},
		{"POST", "/sandbox/v1/scope", "localhost", map[string]string{"Sec-Fetch-Site": "same-origin"}, 200},
		{"POST", "/sandbox/consent", "evil.example", nil, 403},
		{"POST", "/page/launcher", "evil.example", nil, 403},
		{"POST", "/page/device", "evil.example", nil, 403},
		{"GET", "/open-apis/bot/v3/info", "open.feishu.example", nil, 400}, // the open API is for every holder of a token
	} {
		if got := call(tc.method, tc.path, tc.host, tc.header); got != tc.want {
			t.Errorf("%s %s as %s with %v: %d, want %d", tc.method, tc.path, tc.host, tc.header, got, tc.want)
		}
	}
}

// An invalid order returns an error and has no effect.
func TestOrderErrors(t *testing.T) {
	t.Parallel()
	s := open(t, sandbox.Config{})
	for _, tc := range []struct{ order, body, want string }{
		{"say", `{"as":`, "not a JSON object"},
		{"say", `[]`, "not a JSON object"},
		{"say", `{"chat":"oc_1"}`, `field "as" is missing`},
		{"say", `{"as":"` + s.owner.OpenID + `","chat":"oc_1","txt":"x"}`, `unknown field "txt"`},
		{"say", `{"as":"` + s.owner.OpenID + `","chat":"oc_1","text":"x"}`, `no chat "oc_1"`},
		{"say", `{"as":1,"chat":"oc_1"}`, "cannot unmarshal number"},
		{"clock", `{"advance":"tomorrow"}`, `"90s" or "1h30m"`},
		{"clock", `{"advance":"-1h"}`, "forward only"},
		{"fault", `{}`, "say what it does"},
		{"fault", `{"api":"DELETE /messages","code":1}`, "no API"},
		{"fault", `{"cut":"now"}`, "before"},
		{"mend", `{"fault":"9"}`, `no fault "9"`},
		{"app", `{"name":"x","app_id":"x"}`, "16 hex digits"},
		{"app", `{"name":"x","app_id":"` + s.Bot().ID + `"}`, "there already"},
		{"app", `{"name":"x","encrypt_key":"` + strings.Repeat("x", 33) + `"}`, "at most 32"},
		{"scope", `{"scope":"x","on":true,"app":"cli_x"}`, `no app "cli_x"`},
		{"react", `{"message":"om_1","emoji":"OK"}`, "say who"},
		{"ability", `{"ability":"fly","on":true}`, "want bot"},
		{"event_url", `{"url":"http://127.0.0.1:1/"}`, "verify request URL"},
		{"member", `{"chat":"` + s.chat + `","user":"ou_x","on":true}`, "nobody is called"},
		{"post", `{"chat":"` + s.chat + `","count":501}`, "at most 500"},
	} {
		r := s.rawAs(http.Header{}, "POST", "/sandbox/v1/"+tc.order, tc.body)
		said, _ := r.raw["error"].(string)
		if r.status != 400 || !strings.Contains(said, tc.want) {
			t.Errorf("%s %s: %d %q, want %q in it", tc.order, tc.body, r.status, said, tc.want)
		}
	}
}

// Each platform order has its effect.
func TestPlatformOrders(t *testing.T) {
	t.Parallel()
	s := open(t, sandbox.Config{})
	h := listen(t, s)
	do := func(name, body string) {
		if r := s.rawAs(http.Header{}, "POST", "/sandbox/v1/"+name, body); r.status != 200 {
			t.Errorf("%s %s: %s", name, body, r.text)
		}
	}
	id := s.post(sandbox.PostSpec{Text: "x"})
	get := func() reply { return s.call("GET", messagesPath+"/"+id, nil) }
	do("fault", `{"api":"GET /open-apis/im/v1/messages/:message_id","code":230002,"times":1}`)
	if a, b := get(), get(); a.Code != 230002 || b.Code != 0 {
		t.Errorf("a fault once: %d, %d", a.Code, b.Code)
	}
	do("fault", `{"code":230013}`)
	do("mend", `{}`)
	if r := get(); r.Code != 0 {
		t.Errorf("mended: %d", r.Code)
	}
	do("recall_window", `{"window":"0s"}`)
	if r := s.call("DELETE", messagesPath+"/"+id, nil); r.Code != 230009 {
		t.Errorf("no recall at all: %d", r.Code)
	}
	do("limits", `{"per_second":1}`)
	if a, b := get(), get(); a.status != 429 && b.status != 429 {
		t.Errorf("one call in a second: %d, %d", a.status, b.status)
	}
	do("limits", `{"per_second":-1,"per_minute":-1}`)
	do("revoke_tokens", `{}`)
	if r := get(); r.Code != 99991663 {
		t.Errorf("a revoked token: %d", r.Code)
	}
	do("delivery", `{"pause":true,"twice":true}`)
	s.say(sandbox.SaySpec{Text: "hi"})
	do("delivery", `{}`)
	events := s.waitDeliveries(2)
	do("redeliver", `{"event":"`+events[0].EventID+`","new_id":"again"}`)
	s.waitDeliveries(3)
	if got := h.events("im.message.receive_v1"); len(got) != 3 || got[2].Header.EventID != "again" {
		t.Errorf("events: %d", len(got))
	}
	do("retries", `{"waits":[],"ack_within":"1s"}`)
	do("ability", `{"ability":"bot","on":false}`)
	s.token = ""
	if r := get(); r.Code != 230006 {
		t.Errorf("no bot: %d", r.Code)
	}
	do("down", `{"on":true}`)
	if _, err := s.try("", "GET", "/open-apis/bot/v3/info", nil); err == nil {
		t.Error("it answers while it is down")
	}
}
