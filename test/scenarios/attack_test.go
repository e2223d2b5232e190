package scenarios_test

import (
	"bytes"
	"encoding/json"
	"maps"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"recallbot/sandbox"
)

// chatEnv is an env with a group, its owner, and a post of our app in it.
type chatEnv struct {
	*env

	t                 *testing.T
	owner, chat, post string
}

// startChatEnv is newChatEnv with a running bot.
func startChatEnv(t *testing.T) *chatEnv {
	t.Helper()
	s := newChatEnv(t)
	s.start(1)
	return s
}

// newChatEnv returns a chatEnv whose bot does not run yet.
func newChatEnv(t *testing.T) *chatEnv {
	t.Helper()
	s := &chatEnv{env: newEnv(t, envOptions{redis: true}), t: t}
	s.owner = s.AddUser("Olga").OpenID
	s.chat = s.addGroup()
	post, err := s.Post(sandbox.PostSpec{Chat: s.chat, Text: "the numbers of the wrong quarter"})
	if err != nil {
		t.Fatal(err)
	}
	s.post, s.texts, s.probe = post, []string{"the numbers of the wrong quarter"}, s.openProbe()
	return s
}

// commandEvent returns the event of the owner's /recall of the post, as JSON.
func (s *chatEnv) commandEvent() []byte {
	s.t.Helper()
	now := millis(time.Now())
	plain, err := s.Envelope("im.message.receive_v1", map[string]any{
		"sender": map[string]any{"sender_id": map[string]string{"open_id": s.owner}, "sender_type": "user"},
		"message": map[string]any{
			"message_id": "om_order", "root_id": s.post, "parent_id": s.post, "chat_id": s.chat, "chat_type": "group",
			"message_type": "text", "create_time": now, "update_time": now, "content": `{"text":"/recall"}`,
		},
	})
	if err != nil {
		s.t.Fatal(err)
	}
	return plain
}

// changedEvent returns the event with a part replaced, encrypted and signed as the platform does.
func (s *chatEnv) changedEvent(old, replacement string) (http.Header, []byte) {
	s.t.Helper()
	plain := string(s.commandEvent())
	if !strings.Contains(plain, old) {
		s.t.Fatalf("the order has no %s: %s", old, plain)
	}
	return s.encrypted([]byte(strings.Replace(plain, old, replacement, 1)))
}

func (s *chatEnv) encrypted(plain []byte) (http.Header, []byte) {
	body := s.Encrypt(plain)
	return s.SignedHeader(body, time.Now()), body
}

// sendRequest sends a request to the webhook of the first bot, and returns status and answer.
func (s *chatEnv) sendRequest(method string, header http.Header, body []byte) (int, string) {
	s.t.Helper()
	req, err := http.NewRequestWithContext(s.t.Context(), method, "http://"+s.bots[0].address()+"/webhook/event", bytes.NewReader(body))
	if err != nil {
		s.t.Fatal(err)
	}
	maps.Copy(req.Header, header)
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		s.t.Fatalf("%s: %v", method, err)
	}
	defer func() { _ = resp.Body.Close() }()
	var answer bytes.Buffer
	if _, err := answer.ReadFrom(resp.Body); err != nil {
		s.t.Fatal(err)
	}
	return resp.StatusCode, answer.String()
}

// wantNoEffect checks that no earlier request had an effect, no call, work or record, and that the bot still works.
func (s *chatEnv) wantNoEffect() {
	s.t.Helper()
	s.waitIdle()
	if n := s.CallCount(apis["delete"]); n != 0 {
		s.t.Errorf("%d calls of DELETE", n)
	}
	if records := s.records(""); len(records) != 0 {
		s.t.Errorf("records: %+v", records)
	}
	if n, err := s.metric("recallbot_events_total", `result="queued"`); n != 0 || err != nil {
		s.t.Errorf("%v work items, %v", n, err)
	}
	if _, err := s.Say(sandbox.SaySpec{Chat: s.chat, From: s.owner, Text: "/recall", ReplyTo: s.post}); err != nil {
		s.t.Fatal(err)
	}
	s.await("the real command is carried out", func(st sandbox.State) bool { return st.Recalled(s.post) })
	s.waitIdle()
	s.close()
}

// attack is one forged request and the status that it must get.
type attack struct {
	name   string
	status int
	forge  func(*chatEnv) (http.Header, []byte)
}

