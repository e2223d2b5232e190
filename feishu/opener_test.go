package feishu_test

import (
	"encoding/base64"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"recallbot/bot"
	"recallbot/feishu"
)

const challengeBody = `{"challenge":"ajls384\"kdjx98XX","token":"v3rificationT0ken","type":"url_verification"}`

// The faults of the SDK's webhook handler (docs/platform.md#the-sdks-webhook-handler), as far as the opener avoids
// them. Body limit, method, status codes and responses are tested in package web.

func TestSignatureIsChecked(t *testing.T) {
	t.Parallel()
	plain := string(eventFile(t, "said-docs-sample"))
	good := func() (http.Header, []byte) { return sealed(t, plain) }
	for name, spoil := range map[string]func(http.Header, []byte) []byte{
		"another body":      func(_ http.Header, b []byte) []byte { return append(b, ' ') },
		"another signature": func(h http.Header, b []byte) []byte { h.Set("X-Lark-Signature", strings.Repeat("0", 64)); return b },
		"no signature":      func(h http.Header, b []byte) []byte { h.Del("X-Lark-Signature"); return b },
		"half a signature": func(h http.Header, b []byte) []byte {
			h.Set("X-Lark-Signature", h.Get("X-Lark-Signature")[:32])
			return b
		},
		"signature not hex":    func(h http.Header, b []byte) []byte { h.Set("X-Lark-Signature", strings.Repeat("x", 64)); return b },
		"another nonce":        func(h http.Header, b []byte) []byte { h.Set("X-Lark-Request-Nonce", "other"); return b },
		"another timestamp":    func(h http.Header, b []byte) []byte { h.Set("X-Lark-Request-Timestamp", "1717050001"); return b },
		"nothing but a nonce":  func(h http.Header, b []byte) []byte { clear(h); h.Set("X-Lark-Request-Nonce", "n"); return b },
		"no headers, an event": func(h http.Header, b []byte) []byte { clear(h); return b },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			header, body := good()
			_, err := feishu.NewOpener(openerConfig()).Open(header, spoil(header, body))
			wantKind(t, err, bot.Denied)
		})
	}
	header, body := good()
	envelope, err := feishu.NewOpener(openerConfig()).Open(header, body)
	if err != nil || envelope.Event.Type != bot.TypeSaid {
		t.Fatalf("got %+v, %v; want the event", envelope, err)
	}
}

func TestTimestampWindow(t *testing.T) {
	t.Parallel()
	now := testTime()
	for _, tt := range []struct {
		name      string
		timestamp string
		want      bool
	}{
		{"now in seconds", strconv.FormatInt(now.Unix(), 10), true},
		{"now in milliseconds", strconv.FormatInt(now.UnixMilli(), 10), true},
		{"now in microseconds", strconv.FormatInt(now.UnixMicro(), 10), true},
		{"just inside", strconv.FormatInt(now.Add(-10*time.Minute).Unix(), 10), true},
		{"too old", strconv.FormatInt(now.Add(-10*time.Minute-time.Second).Unix(), 10), false},
		{"too old in milliseconds", strconv.FormatInt(now.Add(-time.Hour).UnixMilli(), 10), false},
		{"ahead", strconv.FormatInt(now.Add(10*time.Minute+time.Second).Unix(), 10), false},
		{"the SDK takes this one", "1", false},
		{"zero", "0", false},
		{"words", "yesterday", false},
		{"negative", "-1717050000", false},
		{"missing", "", false},
		{"beyond counting", strings.Repeat("9", 30), false},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			body := seal(t, eventFile(t, "said-talk"))
			_, err := feishu.NewOpener(openerConfig()).Open(signAt(tt.timestamp, body), body)
			if tt.want && err != nil {
				t.Fatal(err)
			}
			if !tt.want {
				wantKind(t, err, bot.Denied)
			}
		})
	}
}

