package sandbox

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"net/http"
	"strconv"
	"time"
)

// Sign returns the X-Lark-Signature of a body.
func (f *Feishu) Sign(body []byte, timestamp, nonce string) string {
	return sign(body, timestamp, nonce, f.world.app.EncryptKey)
}

func sign(body []byte, timestamp, nonce, key string) string {
	h := sha256.New()
	h.Write([]byte(timestamp + nonce + key))
	h.Write(body)
	return hex.EncodeToString(h.Sum(nil))
}

// SignedHeader returns the headers of a signed request with a new nonce.
func (f *Feishu) SignedHeader(body []byte, at time.Time) http.Header {
	return f.signedHeader(body, at, f.world.app.EncryptKey)
}

func (f *Feishu) signedHeader(body []byte, at time.Time, key string) http.Header {
	timestamp, nonce := strconv.FormatInt(at.Unix(), 10), f.ids.hex(10)
	h := http.Header{}
	h.Set("X-Lark-Request-Timestamp", timestamp)
	h.Set("X-Lark-Request-Nonce", nonce)
	h.Set("X-Lark-Signature", sign(body, timestamp, nonce, key))
	return h
}

// Encrypt encrypts a body as the platform does: AES-256-CBC with a random IV in front, the SHA-256 of the key, in
// base64 under "encrypt".
func (f *Feishu) Encrypt(plain []byte) []byte { return encrypt(plain, f.world.app.EncryptKey) }

func encrypt(plain []byte, key string) []byte {
	sum := sha256.Sum256([]byte(key))
	block, err := aes.NewCipher(sum[:])
	if err != nil {
		panic(err) // a SHA-256 sum is a valid key
	}
	pad := aes.BlockSize - len(plain)%aes.BlockSize
	out := make([]byte, aes.BlockSize+len(plain)+pad)
	iv, padded := out[:aes.BlockSize], out[aes.BlockSize:]
	if _, err := rand.Read(iv); err != nil {
		panic(err) // crypto/rand never fails
	}
	copy(padded, plain)
	for i := len(plain); i < len(padded); i++ {
		padded[i] = byte(pad)
	}
	cipher.NewCBCEncrypter(block, iv).CryptBlocks(padded, padded) //nolint:gosec // iv is random, filled above
	body, err := json.Marshal(map[string]string{"encrypt": base64.StdEncoding.EncodeToString(out)})
	if err != nil {
		panic(err) // strings always marshal
	}
	return body
}
