package store

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/rand"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"time"

	"recallbot/bot"
)

// keyBytes is the length of a key: AES-256.
const keyBytes = 32

// ArchiveConfig is the section "archive".
type ArchiveConfig struct {
	// Key encrypts the archive: 32 bytes in hex or base64; empty means off.
	Key bot.Secret `yaml:"key"`
	// OldKey is the key before this one, for decryption only.
	OldKey bot.Secret `yaml:"old_key"`
	// Retention is how long posts are kept; 0 means off.
	Retention time.Duration `yaml:"retention"`
}

// DefaultArchive returns the defaults.
func DefaultArchive() ArchiveConfig { return ArchiveConfig{Retention: 72 * time.Hour} }

// On reports whether the archive is on.
func (c ArchiveConfig) On() bool { return c.Key != "" && c.Retention > 0 }

const (
	minRetention = time.Minute
	maxRetention = 30 * 24 * time.Hour
)

// Validate returns all faults joined, with the keys' names and without the keys.
func (c ArchiveConfig) Validate() error {
	var errs []error
	for name, key := range map[string]bot.Secret{"key": c.Key, "old_key": c.OldKey} {
		if err := CheckKey(key); err != nil {
			errs = append(errs, bot.InSetting("archive."+name, err))
		}
	}
	if c.Retention != 0 && (c.Retention < minRetention || c.Retention > maxRetention) {
		errs = append(errs, bot.WrongSetting("archive.retention", "must be 0 (off) or %s to %s, not %s", minRetention, maxRetention, c.Retention))
	}
	return errors.Join(errs...)
}

var errKey = bot.WrongSetting("", "must be 32 bytes in hex or base64, such as `openssl rand -base64 32` prints")

// CheckKey returns an error for a key that is not 32 bytes in hex or base64; an empty key is valid.
func CheckKey(key bot.Secret) error {
	if key == "" {
		return nil
	}
	_, err := keyOf(key)
	return err
}

func keyOf(key bot.Secret) ([]byte, error) {
	if raw, err := hex.DecodeString(key.Reveal()); err == nil && len(raw) == keyBytes {
		return raw, nil
	}
	for _, encoding := range []*base64.Encoding{base64.StdEncoding, base64.RawStdEncoding, base64.URLEncoding, base64.RawURLEncoding} {
		if raw, err := encoding.DecodeString(key.Reveal()); err == nil && len(raw) == keyBytes {
			return raw, nil
		}
	}
	return nil, errKey
}

// sealer encrypts with AES-256-GCM and its first key, and decrypts with all.
type sealer []cipher.AEAD

func newSealer(keys ...bot.Secret) (sealer, error) {
	var s sealer
	for _, key := range keys {
		if key == "" {
			continue
		}
		raw, err := keyOf(key)
		if err != nil {
			return nil, bot.Errorf(bot.Invalid, "key: %w", err)
		}
		block, err := aes.NewCipher(raw)
		if err != nil {
			return nil, bot.Errorf(bot.Internal, "key: %w", err)
		}
		aead, err := cipher.NewGCM(block)
		if err != nil {
			return nil, bot.Errorf(bot.Internal, "key: %w", err)
		}
		s = append(s, aead)
	}
	return s, nil
}

// seal encrypts with additional data, which open must get too.
func (s sealer) seal(plain []byte, additional string) []byte {
	nonce := make([]byte, s[0].NonceSize())
	_, _ = rand.Read(nonce) // never fails
	return s[0].Seal(nonce, nonce, plain, []byte(additional))
}

// open decrypts; false if no key can.
func (s sealer) open(sealed []byte, additional string) ([]byte, bool) {
	for _, aead := range s {
		n := aead.NonceSize()
		if len(sealed) < n {
			return nil, false
		}
		if plain, err := aead.Open(nil, sealed[:n], sealed[n:], []byte(additional)); err == nil {
			return plain, true
		}
	}
	return nil, false
}