func TestTokenAndAppAreCheckedOnEveryEvent(t *testing.T) {
	t.Parallel()
	event := string(eventFile(t, "said-talk"))
	v1 := string(eventFile(t, "v1-unknown"))
	for _, tt := range []struct {
		name  string
		plain string
		want  bool
	}{
		{"ours", event, true},
		{"wrong token", strings.Replace(event, testToken, "wrong", 1), false},
		{"no token", strings.Replace(event, testToken, "", 1), false},
		{"another app", strings.Replace(event, testApp, "cli_other", 1), false},
		{"no app", strings.Replace(event, testApp, "", 1), false},
		{"schema 1.0", v1, true},
		{"schema 1.0, wrong token", strings.Replace(v1, testToken, "wrong", 1), false},
		{"schema 1.0, another app", strings.Replace(v1, testApp, "cli_other", 1), false},
		{"schema 1.0, no app", strings.Replace(v1, testApp, "", 1), true},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			header, body := sealed(t, tt.plain)
			_, err := feishu.NewOpener(openerConfig()).Open(header, body)
			if tt.want && err != nil {
				t.Fatal(err)
			}
			if !tt.want {
				wantKind(t, err, bot.Denied)
			}
		})
	}
}

func TestChallenge(t *testing.T) {
	t.Parallel()
	disguise := strings.Replace(string(eventFile(t, "said-docs-sample")), `{`, `{"type":"url_verification","challenge":"c","token":"v3rificationT0ken",`, 1)
	unsigned := func(t *testing.T, plain string) (http.Header, []byte) {
		t.Helper()
		return http.Header{}, seal(t, []byte(plain))
	}
	signed := func(t *testing.T, plain string) (http.Header, []byte) { t.Helper(); return sealed(t, plain) }
	plainly := func(_ *testing.T, plain string) (http.Header, []byte) { return http.Header{}, []byte(plain) }
	plainSigned := func(_ *testing.T, plain string) (http.Header, []byte) { return sign([]byte(plain)), []byte(plain) }
	const ok = bot.ErrorKind(255)
	for _, tt := range []struct {
		name  string
		send  func(*testing.T, string) (http.Header, []byte)
		plain string
		want  bot.ErrorKind
	}{
		{"encrypted, unsigned", unsigned, challengeBody, ok},
		{"encrypted, signed", signed, challengeBody, ok},
		{"plain, unsigned", plainly, challengeBody, ok},
		{"plain, signed", plainSigned, challengeBody, ok},
		{"encrypted, wrong token", unsigned, strings.Replace(challengeBody, testToken, "wrong", 1), bot.Denied},
		{"encrypted, empty token", unsigned, strings.Replace(challengeBody, testToken, "", 1), bot.Denied},
		{"plain, wrong token", plainly, strings.Replace(challengeBody, testToken, "wrong", 1), bot.Denied},
		{"empty challenge, signed", signed, `{"challenge":"","token":"v3rificationT0ken","type":"url_verification"}`, bot.Invalid},
		{"empty challenge, unsigned", unsigned, `{"challenge":"","token":"v3rificationT0ken","type":"url_verification"}`, bot.Denied},
		{"an event in disguise, signed", signed, disguise, bot.Invalid},
		{"an event in disguise, unsigned", unsigned, disguise, bot.Denied},
		{"an event in disguise, plain", plainly, disguise, bot.Denied},
		{"a plain event", plainly, string(eventFile(t, "said-talk")), bot.Denied},
		{"a plain event, signed", plainSigned, string(eventFile(t, "said-talk")), bot.Denied},
		{"unsigned garbage", plainly, `{"encrypt":"garbage"}`, bot.Denied},
		{"no JSON", plainly, `hello`, bot.Denied},
		{"nothing", plainly, ``, bot.Denied},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			envelope, err := feishu.NewOpener(openerConfig()).Open(tt.send(t, tt.plain))
			if tt.want != ok {
				wantKind(t, err, tt.want)
				return
			}
			if err != nil || envelope.Challenge != `ajls384"kdjx98XX` || envelope.Event.Body != nil {
				t.Fatalf("got %+v, %v; want the challenge", envelope, err)
			}
		})
	}
}