func TestForgedRequestsAreRefused(t *testing.T) {
	t.Parallel()
	s := startChatEnv(t)
	for _, a := range append(badSignatures(), disguisedRequests()...) {
		header, body := a.forge(s)
		if status, answer := s.sendRequest(http.MethodPost, header, body); status != a.status {
			t.Errorf("%s: answered %d %s, want %d", a.name, status, answer, a.status)
		} else if strings.Contains(answer, "challenge\"") {
			t.Errorf("%s: answered as a challenge: %s", a.name, answer)
		}
	}
	s.wantNoEffect()
}

// badSignatures are valid requests with a wrong signature.
func badSignatures() []attack {
	const stamp, nonce, sign = "X-Lark-Request-Timestamp", "X-Lark-Request-Nonce", "X-Lark-Signature"
	bend := func(name string, status int, change func(*chatEnv, http.Header, []byte)) attack {
		return attack{name, status, func(s *chatEnv) (http.Header, []byte) {
			header, body := s.encrypted(s.commandEvent())
			change(s, header, body)
			return header, body
		}}
	}
	at := func(name string, when func() string) attack {
		return bend(name, http.StatusUnauthorized, func(s *chatEnv, h http.Header, body []byte) {
			h.Set(stamp, when())
			h.Set(sign, s.Sign(body, when(), h.Get(nonce)))
		})
	}
	ago := func(d time.Duration) time.Time { return time.Now().Add(-d).Truncate(time.Hour) }
	return []attack{
		bend("no headers", 401, func(_ *chatEnv, h http.Header, _ []byte) { clear(h) }),
		bend("no signature", 401, func(_ *chatEnv, h http.Header, _ []byte) { h.Del(sign) }),
		bend("empty signature", 401, func(_ *chatEnv, h http.Header, _ []byte) { h.Set(sign, "") }),
		bend("signature in capitals", 401, func(_ *chatEnv, h http.Header, _ []byte) { h.Set(sign, strings.ToUpper(h.Get(sign))) }),
		bend("short signature", 401, func(_ *chatEnv, h http.Header, _ []byte) { h.Set(sign, h.Get(sign)[:62]) }),
		bend("long signature", 401, func(_ *chatEnv, h http.Header, _ []byte) { h.Set(sign, h.Get(sign)+"00") }),
		bend("signature of zeros", 401, func(_ *chatEnv, h http.Header, _ []byte) { h.Set(sign, strings.Repeat("0", 64)) }),
		bend("signature that is no hex", 401, func(_ *chatEnv, h http.Header, _ []byte) { h.Set(sign, strings.Repeat("z", 64)) }),
		bend("another nonce", 401, func(_ *chatEnv, h http.Header, _ []byte) { h.Set(nonce, "another") }),
		bend("another timestamp", 401, func(_ *chatEnv, h http.Header, _ []byte) { h.Set(stamp, millis(time.Now())) }),
		bend("changed body", 401, func(_ *chatEnv, _ http.Header, body []byte) { body[len(body)/2] ^= 1 }),
		bend("signature of another body", 401, func(s *chatEnv, h http.Header, _ []byte) {
			h.Set(sign, s.Sign([]byte("{}"), h.Get(stamp), h.Get(nonce)))
		}),
		at("an hour ago, in seconds", func() string { return seconds(ago(2 * time.Hour)) }),
		at("an hour ago, in milliseconds", func() string { return millis(ago(2 * time.Hour)) }),
		at("an hour ahead, in seconds", func() string { return seconds(ago(-3 * time.Hour)) }),
		at("an hour ahead, in milliseconds", func() string { return millis(ago(-3 * time.Hour)) }),
		at("the beginning of time", func() string { return "1" }),
		at("no number", func() string { return "now" }),
		at("a negative number", func() string { return "-" + seconds(time.Now()) }),
		at("a number without end", func() string { return strings.Repeat("9", 40) }),
		{"another app's key", 401, func(s *chatEnv) (http.Header, []byte) {
			other, err := sandbox.New(sandbox.Config{EncryptKey: "the-key-of-another-app"})
			if err != nil {
				s.t.Fatal(err)
			}
			defer other.Close()
			body := other.Encrypt(s.commandEvent())
			return other.SignedHeader(body, time.Now()), body
		}},
	}
}

func seconds(t time.Time) string { return strconv.FormatInt(t.Unix(), 10) }

