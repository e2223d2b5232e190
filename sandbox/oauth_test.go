package sandbox_test

import (
	"crypto/sha256"
	"encoding/base64"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"recallbot/sandbox"
)

const (
	oauthPath = "/open-apis/authen/v2/oauth/token"
	backTo    = "http://127.0.0.1/callback"
)

// code is the code of a person's consent to the scopes.
func (s *site) code(user string, q url.Values) string {
	s.t.Helper()
	s.SetRedirects(backTo)
	for key, value := range map[string]string{"client_id": s.Config().AppID, "response_type": "code", "redirect_uri": backTo, "state": "s"} {
		q.Set(key, value)
	}
	back, err := s.Consent(s.url+"/open-apis/authen/v1/authorize?"+q.Encode(), user, true)
	s.must(err)
	u, err := url.Parse(back)
	s.must(err)
	return u.Query().Get("code")
}

// grant requests tokens with a form; a secret of "-" means the app's own.
func (s *site) grant(path string, header http.Header, fields map[string]string) reply {
	s.t.Helper()
	form := url.Values{}
	for key, value := range fields {
		if value == "-" {
			value = s.Config().AppSecret
		}
		form.Set(key, value)
	}
	header.Set("Content-Type", "application/x-www-form-urlencoded")
	return s.rawAs(header, "POST", path, form.Encode())
}

func (s *site) userToken(scopes ...string) string { return s.userTokenOf(s.owner.OpenID, scopes...) }

// userTokenOf is a person's token for the scopes, which the app gets too.
func (s *site) userTokenOf(user string, scopes ...string) string {
	s.t.Helper()
	for _, scope := range scopes {
		if scope != "offline_access" {
			s.Grant(scope)
		}
	}
	r := s.grant(oauthPath, http.Header{}, map[string]string{
		"grant_type": "authorization_code", "client_id": s.Config().AppID, "client_secret": "-",
		"code": s.code(user, url.Values{"scope": {strings.Join(scopes, " ")}}),
	})
	token, _ := r.raw["access_token"].(string)
	if token == "" {
		s.t.Fatalf("no token: %s", r.text)
	}
	return token
}

// device requests a device code.
func (s *site) device(scope string) map[string]any {
	s.t.Helper()
	header := http.Header{}
	header.Set("Authorization", "Basic "+base64.StdEncoding.EncodeToString([]byte(s.Config().AppID+":"+s.Config().AppSecret)))
	return s.grant("/oauth/v1/device_authorization", header, map[string]string{"client_id": s.Config().AppID, "scope": scope}).raw
}

func (s *site) pollDevice(asked map[string]any) reply {
	s.t.Helper()
	code, _ := asked["device_code"].(string)
	return s.grant("/oauth/v3/token", http.Header{}, map[string]string{
		"grant_type": "urn:ietf:params:oauth:grant-type:device_code", "device_code": code,
		"client_id": s.Config().AppID, "client_secret": "-",
	})
}

func TestPKCE(t *testing.T) {
	t.Parallel()
	s := open(t, sandbox.Config{})
	verifier := strings.Repeat("v", 43)
	sum := sha256.Sum256([]byte(verifier))
	for _, tc := range []struct {
		name, method, challenge, sent string
		want                          int
	}{
		{"none", "", "", "", 0},
		{"plain by default", "", verifier, verifier, 0},
		{"plain", "plain", verifier, verifier, 0},
		{"S256", "S256", base64.RawURLEncoding.EncodeToString(sum[:]), verifier, 0},
		{"S256, the challenge itself", "S256", base64.RawURLEncoding.EncodeToString(sum[:]), base64.RawURLEncoding.EncodeToString(sum[:]), 20049},
		{"plain, another", "plain", verifier, "other", 20049},
		{"missing", "plain", verifier, "", 20049},
	} {
		q := url.Values{"scope": {"im:message"}}
		if tc.challenge != "" {
			q.Set("code_challenge", tc.challenge)
		}
		if tc.method != "" {
			q.Set("code_challenge_method", tc.method)
		}
		r := s.send("", "POST", oauthPath, map[string]string{
			"grant_type": "authorization_code", "client_id": s.Config().AppID, "client_secret": s.Config().AppSecret,
			"code": s.code(s.owner.OpenID, q), "redirect_uri": backTo, "code_verifier": tc.sent,
		})
		if r.Code != tc.want || (r.raw["access_token"] == nil) != (tc.want != 0) {
			t.Errorf("%s: %d %s, want %d", tc.name, r.Code, r.text, tc.want)
		}
	}
}

