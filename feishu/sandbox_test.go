package feishu_test

import (
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"recallbot/bot"
	"recallbot/feishu"
	"recallbot/sandbox"
)

const deleteAPI = "DELETE /open-apis/im/v1/messages/:message_id"

// env is a group in the sandbox and a client for it.
type env struct {
	feishu *sandbox.Feishu
	client *feishu.Client
	limits *limiter
	cfg    feishu.Config
	chat   bot.ChatID
	owner  string
	other  sandbox.App
}

func newEnv(t *testing.T, change ...func(*sandbox.Config, *feishu.Config)) *env {
	t.Helper()
	world := sandbox.Config{EncryptKey: testKey, VerificationToken: testToken}
	cfg := feishu.Defaults()
	for _, c := range change {
		c(&world, &cfg)
	}
	f, err := sandbox.New(world)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(f.Close)
	server := httptest.NewServer(f.Handler())
	t.Cleanup(server.Close)
	cfg.BaseURL, cfg.AppID, cfg.AppSecret = server.URL, f.Config().AppID, bot.Secret(f.Config().AppSecret)
	limits := &limiter{}
	s := &env{feishu: f, limits: limits, cfg: cfg, client: feishu.NewClient(cfg, limits, discardLog())}
	s.owner, s.other = f.AddUser("林悦").OpenID, f.AddApp("Daily Report")
	s.chat = s.addChat(t, sandbox.ChatSpec{Owner: s.owner})
	return s
}

func (s *env) addChat(t *testing.T, spec sandbox.ChatSpec) bot.ChatID {
	t.Helper()
	spec.Name = "产品发布"
	spec.Members = append(spec.Members, s.owner, s.other.ID)
	id, err := s.feishu.AddChat(spec)
	if err != nil {
		t.Fatal(err)
	}
	return bot.ChatID(id)
}

func (s *env) post(t *testing.T, spec sandbox.PostSpec) bot.MessageID {
	t.Helper()
	if spec.Chat == "" {
		spec.Chat = string(s.chat)
	}
	spec.Text = "a post"
	id, err := s.feishu.Post(spec)
	if err != nil {
		t.Fatal(err)
	}
	return bot.MessageID(id)
}

func (s *env) isGone(id bot.MessageID) bool {
	m, ok := s.feishu.Message(string(id))
	return ok && m.Deleted
}

func TestSandboxRecall(t *testing.T) {
	t.Parallel()
	s := newEnv(t)
	own := s.post(t, sandbox.PostSpec{})
	if err := s.client.Recall(t.Context(), own); err != nil || !s.isGone(own) {
		t.Fatalf("own post: %v, gone %t", err, s.isGone(own))
	}
	old := s.post(t, sandbox.PostSpec{At: time.Now().Add(-48 * time.Hour)})
	others := s.post(t, sandbox.PostSpec{App: s.other.ID})
	for _, tt := range []struct {
		name   string
		id     bot.MessageID
		kind   bot.ErrorKind
		reason bot.Reason
	}{
		{"already gone", own, bot.NotFound, bot.ReasonGone},
		{"another bot's", others, bot.Denied, bot.ReasonNotAllowed},
		{"past the window", old, bot.Expired, bot.ReasonTooOld},
		{"never sent", "om_00000000000000000000000000000000", bot.Invalid, bot.ReasonBadRequest},
	} {
		got := bot.Detail(s.client.Recall(t.Context(), tt.id))
		if got.Kind != tt.kind || got.Reason != tt.reason || got.Code == 0 || got.LogID == "" {
			t.Errorf("%s: got %v", tt.name, got)
		}
	}
	if s.isGone(others) || s.isGone(old) {
		t.Error("a refused recall took something")
	}
}

