package feishu

import (
	"crypto/aes"
	"crypto/sha256"
	"slices"
	"strings"
	"time"
)

// Decrypt decrypts with an encrypt key.
func Decrypt(key string, cipherText []byte) ([]byte, error) {
	sum := sha256.Sum256([]byte(key))
	block, err := aes.NewCipher(sum[:])
	if err != nil {
		return nil, err
	}
	return decrypt(block, cipherText, new([]byte))
}

// KnownCodes are the codes of the table.
func KnownCodes() []int {
	var codes []int
	for code := range codeTable() {
		codes = append(codes, code)
	}
	return codes
}

// TransientCodes are the codes of internal and temporary errors.
func TransientCodes() []int { return transientCodes() }

// WithoutRecallButton is withoutRecallButton.
func WithoutRecallButton(content string) string { return withoutRecallButton(content) }

// NamedEvents are the event types that the websocket registers at the start.
func NamedEvents() []string { return slices.Concat(wantedEvents(), strings.Fields(otherEvents)) }

// ReconnectWait is reconnectWait.
func ReconnectWait(tries int, part float64) time.Duration { return reconnectWait(tries, part) }

// AccountsOf is accounts.
func AccountsOf(base string) (begin, lark string) { return accounts(base) }

// WrongDomain is wrongDomain.
func WrongDomain(base string) string { return wrongDomain(base) }

// BaseURLOf is baseURLOf.
func BaseURLOf(base string, lark bool) string { return baseURLOf(base, lark) }

// IsSafePath is isPlain.
var IsSafePath = isSafePath
