package feishu

import (
	"crypto/sha256"
	"crypto/subtle"
	"encoding/hex"
	"net/http"
	"time"
)

// The headers of a signed request.
const (
	headerTimestamp = "X-Lark-Request-Timestamp"
	headerNonce     = "X-Lark-Request-Nonce"
	headerSignature = "X-Lark-Signature"
)

// checkSignature reports whether the request is signed. It fails unless the signature of the raw body is right and
// its timestamp within the window. The platform signs everything but challenges
// (docs/platform.md#signature-and-encryption).
func (o *Opener) checkSignature(header http.Header, body []byte) (signed bool, err error) {
	if !isSigned(header) {
		return false, nil
	}
	timestamp, nonce, signature := header.Get(headerTimestamp), header.Get(headerNonce), header.Get(headerSignature)
	buffer, _ := o.buffers.Get().(*[]byte)
	defer o.buffers.Put(buffer)
	text := append((*buffer)[:0], timestamp...)
	text = append(text, nonce...)
	text = append(text, o.cfg.EncryptKey...)
	hash := sha256.New()
	_, _ = hash.Write(text)
	_, _ = hash.Write(body) // not copied, since it may be large
	text = hash.Sum(text[:0])
	*buffer = text
	var want [2 * sha256.Size]byte
	hex.Encode(want[:], text)
	if subtle.ConstantTimeCompare([]byte(signature), want[:]) != 1 {
		return true, denied("wrong signature")
	}
	sent, ok := parseTime(timestamp)
	if !ok {
		return true, denied("unreadable timestamp")
	}
	if age := o.cfg.now().Sub(sent); age.Abs() > o.cfg.maxAge() {
		return true, denied("sent too long ago, or ahead of our clock")
	}
	return true, nil
}

// isSigned reports whether a request has any header of a signature.
func isSigned(header http.Header) bool {
	return header.Get(headerTimestamp) != "" || header.Get(headerNonce) != "" || header.Get(headerSignature) != ""
}

// parseTime parses the platform's times: digits in seconds, milliseconds or microseconds, depending on their size.
func parseTime(text string) (time.Time, bool) {
	if text == "" || len(text) > 17 {
		return time.Time{}, false
	}
	var n int64
	for _, c := range []byte(text) {
		if c < '0' || c > '9' {
			return time.Time{}, false
		}
		n = n*10 + int64(c-'0')
	}
	switch {
	case n == 0:
		return time.Time{}, false
	case n < 1e11:
		return time.Unix(n, 0), true
	case n < 1e14:
		return time.UnixMilli(n), true
	default:
		return time.UnixMicro(n), true
	}
}
