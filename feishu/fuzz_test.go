package feishu_test

import (
	"encoding/base64"
	"net/http"
	"os"
	"path/filepath"
	"testing"

	"recallbot/bot"
	"recallbot/feishu"
)

func seeds(f *testing.F) [][]byte {
	f.Helper()
	files, err := filepath.Glob("testdata/events/*.json")
	if err != nil || len(files) == 0 {
		f.Fatal("no recorded events", err)
	}
	all := [][]byte{[]byte(challengeBody), []byte(`{}`), []byte(`{"type":"event_callback","event":{}}`)}
	for _, file := range files {
		data, err := os.ReadFile(file)
		if err != nil {
			f.Fatal(err)
		}
		all = append(all, data)
	}
	return all
}

func checkOutcome(t *testing.T, envelope bot.Envelope, err error) {
	t.Helper()
	if err != nil {
		if kind := bot.KindOf(err); kind != bot.Invalid && kind != bot.Denied {
			t.Fatalf("kind %s of %v", kind, err)
		}
		return
	}
	if envelope.Challenge != "" && envelope.Event.Body != nil {
		t.Fatalf("both a challenge and an event: %+v", envelope)
	}
	if p, ok := envelope.Event.Body.(bot.Pressed); ok && (p.By == "" || p.Message == "" || p.Chat == "" || p.At.IsZero() || p.Press.Action == "") {
		t.Fatalf("a press without person, place or action: %+v", p)
	}
	if said, ok := envelope.Event.Body.(bot.Said); ok {
		if said.Message.ID == "" || said.Message.Chat == "" || said.Message.At.IsZero() {
			t.Fatalf("a message without id, chat or time: %+v", said)
		}
		if said.Command != nil && said.Message.Kind != bot.KindPerson {
			t.Fatalf("a command that no person gave: %+v", said)
		}
	}
}

// FuzzOpen: an unsigned request is never an event.
func FuzzOpen(f *testing.F) {
	for _, seed := range seeds(f) {
		f.Add(seed, "1717050000", "nonce", "")
		f.Add(seal(f, seed), "1717050000", "", "00")
	}
	opener := feishu.NewOpener(openerConfig())
	f.Fuzz(func(t *testing.T, body []byte, timestamp, nonce, signature string) {
		header := http.Header{}
		header.Set("X-Lark-Request-Timestamp", timestamp)
		header.Set("X-Lark-Request-Nonce", nonce)
		header.Set("X-Lark-Signature", signature)
		envelope, err := opener.Open(header, body)
		if err == nil && envelope.Challenge == "" {
			t.Fatalf("opened an unsigned event: %+v", envelope)
		}
		checkOutcome(t, envelope, err)
	})
}

// FuzzDecrypt: what decrypts is the blocks without their padding.
func FuzzDecrypt(f *testing.F) {
	f.Add("P37w+VZImNgPEO1RBhJ6RtKl7n6zymIbEG1pReEzghk=")
	f.Add("")
	f.Add(base64.StdEncoding.EncodeToString(make([]byte, 4096)))
	f.Fuzz(func(t *testing.T, text string) {
		plain, err := feishu.Decrypt("test key", []byte(text))
		if err != nil {
			wantKind(t, err, bot.Invalid)
			return
		}
		blocks, err := base64.StdEncoding.DecodeString(text)
		if err != nil || len(plain) < len(blocks)-32 || len(plain) >= len(blocks)-16 {
			t.Fatalf("%d bytes of %d, %v", len(plain), len(blocks), err)
		}
	})
}

// FuzzDecode opens correctly signed and encrypted random texts.
func FuzzDecode(f *testing.F) {
	for _, seed := range seeds(f) {
		f.Add(seed)
	}
	opener := feishu.NewOpener(openerConfig())
	opener.SetSelf(feishu.Self{OpenID: "ou_bot", Name: "RecallBot"})
	f.Fuzz(func(t *testing.T, plain []byte) {
		body := seal(t, plain)
		envelope, err := opener.Open(sign(body), body)
		checkOutcome(t, envelope, err)
		if trusted, err := opener.OpenTrusted(plain); err == nil && trusted.Challenge != "" {
			t.Fatal("a challenge on a trusted channel")
		}
	})
}
