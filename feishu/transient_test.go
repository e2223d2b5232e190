package feishu_test

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"testing"

	"recallbot/bot"
	"recallbot/feishu"
	"recallbot/sandbox"
)

const (
	tokenAPI  = "POST /open-apis/auth/v3/tenant_access_token/internal"
	createAPI = "POST /open-apis/im/v1/messages"
	replyAPI  = "POST /open-apis/im/v1/messages/:message_id/reply"
)

// apiCall is one kind of API call.
type apiCall struct {
	name, api string
	call      func(context.Context) error
}

// batch sends a batch as another service of our app would.
func (s *env) batch(t *testing.T) bot.MessageID {
	t.Helper()
	request := func(path, token string, in, out any) {
		body, _ := json.Marshal(in)
		req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, s.cfg.BaseURL+"/open-apis"+path, bytes.NewReader(body))
		if err != nil {
			t.Fatal(err)
		}
		req.Header.Set("Authorization", "Bearer "+token)
		resp, err := http.DefaultClient.Do(req)
		if err != nil {
			t.Fatal(err)
		}
		defer func() { _ = resp.Body.Close() }()
		if err := json.NewDecoder(resp.Body).Decode(out); err != nil {
			t.Fatal(err)
		}
	}
	var token struct {
		Value string `json:"tenant_access_token"`
	}
	request("/auth/v3/tenant_access_token/internal", "", map[string]string{"app_id": s.cfg.AppID, "app_secret": s.cfg.AppSecret.Reveal()}, &token)
	var sent struct {
		Data struct {
			ID bot.MessageID `json:"message_id"`
		} `json:"data"`
	}
	request("/message/v4/batch_send/", token.Value, map[string]any{
		"open_ids": []string{s.owner}, "msg_type": "text", "content": map[string]string{"text": "a batch"},
	}, &sent)
	if sent.Data.ID == "" {
		t.Fatal("no batch was sent")
	}
	return sent.Data.ID
}

// allCalls are all kinds of calls that the bot makes; each succeeds.
func allCalls(t *testing.T) (*env, []apiCall) {
	t.Helper()
	s := newEnv(t)
	s.feishu.Grant("im:message.group_msg")
	grant, batch := s.grant(t), s.batch(t)
	post, owner := s.post(t, sandbox.PostSpec{}), bot.UserID(s.owner)
	card, err := s.client.PostCard(t.Context(), bot.Place{Message: post}, owner, bot.Card{Title: "a card"}, "card")
	if err != nil {
		t.Fatal(err)
	}
	other := s.addChat(t, sandbox.ChatSpec{Owner: s.owner}) // a chat accepts five sends per second
	elsewhere := s.post(t, sandbox.PostSpec{Chat: string(other)})
	errOf := func(_ any, err error) error { return err }
	return s, []apiCall{
		{"recall", deleteAPI, func(ctx context.Context) error { return s.client.Recall(ctx, s.post(t, sandbox.PostSpec{})) }},
		{"recall as the owner", deleteAPI, func(ctx context.Context) error {
			return s.client.RecallAs(ctx, grant.Access, s.post(t, sandbox.PostSpec{}))
		}},
		{"message", "GET /open-apis/im/v1/messages/:message_id", func(ctx context.Context) error { return errOf(s.client.Message(ctx, post)) }},
		{"post", "GET /open-apis/im/v1/messages/:message_id", func(ctx context.Context) error { return errOf(s.client.Post(ctx, post)) }},
		{"history", "GET /open-apis/im/v1/messages", func(ctx context.Context) error {
			return errOf(s.client.History(ctx, bot.HistoryQuery{Chat: s.chat}))
		}},
		{"pins", "GET /open-apis/im/v1/pins", func(ctx context.Context) error { return errOf(s.client.Pinned(ctx, s.chat)) }},
		{"chat", "GET /open-apis/im/v1/chats/:chat_id", func(ctx context.Context) error { return errOf(s.client.Chat(ctx, s.chat)) }},
		{"chats", "GET /open-apis/im/v1/chats", func(ctx context.Context) error {
			_, _, err := s.client.Chats(ctx, 20, "")
			return err
		}},
		{"self", "GET /open-apis/bot/v3/info", func(ctx context.Context) error { return errOf(s.client.Self(ctx)) }},
		{"react", "POST /open-apis/im/v1/messages/:message_id/reactions", func(ctx context.Context) error {
			return s.client.React(ctx, post, "DONE")
		}},
		{"tell", createAPI, func(ctx context.Context) error { return s.client.Tell(ctx, owner, "hi", "") }},
		{"publish", createAPI, func(ctx context.Context) error {
			return errOf(s.client.Publish(ctx, bot.Outgoing{Chat: s.chat, Type: "text", Body: `{"text":"hi"}`}))
		}},
		{"reply", replyAPI, func(ctx context.Context) error { return s.client.Reply(ctx, post, owner, "hi", "") }},
		{"repost", replyAPI, func(ctx context.Context) error {
			return errOf(s.client.Repost(ctx, bot.Repost{To: []bot.MessageID{elsewhere}, Archived: bot.Archived{
				Message: bot.Message{ID: elsewhere, Chat: other}, Type: "text", Body: `{"text":"hi"}`,
			}}))
		}},
		{"edit", "PATCH /open-apis/im/v1/messages/:message_id", func(ctx context.Context) error {
			return s.client.EditCard(ctx, card, bot.Card{Title: "another"})
		}},
		{"whisper", "POST /open-apis/ephemeral/v1/send", func(ctx context.Context) error {
			return s.client.Whisper(ctx, s.chat, owner, "hi")
		}},
		{"recall a batch", "DELETE /open-apis/im/v1/batch_messages/:batch_message_id", func(ctx context.Context) error {
			return s.client.RecallBatch(ctx, batch)
		}},
		{"progress of a batch", "GET /open-apis/im/v1/batch_messages/:batch_message_id/get_progress", func(ctx context.Context) error {
			return errOf(s.client.BatchProgress(ctx, batch))
		}},
		{"exchange", "POST /open-apis/authen/v2/oauth/token", func(ctx context.Context) error {
			return errOf(s.client.Exchange(ctx, s.consentCode(t), callback, verifier))
		}},
		{"refresh", "POST /open-apis/authen/v2/oauth/token", func(ctx context.Context) (err error) {
			next, err := s.client.Refresh(ctx, grant.Refresh)
			if err == nil {
				grant = next
			}
			return err
		}},
		{"whose token", "GET /open-apis/authen/v1/user_info", func(ctx context.Context) error { return errOf(s.client.WhoIs(ctx, grant.Access)) }},
		{"token", tokenAPI, func(ctx context.Context) error {
			return errOf(feishu.NewClient(s.cfg, s.limits, discardLog()).Self(ctx))
		}},
	}
}