func TestSandboxFaults(t *testing.T) {
	t.Parallel()
	held := make(chan struct{})
	for _, tt := range []struct {
		name  string
		fault sandbox.FaultSpec
		kind  bot.ErrorKind
		acted bool // what the error reports
		gone  bool // whether the message is gone
	}{
		{"cut after acting", sandbox.FaultSpec{CutAfter: true}, bot.Unavailable, true, true},
		{"cut before acting", sandbox.FaultSpec{CutBefore: true}, bot.Unavailable, true, false},
		{"a web page", sandbox.FaultSpec{HTML: true}, bot.Unavailable, true, false},
		{"its trouble", sandbox.FaultSpec{Status: 500, Code: 1000999}, bot.Unavailable, true, false},
		{"limited", sandbox.FaultSpec{Status: 429, Code: 99991400, RateReset: "2.5"}, bot.RateLimited, false, false},
		{"slow", sandbox.FaultSpec{Hold: held}, bot.Unavailable, true, false},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			s := newEnv(t, func(_ *sandbox.Config, c *feishu.Config) { c.CallTimeout = 500 * time.Millisecond })
			own := s.post(t, sandbox.PostSpec{})
			tt.fault.API, tt.fault.Times = deleteAPI, 1
			s.feishu.Fault(tt.fault)
			got := bot.Detail(s.client.Recall(t.Context(), own))
			if got.Kind != tt.kind || got.MayHaveActed != tt.acted || s.isGone(own) != tt.gone {
				t.Errorf("got %s, acted %t, gone %t (%v)", got.Kind, got.MayHaveActed, s.isGone(own), got)
			}
			if tt.kind == bot.RateLimited && (got.RetryAfter != 2500*time.Millisecond || s.limits.pauses["message.delete"] != got.RetryAfter) {
				t.Errorf("wait %s, paused %v", got.RetryAfter, s.limits.pauses)
			}
		})
	}
}

func TestSandboxRevokedToken(t *testing.T) {
	t.Parallel()
	s := newEnv(t)
	for range 3 {
		own := s.post(t, sandbox.PostSpec{})
		if err := s.client.Recall(t.Context(), own); err != nil || !s.isGone(own) {
			t.Fatalf("%v, gone %t", err, s.isGone(own))
		}
		s.feishu.RevokeTokens()
	}
}

func TestSandboxReads(t *testing.T) {
	t.Parallel()
	s := newEnv(t)
	s.feishu.Grant("im:message.group_msg")
	own, others := s.post(t, sandbox.PostSpec{}), s.post(t, sandbox.PostSpec{App: s.other.ID})
	said, err := s.feishu.Say(sandbox.SaySpec{Chat: string(s.chat), From: s.owner, Text: "hello"})
	if err != nil {
		t.Fatal(err)
	}
	for id, want := range map[bot.MessageID]bot.Message{
		own:                 {Kind: bot.KindOwn},
		others:              {Kind: bot.KindBot, Sender: bot.HashOf(s.other.ID)},
		bot.MessageID(said): {Kind: bot.KindPerson, Sender: bot.HashOf(s.owner)},
	} {
		got, err := s.client.Message(t.Context(), id)
		if err != nil || got.Kind != want.Kind || got.Sender != want.Sender || got.Chat != s.chat || got.Gone || got.At.IsZero() {
			t.Errorf("got %+v, %v; want %+v", got, err, want)
		}
	}
	s.feishu.Revoke("im:message.group_msg")
	_, err = s.client.Message(t.Context(), others)
	if got := bot.Detail(err); got.Kind != bot.Denied || got.Reason != bot.ReasonScope {
		t.Errorf("without the scope: %v", err)
	}
	self, err := s.client.Self(t.Context())
	if want := (feishu.Self{OpenID: bot.UserID(s.feishu.Bot().OpenID), Name: s.feishu.Bot().Name, Active: true}); err != nil || self != want {
		t.Errorf("got %+v, %v; want %+v", self, err, want)
	}
}

