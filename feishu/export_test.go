package feishu

import (
	"crypto/aes"
	"crypto/sha256"
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

// WithoutTakeBack is withoutTakeBack.
func WithoutTakeBack(content string) string { return withoutTakeBack(content) }