// With the encrypt key alone, an encrypted challenge is accepted and a plain one is not.
func TestChallengeWithoutToken(t *testing.T) {
	t.Parallel()
	cfg := openerConfig()
	cfg.VerificationToken = ""
	opener := feishu.NewOpener(cfg)
	if _, err := opener.Open(nil, seal(t, []byte(challengeBody))); err != nil {
		t.Fatal(err)
	}
	_, err := opener.Open(nil, []byte(challengeBody))
	wantKind(t, err, bot.Denied)
}

func TestWithoutEncryptKey(t *testing.T) {
	t.Parallel()
	event := string(eventFile(t, "said-talk"))
	for _, tt := range []struct {
		name   string
		change func(*feishu.Config)
		body   string
		want   bot.ErrorKind
		fails  bool
	}{
		{name: "plain event", body: event},
		{name: "plain challenge", body: challengeBody},
		{name: "wrong token", body: strings.Replace(event, testToken, "wrong", 1), want: bot.Denied, fails: true},
		{name: "another app", body: strings.Replace(event, testApp, "cli_other", 1), want: bot.Denied, fails: true},
		{name: "encrypted", body: string(seal(t, []byte(event))), want: bot.Invalid, fails: true},
		{name: "too many values", body: strings.Replace(event, `{`, `{"x":[`+strings.Repeat("{},", 20_000)+`{}],`, 1), want: bot.Invalid, fails: true},
		{name: "not JSON", body: "x", want: bot.Invalid, fails: true},
		{name: "not allowed", change: func(c *feishu.Config) { c.AllowUnsigned = false }, body: event, want: bot.Denied, fails: true},
		{name: "nothing to check by", change: func(c *feishu.Config) { c.VerificationToken = "" }, body: event, want: bot.Denied, fails: true},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			cfg := openerConfig()
			cfg.EncryptKey, cfg.AllowUnsigned = "", true
			if tt.change != nil {
				tt.change(&cfg)
			}
			_, err := feishu.NewOpener(cfg).Open(http.Header{}, []byte(tt.body))
			if tt.fails {
				wantKind(t, err, tt.want)
				return
			}
			if err != nil {
				t.Fatal(err)
			}
		})
	}
}

// allow_unsigned has no effect on an app with an encrypt key.
func TestAllowUnsignedWithEncryptKey(t *testing.T) {
	t.Parallel()
	cfg := openerConfig()
	cfg.AllowUnsigned = true
	opener := feishu.NewOpener(cfg)
	for _, body := range [][]byte{eventFile(t, "said-talk"), seal(t, eventFile(t, "said-talk"))} {
		_, err := opener.Open(http.Header{}, body)
		wantKind(t, err, bot.Denied)
	}
}

func TestSignedButUnreadable(t *testing.T) {
	t.Parallel()
	event := string(eventFile(t, "said-talk"))
	bodies := map[string][]byte{
		"not JSON":           []byte("x"),
		"cut":                seal(t, []byte(event))[:100],
		"junk after":         append(seal(t, []byte(event)), '}'),
		"two objects":        slices.Repeat(seal(t, []byte(event)), 2),
		"not base64":         []byte(`{"encrypt":"****"}`),
		"empty cipher":       []byte(`{"encrypt":""}`),
		"IV only":            []byte(`{"encrypt":"` + base64.StdEncoding.EncodeToString(make([]byte, 16)) + `"}`),
		"no whole block":     []byte(`{"encrypt":"` + base64.StdEncoding.EncodeToString(make([]byte, 40)) + `"}`),
		"random block":       []byte(`{"encrypt":"` + base64.StdEncoding.EncodeToString(make([]byte, 48)) + `"}`),
		"encrypted text":     seal(t, []byte("hello")),
		"braces turned":      seal(t, []byte("} {")),
		"plain junk after":   seal(t, []byte(event+"x")),
		"plain twice":        seal(t, []byte(event+event)),
		"an array":           seal(t, []byte("["+event+"]")),
		"neither schema":     seal(t, []byte(`{"token":"v3rificationT0ken","header":{"app_id":"cli_a1b2c3d4e5f60708","token":"v3rificationT0ken"}}`)),
		"event not object":   seal(t, []byte(strings.Replace(event, `"event":{`, `"event":7,"x":{`, 1))),
		"deep nesting":       seal(t, []byte(strings.Repeat(`{"event":`, 100_000)+strings.Repeat(`}`, 100_000))),
		"deep unknown field": seal(t, []byte(strings.Replace(event, `{`, `{"x":`+strings.Repeat("[", 100_000)+strings.Repeat("]", 100_000)+`,`, 1))),
	}
	for name, body := range bodies {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, err := feishu.NewOpener(openerConfig()).Open(sign(body), body)
			if err == nil {
				t.Fatal("opened")
			}
			if kind := bot.KindOf(err); kind != bot.Invalid && kind != bot.Denied {
				t.Fatalf("got %s", kind)
			}
			for _, secret := range []string{testToken, testKey, "docs?", testApp} {
				if strings.Contains(err.Error(), secret) {
					t.Fatalf("the error %q quotes the request or a secret", err)
				}
			}
		})
	}
}

