package feishu_test

import (
	"net/url"
	"testing"

	"recallbot/bot"
	"recallbot/feishu"
	"recallbot/sandbox"
)

const (
	callback = "https://bot.example/oauth/callback"
	// verifier and challenge are from RFC 7636, appendix B.
	verifier  = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk"
	challenge = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM"
)

// consentCode returns the code of the owner's consent.
func (s *env) consentCode(t *testing.T) string {
	t.Helper()
	s.feishu.SetRedirects(callback)
	back, err := s.feishu.Consent(s.client.ConsentURL(callback, "state", verifier), s.owner, true)
	if err != nil {
		t.Fatal(err)
	}
	u, err := url.Parse(back)
	if err != nil || u.Query().Get("state") != "state" {
		t.Fatalf("came back by %s, %v", back, err)
	}
	return u.Query().Get("code")
}

func (s *env) grant(t *testing.T) bot.Grant {
	t.Helper()
	grant, err := s.client.Exchange(t.Context(), s.consentCode(t), callback, verifier)
	if err != nil {
		t.Fatal(err)
	}
	return grant
}

func isConsentGone(err error) bool {
	return bot.KindOf(err) == bot.Denied && bot.Detail(err).Reason == bot.ReasonConsentGone
}

func TestConsentURL(t *testing.T) {
	t.Parallel()
	for base, host := range map[string]string{
		"https://open.feishu.cn": "accounts.feishu.cn", "https://open.larksuite.com/": "accounts.larksuite.com",
		"http://127.0.0.1:9000": "127.0.0.1:9000",
	} {
		cfg := clientConfig(base)
		u, err := url.Parse(feishu.NewClient(cfg, &limiter{}, discardLog()).ConsentURL(callback, "a state", verifier))
		if err != nil || u.Host != host || u.Path != "/open-apis/authen/v1/authorize" {
			t.Errorf("%s: %v, %v", base, u, err)
			continue
		}
		for key, want := range map[string]string{
			"client_id": cfg.AppID, "response_type": "code", "redirect_uri": callback, "state": "a state",
			"scope": "im:message:recall offline_access", "code_challenge": challenge, "code_challenge_method": "S256", "prompt": "consent",
		} {
			if got := u.Query().Get(key); got != want {
				t.Errorf("%s: %s is %q", base, key, got)
			}
		}
	}
}

func TestSandboxConsentCode(t *testing.T) {
	t.Parallel()
	s := newEnv(t)
	for name, tt := range map[string]struct {
		code, redirect, verifier string
		want                     bot.ErrorKind
	}{
		"another verifier": {s.consentCode(t), callback, verifier + "x", bot.Invalid},
		"no verifier":      {s.consentCode(t), callback, "", bot.Invalid},
		"another address":  {s.consentCode(t), callback + "x", verifier, bot.Invalid},
		"a forged code":    {"forged", callback, verifier, bot.Denied},
	} {
		if grant, err := s.client.Exchange(t.Context(), tt.code, tt.redirect, tt.verifier); bot.KindOf(err) != tt.want || grant.Access != "" {
			t.Errorf("%s: %v, %s", name, err, bot.KindOf(err))
		}
	}
	code := s.consentCode(t)
	grant, err := s.client.Exchange(t.Context(), code, callback, verifier)
	if err != nil || grant.Refresh == "" || !grant.RefreshEnds.After(grant.AccessEnds) {
		t.Fatalf("granted until %v, %v: %v", grant.AccessEnds, grant.RefreshEnds, err)
	}
	if _, err := s.client.Exchange(t.Context(), code, callback, verifier); !isConsentGone(err) {
		t.Errorf("the code once more: %v", err)
	}
	if who, err := s.client.WhoIs(t.Context(), grant.Access); who != bot.UserID(s.owner) || err != nil {
		t.Errorf("the token is %q's, %v", who, err)
	}
}

func TestSandboxRefresh(t *testing.T) {
	t.Parallel()
	s := newEnv(t)
	first := s.grant(t)
	second, err := s.client.Refresh(t.Context(), first.Refresh)
	if err != nil || second.Access == first.Access || second.Refresh == first.Refresh {
		t.Fatalf("renewed: %v", err)
	}
	if _, err := s.client.Refresh(t.Context(), first.Refresh); !isConsentGone(err) || bot.Detail(err).Code == 0 {
		t.Errorf("the first once more: %v", err)
	}
	if _, err := s.client.Refresh(t.Context(), "forged"); !isConsentGone(err) {
		t.Errorf("a forged one: %v", err)
	}
	// The owner's token may recall what the bot may not.
	s.other = s.feishu.AddApp("Reporter")
	post := s.post(t, sandbox.PostSpec{})
	if err := s.client.RecallAs(t.Context(), second.Access, post); err != nil || !s.isGone(post) {
		t.Errorf("recall as the owner: %v", err)
	}
}

func TestSandboxRevokedConsent(t *testing.T) {
	t.Parallel()
	s := newEnv(t)
	grant := s.grant(t)
	s.feishu.RevokeConsent(s.owner, true)
	if _, err := s.client.WhoIs(t.Context(), grant.Access); !isConsentGone(err) {
		t.Errorf("whose is it: %v", err)
	}
	post := s.post(t, sandbox.PostSpec{})
	if err := s.client.RecallAs(t.Context(), grant.Access, post); !isConsentGone(err) || s.isGone(post) {
		t.Errorf("recall: %v", err)
	}
	if _, err := s.client.Refresh(t.Context(), grant.Refresh); !isConsentGone(err) {
		t.Errorf("refresh: %v", err)
	}
}

// TestGrantAnswers: temporary and final errors of the token endpoint.
func TestGrantAnswers(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		reply fakeReply
		want  bot.ErrorKind
	}{
		"no token in it": {fakeReply{body: `{"code":0}`}, bot.Unavailable},
		"no JSON":        {fakeReply{status: 502, kind: "text/html", body: "<html>"}, bot.Unavailable},
		"cut":            {fakeReply{closeConn: true}, bot.Unavailable},
		"code is over":   {fakeReply{status: 400, body: `{"code":20004,"error":"invalid_grant","error_description":"expired"}`}, bot.Denied},
	} {
		client := newClient(newPlatform(t, always(tt.reply)))
		if grant, err := client.Exchange(t.Context(), "code", callback, verifier); bot.KindOf(err) != tt.want || grant != (bot.Grant{}) {
			t.Errorf("%s: %v", name, err)
		}
	}
}