func TestSandboxChat(t *testing.T) {
	t.Parallel()
	s := newEnv(t)
	app := s.cfg.AppID
	for _, tt := range []struct {
		name string
		spec sandbox.ChatSpec
		rank bot.Rank
		want bot.Chat
	}{
		{"a person's group", sandbox.ChatSpec{Owner: s.owner}, bot.RankNone, bot.Chat{Owner: bot.UserID(s.owner), Member: true}},
		{"we are manager", sandbox.ChatSpec{Owner: s.owner, BotManagers: []string{app}}, bot.RankManager, bot.Chat{Owner: bot.UserID(s.owner), Member: true}},
		{"a bot's group", sandbox.ChatSpec{Owner: app}, bot.RankMaybe, bot.Chat{Member: true}},
		{"a topic group", sandbox.ChatSpec{Owner: s.owner, Mode: sandbox.Topic}, bot.RankNone, bot.Chat{Owner: bot.UserID(s.owner), Member: true, Topics: true}},
		{"we are outside", sandbox.ChatSpec{Owner: s.owner, WithoutBot: true}, bot.RankUnknown, bot.Chat{}},
	} {
		id := s.addChat(t, tt.spec)
		got, err := s.client.Chat(t.Context(), id)
		if err != nil || got.Owner != tt.want.Owner || got.Member != tt.want.Member || got.Topics != tt.want.Topics || got.Rank(bot.AppID(app)) != tt.rank {
			t.Errorf("%s: got %+v of rank %d, %v", tt.name, got, got.Rank(bot.AppID(app)), err)
		}
	}
	if err := s.feishu.Disband(string(s.chat), true); err != nil {
		t.Fatal(err)
	}
	_, err := s.client.Chat(t.Context(), s.chat)
	if got := bot.Detail(err); got.Kind != bot.Denied || got.Reason != bot.ReasonDissolved {
		t.Errorf("dissolved: %v", err)
	}
}

func TestSandboxTopic(t *testing.T) {
	t.Parallel()
	s := newEnv(t)
	s.feishu.Grant("im:message.group_msg")
	root := s.post(t, sandbox.PostSpec{})
	var inTopic []bot.MessageID
	for range 2 {
		inTopic = append(inTopic, s.post(t, sandbox.PostSpec{ReplyTo: string(root), Thread: true}))
	}
	m, ok := s.feishu.Message(string(inTopic[0]))
	if !ok || m.Thread == "" {
		t.Fatalf("no topic: %+v", m)
	}
	for _, want := range []bot.MessageID{inTopic[1], inTopic[0], root} {
		got, err := s.client.NewestOwn(t.Context(), "", bot.ThreadID(m.Thread), time.Now().Add(time.Minute), isPost)
		if err != nil || got.ID != want {
			t.Fatalf("got %+v, %v; want %s", got, err, want)
		}
		if err := s.client.Recall(t.Context(), want); err != nil {
			t.Fatal(err)
		}
	}
	_, err := s.client.NewestOwn(t.Context(), "", bot.ThreadID(m.Thread), time.Now(), isPost)
	wantKind(t, err, bot.NotFound)
}