func TestUserTokens(t *testing.T) {
	t.Parallel()
	s := open(t, sandbox.Config{})
	other, _ := s.CredentialsOf(s.other.ID)
	ask := func(fields map[string]string) reply {
		all := map[string]string{"client_id": s.Config().AppID, "client_secret": "-"}
		maps.Copy(all, fields)
		return s.grant(oauthPath, http.Header{}, all)
	}
	code := func() string {
		return s.code(s.owner.OpenID, url.Values{"scope": {"im:message im:chat offline_access"}})
	}
	for name, tc := range map[string]struct {
		fields map[string]string
		want   int
	}{
		"narrower":                {map[string]string{"scope": "im:chat"}, 0},
		"twice the same":          {map[string]string{"scope": "im:chat im:chat"}, 20067},
		"more than was agreed to": {map[string]string{"scope": "im:chat im:message:recall"}, 20068},
		"another app's":           {map[string]string{"client_id": other.AppID, "client_secret": other.AppSecret}, 20024},
		"a wrong secret":          {map[string]string{"client_secret": "x"}, 20002},
		"another address":         {map[string]string{"redirect_uri": "http://127.0.0.1/other"}, 20071},
	} {
		tc.fields["grant_type"], tc.fields["code"] = "authorization_code", code()
		if r := ask(tc.fields); r.Code != tc.want {
			t.Errorf("%s: %s, want %d", name, r.text, tc.want)
		}
	}
	first := ask(map[string]string{"grant_type": "authorization_code", "code": code()})
	refresh, _ := first.raw["refresh_token"].(string)
	second := ask(map[string]string{"grant_type": "refresh_token", "refresh_token": refresh})
	if second.Code != 0 || second.raw["refresh_token"] == refresh || second.raw["scope"] != "im:message im:chat offline_access" {
		t.Errorf("refreshed: %s", second.text)
	}
	if again := ask(map[string]string{"grant_type": "refresh_token", "refresh_token": refresh}); again.Code != 20073 {
		t.Errorf("used twice: %s", again.text)
	}
	s.Advance(8 * 24 * time.Hour)
	late, _ := second.raw["refresh_token"].(string)
	if over := ask(map[string]string{"grant_type": "refresh_token", "refresh_token": late}); over.Code != 20037 {
		t.Errorf("after a week: %s", over.text)
	}
}

func TestDeviceFlow(t *testing.T) {
	t.Parallel()
	s := open(t, sandbox.Config{})
	asked := s.device("im:message offline_access")
	page, _ := asked["verification_uri_complete"].(string)
	if r := s.pollDevice(asked); r.status != 400 || r.raw["error"] != "authorization_pending" {
		t.Errorf("before: %s", r.text)
	}
	form := url.Values{"query": {strings.SplitAfter(page, "?")[1]}, "user": {s.owner.OpenID}, "agree": {"yes"}}
	shown := s.rawAs(http.Header{}, "GET", strings.TrimPrefix(page, s.url), "")
	if shown.status != 200 || !strings.Contains(string(shown.text), "Olga") {
		t.Errorf("page: %d", shown.status)
	}
	answered := s.rawAs(http.Header{"Content-Type": {"application/x-www-form-urlencoded"}}, "POST", "/page/device", form.Encode())
	if answered.status != 200 {
		t.Errorf("answer: %d %s", answered.status, answered.text)
	}
	got := s.pollDevice(asked)
	token, _ := got.raw["access_token"].(string)
	if me := s.send(token, "GET", "/open-apis/authen/v1/user_info", nil); me.field("open_id") != s.owner.OpenID || got.raw["refresh_token"] == nil {
		t.Errorf("whose token: %s of %s", me.text, got.text)
	}
	if again := s.pollDevice(asked); again.raw["error"] != "expired_token" {
		t.Errorf("twice: %s", again.text)
	}
	refused := s.device("im:message")
	address, _ := refused["verification_uri_complete"].(string)
	s.must(s.AnswerDevice(address, s.member.OpenID, false))
	if r := s.pollDevice(refused); r.raw["error"] != "access_denied" {
		t.Errorf("refused: %s", r.text)
	}
	if r := s.device("im:message:no_such"); r["error"] != "invalid_scope" {
		t.Errorf("a scope that the app has not: %v", r)
	}
}

