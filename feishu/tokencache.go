package feishu

import (
	"context"
	"crypto/aes"
	"crypto/cipher"
	"crypto/hkdf"
	"crypto/rand"
	"crypto/sha256"
	"encoding/binary"
	"time"

	"recallbot/bot"
)

// TokenCache shares the encrypted tenant token among all replicas.
type TokenCache interface {
	// Load returns the value, or nothing.
	Load(ctx context.Context) ([]byte, error)
	Store(ctx context.Context, sealed []byte, ttl time.Duration) error
	// Delete deletes the value if it equals sealed.
	Delete(ctx context.Context, sealed []byte) error
	// TryLock reports whether the caller may fetch a token. The lock ends with Unlock or after ttl.
	TryLock(ctx context.Context, ttl time.Duration) (bool, error)
	Unlock(ctx context.Context) error
}

const (
	// fetchLockTTL is how long a replica that died during a fetch blocks the others.
	fetchLockTTL = 3 * time.Second
	// cachePollInterval is how often a replica without the lock looks into the cache.
	cachePollInterval = 50 * time.Millisecond
)

// cachedToken is a token as the replicas share it.
type cachedToken struct {
	sealed  []byte
	token   string
	expires time.Time
}

// sealer encrypts tokens with a key derived from the app's secret.
type sealer struct {
	aead           cipher.AEAD
	additionalData []byte
}

func newSealer(cfg Config) (*sealer, error) {
	key, err := hkdf.Key(sha256.New, []byte(cfg.AppSecret.Reveal()), nil, "recallbot tenant token", 32)
	if err != nil {
		return nil, err
	}
	block, err := aes.NewCipher(key)
	if err != nil {
		return nil, err
	}
	aead, err := cipher.NewGCM(block)
	return &sealer{aead, []byte(cfg.BaseURL + " " + cfg.AppID)}, err
}

func (s *sealer) seal(token string, expires time.Time) cachedToken {
	nonce := make([]byte, s.aead.NonceSize())
	_, _ = rand.Read(nonce) // never fails
	plain := append(binary.BigEndian.AppendUint64(nil, uint64(expires.UnixMilli())), token...)
	return cachedToken{s.aead.Seal(nonce, nonce, plain, s.additionalData), token, expires}
}

// open reports false for data of another app, platform or secret, and for damaged data.
func (s *sealer) open(sealed []byte) (cachedToken, bool) {
	const timeBytes = 8
	n := s.aead.NonceSize()
	if len(sealed) < n {
		return cachedToken{}, false
	}
	plain, err := s.aead.Open(nil, sealed[:n], sealed[n:], s.additionalData)
	if err != nil || len(plain) <= timeBytes {
		return cachedToken{}, false
	}
	expires := time.UnixMilli(int64(binary.BigEndian.Uint64(plain))) //nolint:gosec // was a time when it was sealed
	return cachedToken{sealed, string(plain[timeBytes:]), expires}, true
}

// loadOrFetch returns the cached token, or fetches one and caches it. One replica fetches while the others wait. If
// the cache is unavailable, each replica fetches its own.
func (t *tokens) loadOrFetch(ctx context.Context) (cachedToken, error) {
	if t.cache == nil {
		return t.fetchNew(ctx)
	}
	deadline := t.now().Add(fetchLockTTL)
	for {
		if found, ok := t.loadCached(ctx); ok {
			return found, nil
		}
		locked, err := t.cache.TryLock(ctx, fetchLockTTL)
		if err != nil || t.now().After(deadline) {
			return t.fetchNew(ctx)
		}
		if locked {
			return t.fetchAndStore(ctx)
		}
		if err := bot.Sleep(ctx, cachePollInterval); err != nil {
			return cachedToken{}, err
		}
	}
}

func (t *tokens) loadCached(ctx context.Context) (cachedToken, bool) {
	sealed, err := t.cache.Load(ctx)
	if err != nil || len(sealed) == 0 {
		return cachedToken{}, false
	}
	found, ok := t.sealer.open(sealed)
	t.mu.Lock()
	defer t.mu.Unlock()
	return found, ok && found.token != t.rejected && t.now().Before(found.expires.Add(-tokenMargin))
}

// fetchAndStore unlocks in any case, so that another replica tries after a failure.
func (t *tokens) fetchAndStore(ctx context.Context) (cachedToken, error) {
	defer func() { _ = t.cache.Unlock(context.WithoutCancel(ctx)) }() // the lock expires otherwise
	if found, ok := t.loadCached(ctx); ok {
		return found, nil // stored before we got the lock
	}
	got, err := t.fetchNew(ctx)
	if err != nil {
		return cachedToken{}, err
	}
	if ttl := got.expires.Sub(t.now()) - tokenMargin; ttl > 0 {
		_ = t.cache.Store(ctx, got.sealed, ttl) // without it the others fetch their own
	}
	return got, nil
}

func (t *tokens) fetchNew(ctx context.Context) (cachedToken, error) {
	token, ttl, err := t.fetch(ctx)
	if err != nil {
		return cachedToken{}, err
	}
	expires := t.now().Add(ttl)
	if t.sealer == nil {
		return cachedToken{token: token, expires: expires}, nil
	}
	return t.sealer.seal(token, expires), nil
}
