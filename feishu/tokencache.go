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
)

// TokenCache holds the tenant token for all replicas, sealed: it never sees the token itself.
type TokenCache interface {
	// Load gives what is kept, or nothing.
	Load(ctx context.Context) ([]byte, error)
	Store(ctx context.Context, sealed []byte, ttl time.Duration) error
	// Delete takes away what is kept if it is this.
	Delete(ctx context.Context, sealed []byte) error
	// TryLock reports whether it is the caller's turn to fetch a token; the turn ends with Done, or by itself after ttl.
	TryLock(ctx context.Context, ttl time.Duration) (bool, error)
	Unlock(ctx context.Context) error
}

const (
	// fetchLockTTL is how long a replica that died while it fetched a token holds up the others.
	fetchLockTTL = 3 * time.Second
	// cachePollInterval is how often those that wait look again.
	cachePollInterval = 50 * time.Millisecond
)

// cachedToken is a token as all replicas have it.
type cachedToken struct {
	sealed  []byte
	token   string
	expires time.Time
}

// sealer encrypts tokens with a key that only who knows the app's secret has.
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

func (s *sealer) seal(token string, ends time.Time) cachedToken {
	nonce := make([]byte, s.aead.NonceSize())
	_, _ = rand.Read(nonce) // never fails
	plain := append(binary.BigEndian.AppendUint64(nil, uint64(ends.UnixMilli())), token...)
	return cachedToken{s.aead.Seal(nonce, nonce, plain, s.additionalData), token, ends}
}

// open reports false for what was sealed by another app, with another secret, or by nobody.
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
	ends := time.UnixMilli(int64(binary.BigEndian.Uint64(plain))) //nolint:gosec // was a time when it was sealed
	return cachedToken{sealed, string(plain[timeBytes:]), ends}, true
}

// loadOrFetch gives a token that is on the shelf, or fetches one and puts it there. One replica fetches, the others wait for what it
// gets; where the shelf can't be reached each fetches for itself.
func (t *tokens) loadOrFetch(ctx context.Context) (cachedToken, error) {
	if t.cache == nil {
		return t.fetchNew(ctx)
	}
	deadline := t.now().Add(fetchLockTTL)
	for {
		if found, ok := t.loadCached(ctx); ok {
			return found, nil
		}
		mine, err := t.cache.TryLock(ctx, fetchLockTTL)
		if err != nil || t.now().After(deadline) {
			return t.fetchNew(ctx)
		}
		if mine {
			return t.fetchAndStore(ctx)
		}
		select {
		case <-ctx.Done():
			return cachedToken{}, ctx.Err()
		case <-time.After(cachePollInterval):
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

// fetchAndStore ends its turn in any case: after a failure the next one tries.
func (t *tokens) fetchAndStore(ctx context.Context) (cachedToken, error) {
	defer func() { _ = t.cache.Unlock(context.WithoutCancel(ctx)) }() // it ends by itself otherwise
	if found, ok := t.loadCached(ctx); ok {
		return found, nil // put there between the look and the turn
	}
	got, err := t.fetchNew(ctx)
	if err != nil {
		return cachedToken{}, err
	}
	if life := got.expires.Sub(t.now()) - tokenMargin; life > 0 {
		_ = t.cache.Store(ctx, got.sealed, life) // the others fetch for themselves then
	}
	return got, nil
}

func (t *tokens) fetchNew(ctx context.Context) (cachedToken, error) {
	token, life, err := t.fetch(ctx)
	if err != nil {
		return cachedToken{}, err
	}
	ends := t.now().Add(life)
	if t.sealer == nil {
		return cachedToken{token: token, expires: ends}, nil
	}
	return t.sealer.seal(token, ends), nil
}
