package feishu_test

import (
	"strings"
	"testing"

	"recallbot/feishu"
)

// BenchmarkOpen opens a typical request: an encrypted and signed message of about 1.2 kB without a command.
func BenchmarkOpen(b *testing.B) {
	plain := strings.Replace(string(eventFile(b, "said-talk")), "did you see /recall in", strings.Repeat("did you see it in ", 4), 1)
	header, body := sealed(b, plain)
	opener := feishu.NewOpener(openerConfig())
	b.SetBytes(int64(len(body)))
	b.ReportAllocs()
	for b.Loop() {
		if _, err := opener.Open(header, body); err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkOpenForged opens a forged request.
func BenchmarkOpenForged(b *testing.B) {
	header, body := sealed(b, string(eventFile(b, "said-talk")))
	header.Set("X-Lark-Signature", strings.Repeat("0", 64))
	opener := feishu.NewOpener(openerConfig())
	b.ReportAllocs()
	for b.Loop() {
		if _, err := opener.Open(header, body); err == nil {
			b.Fatal("opened")
		}
	}
}