// disguisedRequests are requests with a valid signature, or without the need for one, and with a wrong body.
func disguisedRequests() []attack {
	sealed := func(name string, status int, old, replacement string) attack {
		return attack{name, status, func(s *chatEnv) (http.Header, []byte) { return s.changedEvent(old, replacement) }}
	}
	plain := func(name string, change func(*chatEnv, string) string) attack {
		return attack{name, http.StatusUnauthorized, func(s *chatEnv) (http.Header, []byte) { return nil, []byte(change(s, string(s.commandEvent()))) }}
	}
	text := func(name string, status int, change func(*chatEnv, string) string) attack {
		return attack{name, status, func(s *chatEnv) (http.Header, []byte) {
			return s.encrypted([]byte(change(s, string(s.commandEvent()))))
		}}
	}
	challenge := func(token string) string {
		return `{"type":"url_verification","challenge":"abc","token":"` + token + `"}`
	}
	return []attack{
		plain("an event in the open", func(_ *chatEnv, order string) string { return order }),
		plain("an event that calls itself a challenge", func(_ *chatEnv, order string) string {
			return `{"type":"url_verification","challenge":"abc",` + order[1:]
		}),
		plain("a challenge with a wrong token", func(*chatEnv, string) string { return challenge("wrong") }),
		plain("a challenge without a token", func(*chatEnv, string) string { return `{"type":"url_verification","challenge":"abc"}` }),
		{"an encrypted challenge with a wrong token", 401, func(s *chatEnv) (http.Header, []byte) {
			return nil, s.Encrypt([]byte(challenge("wrong")))
		}},
		{"an encrypted event in a challenge's clothes, unsigned", 401, func(s *chatEnv) (http.Header, []byte) {
			return nil, s.Encrypt([]byte(`{"type":"url_verification","challenge":"abc",` + string(s.commandEvent()[1:])))
		}},
		text("an event in a challenge's clothes, signed", 400, func(_ *chatEnv, order string) string {
			return `{"type":"url_verification","challenge":"abc",` + order[1:]
		}),
		sealed("a wrong verification token", 401, `"token":"`, `"token":"x`),
		sealed("another app", 401, `"app_id":"cli_`, `"app_id":"cli_0`),
		sealed("no app", 401, `"app_id":"`, `"no_app":"`),
		text("an event of schema 1.0 with a wrong token", 401, func(s *chatEnv, _ string) string {
			return `{"uuid":"u1","token":"wrong","type":"event_callback","event":{"type":"message","app_id":"` + s.Bot().ID + `"}}`
		}),
		text("an event of schema 1.0 for another app", 401, func(s *chatEnv, _ string) string {
			return `{"uuid":"u1","token":"` + s.Config().VerificationToken + `","type":"event_callback","event":{"type":"message","app_id":"cli_1"}}`
		}),
		text("an event of schema 1.0, of no use", 200, func(s *chatEnv, _ string) string {
			return `{"uuid":"u1","token":"` + s.Config().VerificationToken + `","type":"event_callback","event":{"type":"` +
				`im.message.receive_v1","app_id":"` + s.Bot().ID + `","text":"/recall"}}`
		}),
		sealed("an unknown type", 200, `"im.message.receive_v1"`, `"im.message.received_v9"`),
		sealed("a message of the wrong shape", 400, `"message_id":"om_order"`, `"message_id":["om_order"]`),
		sealed("a message without an id", 400, `"message_id":"om_order"`, `"message_id":""`),
		sealed("a message without a time", 400, `}","create_time":"`, `}","create_time":"now`),
		text("nothing", 400, func(*chatEnv, string) string { return "" }),
		text("no JSON", 400, func(*chatEnv, string) string { return "open sesame" }),
		text("half an event", 400, func(_ *chatEnv, order string) string { return order[:len(order)/2] }),
		text("a hundred thousand brackets", 400, func(*chatEnv, string) string {
			return `{"schema":"2.0","event":` + strings.Repeat("[", 100_000)
		}),
		text("the token twice, the wrong one last", 401, func(_ *chatEnv, order string) string {
			return strings.Replace(order, `"app_id"`, `"token":"wrong","app_id"`, 1)
		}),
		{"no ciphertext", 401, func(*chatEnv) (http.Header, []byte) { return nil, []byte(`{"encrypt":"!!!"}`) }},
		{"a ciphertext of one block, signed", 400, func(s *chatEnv) (http.Header, []byte) {
			body := []byte(`{"encrypt":"AAAAAAAAAAAAAAAAAAAAAA=="}`)
			return s.SignedHeader(body, time.Now()), body
		}},
		{"garbage for a ciphertext, signed", 400, func(s *chatEnv) (http.Header, []byte) {
			body := []byte(`{"encrypt":"` + strings.Repeat("A", 128) + `"}`)
			return s.SignedHeader(body, time.Now()), body
		}},
		{"a padding that is none, signed", 400, func(s *chatEnv) (http.Header, []byte) {
			var sealed map[string]string
			if err := json.Unmarshal(s.Encrypt(s.commandEvent()), &sealed); err != nil {
				s.t.Fatal(err)
			}
			text := sealed["encrypt"]
			body := []byte(`{"encrypt":"` + text[:len(text)/64*64-64] + `"}`)
			return s.SignedHeader(body, time.Now()), body
		}},
		{"encrypt as a number, signed", 400, func(s *chatEnv) (http.Header, []byte) {
			body := []byte(`{"encrypt":7}`)
			return s.SignedHeader(body, time.Now()), body
		}},
	}
}