func TestSandboxSends(t *testing.T) {
	t.Parallel()
	s := newEnv(t)
	target, err := s.feishu.Say(sandbox.SaySpec{Chat: string(s.chat), From: s.owner, Text: "/recall"})
	if err != nil {
		t.Fatal(err)
	}
	id, user := bot.MessageID(target), bot.UserID(s.owner)
	for range 2 { // the handler may run twice
		if err := s.client.Reply(t.Context(), id, bot.UserID(s.owner), "不可以 @{"+s.owner+"}", "key-1"); err != nil {
			t.Fatal(err)
		}
		if err := s.client.Tell(t.Context(), user, "hello", strings.Repeat("long key ", 20)); err != nil {
			t.Fatal(err)
		}
	}
	if err := s.client.React(t.Context(), id, "DONE"); err != nil {
		t.Fatal(err)
	}
	if err := s.client.Whisper(t.Context(), s.chat, user, "only you"); err != nil {
		t.Fatal(err)
	}
	var replies, whispers int
	for _, m := range s.feishu.Messages(string(s.chat)) {
		switch {
		case m.Ephemeral == s.owner:
			whispers++
		case m.Sender == s.cfg.AppID:
			replies++
		}
	}
	said, _ := s.feishu.Message(target)
	if replies != 1 || whispers != 1 || len(said.Reactions) != 1 {
		t.Errorf("%d replies, %d whispers, reactions %+v", replies, whispers, said.Reactions)
	}
	topics := s.addChat(t, sandbox.ChatSpec{Owner: s.owner, Mode: sandbox.Topic})
	if got := bot.Detail(s.client.Whisper(t.Context(), topics, user, "only you")); got.Kind != bot.Denied || got.Code != 18053 {
		t.Errorf("in a topic group: %v", got)
	}
	if err := s.client.React(t.Context(), id, "NoSuchEmoji"); err != nil && bot.KindOf(err) != bot.Invalid {
		t.Errorf("an emoji that is none: %v", err)
	}
}

func TestSandboxDoctor(t *testing.T) {
	t.Parallel()
	s := newEnv(t)
	s.feishu.SetEventURL("http://127.0.0.1:1/webhook/event") // nothing is sent
	levels := func() map[string]bot.Level {
		found := map[string]bot.Level{}
		for _, f := range s.client.Diagnose(t.Context()).Findings {
			found[f.Name] = f.Level
		}
		return found
	}
	for _, scope := range s.feishu.Scopes() {
		s.feishu.Revoke(scope)
	}
	bare := levels()
	for _, name := range []string{"scope_recall", "scope_send", "scope_chat", "scope_group"} {
		if bare[name] != bot.LevelBad {
			t.Errorf("%s without scopes: %s", name, bare[name])
		}
	}
	for _, scope := range []string{
		"im:message", "im:message:readonly", "im:message.group_at_msg", "im:message.group_msg", "im:message.p2p_msg", "im:chat:readonly",
		"im:message.reactions:read", "im:message.reactions:write_only", "application:application:self_manage",
	} {
		s.feishu.Grant(scope)
	}
	for name, level := range levels() {
		if level != bot.LevelOK {
			t.Errorf("%s with all scopes: %s", name, level)
		}
	}
	cfg := s.cfg
	cfg.AppSecret = "wrong"
	found := feishu.NewClient(cfg, &limiter{}, discardLog()).Diagnose(t.Context()).Findings
	if len(found) != 1 || found[0].Name != "credentials" || found[0].Level != bot.LevelBad || !strings.Contains(found[0].Args[0], "10014") {
		t.Errorf("wrong secret: %+v", found)
	}
	otherPlatform, err := sandbox.New(sandbox.Config{})
	if err != nil {
		t.Fatal(err)
	}
	other := httptest.NewServer(otherPlatform.Handler())
	t.Cleanup(func() { other.Close(); otherPlatform.Close() })
	cfg = s.cfg
	cfg.BaseURL, cfg.OtherPlatform = other.URL, s.cfg.BaseURL
	found = feishu.NewClient(cfg, &limiter{}, discardLog()).Diagnose(t.Context()).Findings
	if len(found) != 1 || found[0].Name != "domain" || found[0].Level != bot.LevelBad || found[0].Args[1] != s.cfg.BaseURL {
		t.Errorf("an app of the other platform: %+v", found)
	}
	cfg = s.cfg
	cfg.Now = func() time.Time { return time.Now().Add(11 * time.Minute) }
	for _, f := range feishu.NewClient(cfg, &limiter{}, discardLog()).Diagnose(t.Context()).Findings {
		if f.Name == "clock" && f.Level != bot.LevelBad {
			t.Errorf("clock: %+v", f)
		}
	}
}
