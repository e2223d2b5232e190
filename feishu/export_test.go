package feishu

import (
	"crypto/aes"
	"crypto/sha256"
	"slices"
	"strings"
	"time"
)

// Decrypt is decrypt for a key's text.
func Decrypt(key string, cipherText []byte) ([]byte, error) {
	sum := sha256.Sum256([]byte(key))
	block, err := aes.NewCipher(sum[:])
	if err != nil {
		return nil, err
	}
	return decrypt(block, cipherText, new([]byte))
}

// KnownCodes are all codes of the table.
func KnownCodes() []int {
	var codes []int
	for code := range codeTable() {
		codes = append(codes, code)
	}
	return codes
}

// TransientCodes are the codes of the platform's own faults.
func TransientCodes() []int { return transientCodes() }

// WithoutRecallButton is withoutTakeBack.
func WithoutRecallButton(content string) string { return withoutRecallButton(content) }

// NamedEvents are the types of events that the websocket has handlers for from the start.
func NamedEvents() []string { return slices.Concat(wantedEvents(), strings.Fields(otherEvents)) }

// ReconnectWait is how long the websocket waits before a try.
func ReconnectWait(tries int, part float64) time.Duration { return reconnectWait(tries, part) }

// AccountsOf gives the addresses of the accounts service.
func AccountsOf(base string) (begin, lark string) { return accounts(base) }

// WrongDomain is what is said of an app that lives elsewhere.
func WrongDomain(base string) string { return wrongDomain(base) }

// BaseURLOf is where a new app lives.
func BaseURLOf(base string, lark bool) string { return baseURLOf(base, lark) }

// IsSafePath is isPlain.
var IsSafePath = isSafePath