func TestOtherMethodsAreRefused(t *testing.T) {
	t.Parallel()
	s := startChatEnv(t)
	for _, method := range []string{http.MethodGet, http.MethodPut, http.MethodDelete, http.MethodPatch} {
		header, body := s.encrypted(s.commandEvent())
		if status, _ := s.sendRequest(method, header, body); status != http.StatusMethodNotAllowed {
			t.Errorf("%s is answered %d, want 405", method, status)
		}
	}
	s.wantNoEffect()
}

func TestChallengesAreAnsweredExactly(t *testing.T) {
	t.Parallel()
	s := startChatEnv(t)
	for _, value := range []string{"abc", `with "quotes" and \ slashes`, "</script>&", "撤回 \u2028 \u0007", strings.Repeat("long", 100)} {
		raw, err := json.Marshal(map[string]string{"type": "url_verification", "challenge": value, "token": s.Config().VerificationToken})
		if err != nil {
			t.Fatal(err)
		}
		for name, body := range map[string][]byte{"plain": raw, "encrypted": s.Encrypt(raw)} {
			status, answer := s.sendRequest(http.MethodPost, nil, body)
			var got struct{ Challenge string }
			if err := json.Unmarshal([]byte(answer), &got); err != nil || status != http.StatusOK || got.Challenge != value {
				t.Errorf("%s challenge %q: %d %s %v", name, value, status, answer, err)
			}
		}
	}
	long, err := json.Marshal(map[string]string{
		"type": "url_verification", "challenge": strings.Repeat("long", 300), "token": s.Config().VerificationToken,
	})
	if err != nil {
		t.Fatal(err)
	}
	for name, body := range map[string][]byte{"plain": long, "encrypted": s.Encrypt(long)} {
		if status, answer := s.sendRequest(http.MethodPost, nil, body); status != http.StatusUnauthorized {
			t.Errorf("an unsigned %s challenge that is longer than any is answered %d %s", name, status, answer)
		}
	}
	s.wantNoEffect()
}

// TestManyChallengesAtOnceSlow checks the platform's limit of one second for the answer to a challenge.
//
//nolint:paralleltest // what is measured in time is measured alone
func TestManyChallengesAtOnceSlow(t *testing.T) {
	s := startChatEnv(t)
	s.SetEventURL("http://" + s.bots[0].address() + "/webhook/event")
	var all sync.WaitGroup
	for range 200 {
		all.Go(func() {
			if err := s.VerifyURL(t.Context()); err != nil {
				t.Error(err)
			}
		})
	}
	all.Wait()
	s.wantNoEffect()
}

// TestReplayedRequestActsOnce sends the same bytes many times.
func TestReplayedRequestActsOnce(t *testing.T) {
	t.Parallel()
	s := startChatEnv(t)
	header, body := s.encrypted(s.commandEvent())
	var all sync.WaitGroup
	for range 20 {
		all.Go(func() {
			var status int
			var answer string
			eventually(func() bool { // a busy bot answers 503, and the platform sends the event again
				status, answer = s.sendRequest(http.MethodPost, header, body)
				return status != http.StatusServiceUnavailable
			})
			if status != http.StatusOK {
				t.Errorf("answered %d %s", status, answer)
			}
		})
	}
	all.Wait()
	s.await("the post is recalled", func(st sandbox.State) bool { return st.Recalled(s.post) })
	s.waitIdle()
	if n := s.CallCount(apis["delete"]); n != 1 {
		t.Errorf("%d calls of DELETE, want 1", n)
	}
	if records := s.records(s.post); len(records) != 1 {
		t.Errorf("%d records, want 1: %+v", len(records), records)
	}
	s.close()
}