// transientAnswer is a temporary error, and whether the call may have been carried out.
type transientAnswer struct {
	name  string
	fault sandbox.FaultSpec
	acted bool
}

// transientAnswers are all temporary errors.
func transientAnswers() []transientAnswer {
	var all []transientAnswer
	for _, status := range []int{http.StatusOK, http.StatusBadRequest, http.StatusInternalServerError, http.StatusBadGateway, http.StatusServiceUnavailable} {
		for _, code := range []int{1500, 1663, 2200, 5000, 10500, 20050, 20072, 55001, 90235, 300000, 1000040343} {
			all = append(all, transientAnswer{
				fmt.Sprintf("%d in a %d", code, status), sandbox.FaultSpec{Status: status, Code: code, Msg: "internal error"}, status >= 500,
			})
		}
		for _, code := range []int{99991400, 1000004, 1000005} {
			all = append(all, transientAnswer{fmt.Sprintf("%d in a %d", code, status), sandbox.FaultSpec{Status: status, Code: code}, status >= 500})
		}
		for _, body := range []string{"", "{}", "null", `[]`, `{"code":null}`, `{"msg":"success"}`, `{"code":0`, "<html>busy</html>", "upstream connect error"} {
			all = append(all, transientAnswer{fmt.Sprintf("%q in a %d", body, status), sandbox.FaultSpec{Status: status, Body: new(body)}, true})
		}
		all = append(all, transientAnswer{fmt.Sprintf("a page in a %d", status), sandbox.FaultSpec{Status: status, HTML: true}, true})
		if status != http.StatusOK {
			all = append(all, transientAnswer{fmt.Sprintf("success in a %d", status), sandbox.FaultSpec{Status: status, Body: new(`{"code":0}`)}, status >= 500})
		}
	}
	return append(all,
		transientAnswer{"an unknown code in a 503", sandbox.FaultSpec{Status: 503, Code: 4711}, true},
		transientAnswer{"a timeout of a proxy", sandbox.FaultSpec{Status: 408, Code: 4711}, false},
		transientAnswer{"too many for a proxy", sandbox.FaultSpec{Status: 429, HTML: true}, false},
		transientAnswer{"cut before", sandbox.FaultSpec{CutBefore: true}, true},
	)
}

// TestTransientErrorsAreRetryable: every call is retryable after every temporary error, and then succeeds.
func TestTransientErrorsAreRetryable(t *testing.T) {
	t.Parallel()
	s, calls := allCalls(t)
	for _, c := range calls {
		if err := c.call(t.Context()); err != nil {
			t.Fatalf("%s: %v", c.name, err)
		}
		for _, answer := range transientAnswers() {
			answer.fault.API = c.api
			end := s.feishu.Fault(answer.fault)
			err := c.call(t.Context())
			end()
			detail := bot.Detail(err)
			if !bot.Retryable(err) || detail.Reason == "" {
				t.Errorf("%s, answered %s: %v is %s for %q", c.name, answer.name, err, detail.Kind, detail.Reason)
			}
			if limited := detail.Kind == bot.RateLimited; limited != (detail.RetryAfter > 0) || detail.MayHaveActed != (answer.acted && !limited && c.api != tokenAPI) {
				t.Errorf("%s, answered %s: wait %s, may have acted: %t", c.name, answer.name, detail.RetryAfter, detail.MayHaveActed)
			}
		}
		if err := c.call(t.Context()); err != nil {
			t.Errorf("%s, when all is well again: %v", c.name, err)
		}
	}
}