// The older token API, with the app's token as the credential.
func TestOIDC(t *testing.T) {
	t.Parallel()
	s := open(t, sandbox.Config{})
	app := s.send("", "POST", "/open-apis/auth/v3/app_access_token/internal/", map[string]string{
		"app_id": s.Config().AppID, "app_secret": s.Config().AppSecret,
	})
	token, _ := app.raw["app_access_token"].(string)
	if token == "" || app.raw["tenant_access_token"] != token {
		t.Fatalf("app token: %s", app.text)
	}
	code := s.code(s.owner.OpenID, url.Values{"scope": {"im:message offline_access"}})
	oidc := func(path string, body map[string]string) reply {
		return s.send(token, "POST", "/open-apis/authen/v1/oidc/"+path, body)
	}
	got := oidc("access_token", map[string]string{"grant_type": "authorization_code", "code": code})
	access, _ := got.field("access_token").(string)
	refresh, _ := got.field("refresh_token").(string)
	if got.Code != 0 || got.field("refresh_expires_in") == nil || got.field("token_type") != "Bearer" {
		t.Fatalf("tokens: %s", got.text)
	}
	if me := s.send(access, "GET", "/open-apis/authen/v1/user_info", nil); me.field("name") != "Olga" {
		t.Errorf("whose: %s", me.text)
	}
	if r := oidc("access_token", map[string]string{"grant_type": "authorization_code", "code": code}); r.Code != 20065 || r.status != 400 {
		t.Errorf("used twice: %s", r.text)
	}
	if r := oidc("refresh_access_token", map[string]string{"grant_type": "refresh_token", "refresh_token": refresh}); r.field("access_token") == nil {
		t.Errorf("refreshed: %s", r.text)
	}
	if r := oidc("access_token", map[string]string{"grant_type": "authorization_code"}); r.Code != 99992402 {
		t.Errorf("without a code: %s", r.text)
	}
}

func TestUserInfo(t *testing.T) {
	t.Parallel()
	s := open(t, sandbox.Config{})
	token := s.userToken("im:message")
	fields := func() []string {
		var names []string
		for name := range s.send(token, "GET", "/open-apis/authen/v1/user_info", nil).raw["data"].(map[string]any) {
			names = append(names, name)
		}
		slices.Sort(names)
		return names
	}
	open := []string{"avatar_big", "avatar_middle", "avatar_thumb", "avatar_url", "en_name", "name", "open_id", "tenant_key", "union_id"}
	if got := fields(); !slices.Equal(got, open) {
		t.Errorf("without scopes: %v", got)
	}
	for _, scope := range []string{"contact:user.employee_id:readonly", "contact:user.email:readonly", "contact:user.employee:readonly", "contact:user.phone:readonly"} {
		s.Grant(scope)
	}
	all := slices.Sorted(slices.Values(append(open, "email", "employee_no", "enterprise_email", "mobile", "user_id")))
	if got := fields(); !slices.Equal(got, all) {
		t.Errorf("with scopes: %v", got)
	}
}

