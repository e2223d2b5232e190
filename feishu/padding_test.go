package feishu_test

import (
	"bytes"
	"crypto/aes"
	"crypto/cipher"
	"crypto/sha256"
	"encoding/base64"
	"slices"
	"testing"

	"recallbot/bot"
	"recallbot/feishu"
)

// encryptRaw encrypts whole blocks, with their padding as it is.
func encryptRaw(tb testing.TB, key string, blocks []byte) string {
	tb.Helper()
	sum := sha256.Sum256([]byte(key))
	block, err := aes.NewCipher(sum[:])
	if err != nil {
		tb.Fatal(err)
	}
	out := make([]byte, aes.BlockSize+len(blocks))
	cipher.NewCBCEncrypter(block, out[:aes.BlockSize]).CryptBlocks(out[aes.BlockSize:], blocks)
	return base64.StdEncoding.EncodeToString(out)
}

func pad(plain []byte, n int) []byte {
	return append(slices.Clone(plain), bytes.Repeat([]byte{byte(n)}, n)...)
}

func TestPaddingIsCheckedInFull(t *testing.T) {
	t.Parallel()
	event := eventFile(t, "reacted")
	for len(event)%aes.BlockSize != 11 { // leaves room for 5 bytes of padding
		event = append(event, ' ')
	}
	wrong := func(at int, value byte) []byte {
		blocks := pad(event, 5)
		blocks[len(blocks)-at] = value
		return blocks
	}
	for _, tt := range []struct {
		name   string
		blocks []byte
		want   bool
	}{
		{"right", pad(event, 5), true},
		{"a whole block of it", pad(append(slices.Clone(event), "     "...), 16), true},
		{"last byte zero", wrong(1, 0), false},
		{"last byte 17", wrong(1, 17), false},
		{"last byte 255", wrong(1, 255), false},
		{"one more than there is", wrong(1, 6), false},
		{"first byte of it differs", wrong(5, 4), false},
		{"a middle byte of it differs", wrong(3, 1), false},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			body := []byte(`{"encrypt":"` + encryptRaw(t, testKey, tt.blocks) + `"}`)
			_, err := feishu.NewOpener(openerConfig()).Open(sign(body), body)
			if tt.want && err != nil {
				t.Fatal(err)
			}
			if !tt.want {
				wantKind(t, err, bot.Invalid)
			}
		})
	}
}

// TestPublishedVector is the example in the platform's documentation.
func TestPublishedVector(t *testing.T) {
	t.Parallel()
	got, err := feishu.Decrypt("test key", []byte("P37w+VZImNgPEO1RBhJ6RtKl7n6zymIbEG1pReEzghk="))
	if err != nil || string(got) != "hello world" {
		t.Fatalf("got %q, %v", got, err)
	}
}
