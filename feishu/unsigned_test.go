package feishu_test

import (
	"net/http"
	"strings"
	"testing"

	"recallbot/bot"
	"recallbot/feishu"
)

// TestUnsignedBodyLimit: large unsigned requests are neither read nor decrypted; signed ones may be large.
func TestUnsignedBodyLimit(t *testing.T) {
	t.Parallel()
	long := strings.Replace(challengeBody, "ajls384", strings.Repeat("a", 2000), 1)
	opener := feishu.NewOpener(openerConfig())
	for name, body := range map[string][]byte{"encrypted": seal(t, []byte(long)), "plain": []byte(long)} {
		_, err := opener.Open(http.Header{}, body)
		wantKind(t, err, bot.Denied)
		if limit := opener.MaxBody(http.Header{}); limit >= len(body) {
			t.Errorf("%s: %d bytes are read of a stranger", name, limit)
		}
		if _, err := opener.Open(sign(body), body); err != nil {
			t.Errorf("%s, signed: %v", name, err)
		}
		if limit := opener.MaxBody(sign(body)); limit != 1<<20 {
			t.Errorf("%s: %d bytes are read of what is signed", name, limit)
		}
	}
	challenge := seal(t, []byte(strings.Replace(challengeBody, "ajls384", strings.Repeat("a", 300), 1)))
	if limit := opener.MaxBody(http.Header{}); limit < len(challenge) {
		t.Errorf("a challenge of 300 letters, which has %d bytes, is not read", len(challenge))
	}
	cfg := openerConfig()
	cfg.EncryptKey, cfg.AllowUnsigned = "", true
	if limit := feishu.NewOpener(cfg).MaxBody(http.Header{}); limit != 1<<20 {
		t.Errorf("%d bytes are read where nothing is signed", limit)
	}
}

// TestUnsignedRefusalsAreAlike: the response does not depend on the decrypted text.
func TestUnsignedRefusalsAreAlike(t *testing.T) {
	t.Parallel()
	event := []byte(`{"type":"event_callback","uuid":"12345"}`)
	texts := map[string]string{}
	for name, blocks := range map[string][]byte{
		"right padding, no challenge": pad(event, 8), "right padding, no JSON": pad([]byte("12345678"), 8),
		"wrong padding": append(pad(event, 8)[:47], 9), "no padding": pad(event, 8)[:32],
	} {
		_, err := feishu.NewOpener(openerConfig()).Open(http.Header{}, []byte(`{"encrypt":"`+encryptRaw(t, testKey, blocks)+`"}`))
		wantKind(t, err, bot.Denied)
		texts[name] = err.Error()
	}
	for name, text := range texts {
		if text != texts["wrong padding"] {
			t.Errorf("%s: %s", name, text)
		}
	}
}