func TestSpacedAndExtendedOuterJSON(t *testing.T) {
	t.Parallel()
	tight := string(seal(t, eventFile(t, "said-talk")))
	text := strings.TrimSuffix(strings.TrimPrefix(tight, `{"encrypt":"`), `"}`)
	for _, body := range []string{
		tight,
		" { \"encrypt\" : \"" + text + "\" }\n",
		`{"schema":"2.0","encrypt":"` + text + `"}`,
		`{"encrypt":"` + text + `","more":"x"}`,
		`{"encrypt":"` + strings.ReplaceAll(text, "/", `\/`) + `"}`,
	} {
		envelope, err := feishu.NewOpener(openerConfig()).Open(sign([]byte(body)), []byte(body))
		if err != nil || envelope.Event.DedupeID != "om_cmd0000000000000000000000000001" {
			t.Fatalf("%.40s…: got %+v, %v", body, envelope, err)
		}
	}
}

// No request may leak into another, although buffers are shared.
func TestOpenConcurrently(t *testing.T) {
	t.Parallel()
	opener := feishu.NewOpener(openerConfig())
	names := []string{"said-docs-sample", "reacted", "recalled", "chat-updated"}
	done := make(chan error, 8)
	for i := range cap(done) {
		want := string(eventFile(t, names[i%len(names)]))
		id := "event-" + strconv.Itoa(i)
		header, body := sealed(t, strings.Replace(want, "f7a1c0de8e2b4c55a0f1e0b9d3c2aa01", id, 1))
		go func() {
			for range 200 {
				envelope, err := opener.Open(header, body)
				if err != nil || envelope.Event.ID != bot.EventID(id) {
					done <- bot.Errorf(bot.Internal, "%s became %+v, %w", id, envelope, err)
					return
				}
			}
			done <- nil
		}()
	}
	for range cap(done) {
		if err := <-done; err != nil {
			t.Fatal(err)
		}
	}
}

func TestOpenTrusted(t *testing.T) {
	t.Parallel()
	opener := feishu.NewOpener(openerConfig())
	event := string(eventFile(t, "reacted"))
	if envelope, err := opener.OpenTrusted([]byte(strings.Replace(event, testToken, "", 1))); err != nil || envelope.Event.Type != bot.TypeReacted {
		t.Fatalf("got %+v, %v", envelope, err)
	}
	_, err := opener.OpenTrusted([]byte(strings.Replace(event, testApp, "cli_other", 1)))
	wantKind(t, err, bot.Denied)
	_, err = opener.OpenTrusted([]byte(strings.Replace(event, testToken, "another-token", 1)))
	wantKind(t, err, bot.Denied)
	_, err = opener.OpenTrusted([]byte(challengeBody))
	wantKind(t, err, bot.Invalid)
	_, err = opener.OpenTrusted([]byte("x"))
	wantKind(t, err, bot.Invalid)
}
