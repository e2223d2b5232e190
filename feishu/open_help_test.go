package feishu_test

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"net/http"
	"os"
	"path/filepath"
	"testing"
	"time"

	larkcore "github.com/larksuite/oapi-sdk-go/v3/core"

	"recallbot/bot"
	"recallbot/feishu"
)

const (
	testToken = "v3rificationT0ken"
	testKey   = "encrypt key of the app"
	testApp   = "cli_a1b2c3d4e5f60708"
)

// testTime is the time of the tests' requests.
func testTime() time.Time { return time.Unix(1717050001, 0) }

func openerConfig() feishu.Config {
	cfg := feishu.Defaults()
	cfg.AppID, cfg.AppSecret = testApp, "secret"
	cfg.VerificationToken, cfg.EncryptKey = testToken, testKey
	cfg.Now = testTime
	return cfg
}

// seal encrypts with the SDK, to check our decryption against it.
func seal(tb testing.TB, plain []byte) []byte {
	tb.Helper()
	text, err := larkcore.EncryptedEventMsg(tb.Context(), plain, testKey)
	if err != nil {
		tb.Fatal(err)
	}
	return []byte(`{"encrypt":"` + text + `"}`)
}

func signAt(timestamp string, body []byte) http.Header {
	sum := sha256.Sum256([]byte(timestamp + "nonce" + testKey + string(body)))
	header := http.Header{}
	header.Set("X-Lark-Request-Timestamp", timestamp)
	header.Set("X-Lark-Request-Nonce", "nonce")
	header.Set("X-Lark-Signature", hex.EncodeToString(sum[:]))
	return header
}

func sign(body []byte) http.Header { return signAt("1717050000", body) }

// sealed is a request as the platform sends it: encrypted and signed.
func sealed(tb testing.TB, plain string) (http.Header, []byte) {
	tb.Helper()
	body := seal(tb, []byte(plain))
	return sign(body), body
}

// eventFile returns a recorded event as compact JSON.
func eventFile(tb testing.TB, name string) []byte {
	tb.Helper()
	data, err := os.ReadFile(filepath.Join("testdata", "events", name+".json"))
	if err != nil {
		tb.Fatal(err)
	}
	var event any
	if err := json.Unmarshal(data, &event); err != nil {
		tb.Fatal(err)
	}
	compact, err := json.Marshal(event)
	if err != nil {
		tb.Fatal(err)
	}
	return compact
}

func wantKind(tb testing.TB, err error, want bot.ErrorKind) {
	tb.Helper()
	if err == nil {
		tb.Fatalf("got no error, want %s", want)
	}
	if got := bot.KindOf(err); got != want {
		tb.Fatalf("got %s (%v), want %s", got, err, want)
	}
}