// TestTransientCodes: each of these codes is Unavailable, in a 200 and in a 400.
func TestTransientCodes(t *testing.T) {
	t.Parallel()
	p := newPlatform(t, always(fakeReply{}))
	client := newClient(p)
	codes := feishu.TransientCodes()
	for _, code := range []int{1663, 2200, 300000} { // seen in the field
		if !slices.Contains(codes, code) {
			t.Errorf("%d is missing", code)
		}
	}
	for _, code := range codes {
		for _, status := range []int{http.StatusOK, http.StatusBadRequest} {
			p.mu.Lock()
			p.answer = always(fakeReply{status: status, body: `{"code":` + strconv.Itoa(code) + `,"msg":"internal error"}`})
			p.mu.Unlock()
			got := bot.Detail(client.Recall(t.Context(), "om_1"))
			if got.Kind != bot.Unavailable || got.Reason != bot.ReasonUnavailable || got.MayHaveActed || got.Code != code {
				t.Errorf("%d in a %d: %+v", code, status, got)
			}
		}
	}
}

// TestEmptyResponses: a success without data does not mean that nothing exists.
func TestEmptyResponses(t *testing.T) {
	t.Parallel()
	for _, body := range []string{`{"code":0}`, `{"code":0,"data":null}`} {
		client := newClient(newPlatform(t, always(fakeReply{body: body})))
		_, errMessage := client.Message(t.Context(), "om_1")
		_, errPost := client.Post(t.Context(), "om_1")
		_, errHistory := client.History(t.Context(), bot.HistoryQuery{Chat: "oc_1"})
		_, errPins := client.Pinned(t.Context(), "oc_1")
		_, errChat := client.Chat(t.Context(), "oc_1")
		_, _, errChats := client.Chats(t.Context(), 20, "")
		_, errBatch := client.BatchProgress(t.Context(), "bm-1")
		_, errWho := client.WhoIs(t.Context(), "u-1")
		for i, err := range []error{errMessage, errPost, errHistory, errPins, errChat, errChats, errBatch, errWho} {
			if bot.KindOf(err) != bot.Unavailable {
				t.Errorf("%s, call %d: %v", body, i, err)
			}
		}
		outgoing := bot.Outgoing{Chat: "oc_1", Type: "text", Body: "{}"}
		again := bot.Repost{Archived: bot.Archived{Message: bot.Message{ID: "om_1", Chat: "oc_1"}, Type: "text", Body: `{"text":"hi"}`}}
		_, errPublish := client.Publish(t.Context(), outgoing)
		_, errRepost := client.Repost(t.Context(), again)
		for i, err := range []error{errPublish, errRepost} {
			if detail := bot.Detail(err); detail.Kind != bot.Unavailable || !detail.MayHaveActed {
				t.Errorf("%s, send %d: %v", body, i, err)
			}
		}
	}
	if _, err := newClient(newPlatform(t, always(fakeReply{body: `{"code":0,"data":{}}`}))).Chat(t.Context(), "oc_1"); bot.KindOf(err) != bot.Unavailable {
		t.Errorf("a chat of which nothing is told: %v", err)
	}
}

// TestAppTicketIsNotRequested: at this code the SDK requests an app ticket, and at the response again.
func TestAppTicketIsNotRequested(t *testing.T) {
	t.Parallel()
	p := newPlatform(t, always(refusal(10012)))
	if got := bot.Detail(newClient(p).Recall(t.Context(), "om_1")); got.Code != 10012 || !bot.Retryable(got) {
		t.Errorf("got %v", got)
	}
	if calls := p.seen(); len(calls) != 1 {
		t.Errorf("asked %v", calls)
	}
}

// TestSocketTransientErrors: the websocket uses the same table.
func TestSocketTransientErrors(t *testing.T) {
	t.Parallel()
	for _, fault := range []sandbox.FaultSpec{{Code: 1}, {Code: 1000040343}, {Code: 2200}, {Code: 1663}, {Code: 99991400}, {Body: new("{}")}, {Body: new("null")}} {
		s := newEnv(t)
		fault.API, fault.Times = "POST /callback/ws/endpoint", 1
		if fault.Code != 0 {
			fault.Status = http.StatusOK
		}
		s.feishu.Fault(fault)
		stop := s.runSocket(t, func(context.Context, bot.Envelope) error { return nil })
		if err := stop(); err != nil {
			t.Errorf("answered %+v: %v", fault, err)
		}
	}
}