// User tokens act as the person, as documented.
func TestUserTokenCalls(t *testing.T) {
	t.Parallel()
	s := open(t, sandbox.Config{})
	token := s.userToken("im:message", "im:message.send_as_user", "im:message.group_msg:get_as_user", "im:message.reactions:read", "im:message.pins:read",
		"im:message.reactions:write_only", "im:message.pins:write_only", "im:chat", "im:chat.members:read", "search:message", "im:resource")
	as := func(method, path string, body any) reply { return s.send(token, method, path, body) }
	away := s.group(sandbox.ChatSpec{Name: "without the bot", Owner: s.owner.OpenID, WithoutBot: true})
	sent := as("POST", toChat, text(away, "hello"))
	id, _ := sent.field("message_id").(string)
	if m := mustMessage(t, s, id); m.Sender != s.owner.OpenID || sent.field("sender", "sender_type") != "user" || sent.field("sender", "id") != s.owner.OpenID {
		t.Errorf("sent: %s", sent.text)
	}
	picture := s.rawUpload(token, "/open-apis/im/v1/images", map[string]string{"image_type": "message"}, "image", png())
	key, _ := picture.field("image_key").(string)
	for _, tc := range []struct {
		name, method, path string
		body               any
	}{
		{"reply", "POST", messagesPath + "/" + id + "/reply", text("", "again")},
		{"get", "GET", messagesPath + "/" + id, nil},
		{"mget", "GET", messagesPath + "/mget?message_ids=" + id, nil},
		{"list", "GET", messagesPath + "?container_id_type=chat&container_id=" + away, nil},
		{"search", "POST", messagesPath + "/search", map[string]string{"query": "hello"}},
		{"react", "POST", messagesPath + "/" + id + "/reactions", map[string]any{"reaction_type": map[string]string{"emoji_type": "OK"}}},
		{"reactions", "GET", messagesPath + "/" + id + "/reactions", nil},
		{"reactions of several", "POST", messagesPath + "/reactions/batch_query", map[string]any{"queries": []map[string]string{{"message_id": id}}}},
		{"pin", "POST", "/open-apis/im/v1/pins", map[string]string{"message_id": id}},
		{"pins", "GET", "/open-apis/im/v1/pins?chat_id=" + away, nil},
		{"unpin", "DELETE", "/open-apis/im/v1/pins/" + id, nil},
		{"forward", "POST", messagesPath + "/" + id + "/forward?receive_id_type=chat_id", map[string]string{"receive_id": away}},
		{"readers", "GET", messagesPath + "/" + id + "/read_users?user_id_type=open_id", nil},
		{"chat", "GET", chatsPath + away, nil},
		{"chats", "GET", "/open-apis/im/v1/chats", nil},
		{"search for chats", "GET", "/open-apis/im/v1/chats/search?query=without", nil},
		{"members", "GET", chatsPath + away + "/members", nil},
		{"in the chat", "GET", chatsPath + away + "/members/is_in_chat", nil},
		{"add a manager", "POST", chatsPath + away + "/managers/add_managers", map[string]any{"manager_ids": []string{s.owner.OpenID}}},
		{"picture", "POST", toChat, map[string]string{"receive_id": away, "msg_type": "image", "content": `{"image_key":"` + key + `"}`}},
		{"to a person", "POST", messagesPath + "?receive_id_type=open_id", text(s.member.OpenID, "you and me")},
		{"recall", "DELETE", messagesPath + "/" + id, nil},
	} {
		if r := as(tc.method, tc.path, tc.body); r.Code != 0 || r.status != 200 {
			t.Errorf("%s: %d %s", tc.name, r.status, r.text)
		}
	}
	if got := as("GET", "/open-apis/im/v1/chats/search?query=without", nil).field("items"); len(got.([]any)) != 1 {
		t.Errorf("searched: %v", got)
	}
	if app := s.call("GET", "/open-apis/im/v1/chats/search?query=without", nil).field("items"); len(app.([]any)) != 0 {
		t.Errorf("the bot finds a chat that it is not in: %v", app)
	}
}
