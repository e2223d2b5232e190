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
	Keep(ctx context.Context, sealed []byte, ttl time.Duration) error
	// Drop takes away what is kept if it is this.
	Drop(ctx context.Context, sealed []byte) error
	// Turn reports whether it is the caller's turn to fetch a token; the turn ends with Done, or by itself after ttl.
	Turn(ctx context.Context, ttl time.Duration) (bool, error)
	Done(ctx context.Context) error
}

const (
	// turnLife is how long a replica that died while it fetched a token holds up the others.
	turnLife = 3 * time.Second
	// turnPause is how often those that wait look again.
	turnPause = 50 * time.Millisecond
)

// shared is a token as all replicas have it.
type shared struct {
	sealed []byte
	token  string
	ends   time.Time
}

// sealer encrypts tokens with a key that only who knows the app's secret has.
type sealer struct {
	aead  cipher.AEAD
	place []byte
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

func (s *sealer) seal(token string, ends time.Time) shared {
	nonce := make([]byte, s.aead.NonceSize())
	_, _ = rand.Read(nonce) // never fails
	plain := append(binary.BigEndian.AppendUint64(nil, uint64(ends.UnixMilli())), token...)
	return shared{s.aead.Seal(nonce, nonce, plain, s.place), token, ends}
}

// open reports false for what was sealed by another app, with another secret, or by nobody.
func (s *sealer) open(sealed []byte) (shared, bool) {
	const timeBytes = 8
	n := s.aead.NonceSize()
	if len(sealed) < n {
		return shared{}, false
	}
	plain, err := s.aead.Open(nil, sealed[:n], sealed[n:], s.place)
	if err != nil || len(plain) <= timeBytes {
		return shared{}, false
	}
	ends := time.UnixMilli(int64(binary.BigEndian.Uint64(plain))) //nolint:gosec // was a time when it was sealed
	return shared{sealed, string(plain[timeBytes:]), ends}, true
}

// obtain gives a token that is on the shelf, or fetches one and puts it there. One replica fetches, the others wait for what it
// gets; where the shelf can't be reached each fetches for itself.
func (t *tokens) obtain(ctx context.Context) (shared, error) {
	if t.shelf == nil {
		return t.fetchOwn(ctx)
	}
	deadline := t.now().Add(turnLife)
	for {
		if found, ok := t.onShelf(ctx); ok {
			return found, nil
		}
		mine, err := t.shelf.Turn(ctx, turnLife)
		if err != nil || t.now().After(deadline) {
			return t.fetchOwn(ctx)
		}
		if mine {
			return t.fetchForAll(ctx)
		}
		select {
		case <-ctx.Done():
			return shared{}, ctx.Err()
		case <-time.After(turnPause):
		}
	}
}

func (t *tokens) onShelf(ctx context.Context) (shared, bool) {
	sealed, err := t.shelf.Load(ctx)
	if err != nil || len(sealed) == 0 {
		return shared{}, false
	}
	found, ok := t.seals.open(sealed)
	t.mu.Lock()
	defer t.mu.Unlock()
	return found, ok && found.token != t.refused && t.now().Before(found.ends.Add(-tokenMargin))
}

// fetchForAll ends its turn in any case: after a failure the next one tries.
func (t *tokens) fetchForAll(ctx context.Context) (shared, error) {
	defer func() { _ = t.shelf.Done(context.WithoutCancel(ctx)) }() // it ends by itself otherwise
	if found, ok := t.onShelf(ctx); ok {
		return found, nil // put there between the look and the turn
	}
	got, err := t.fetchOwn(ctx)
	if err != nil {
		return shared{}, err
	}
	if life := got.ends.Sub(t.now()) - tokenMargin; life > 0 {
		_ = t.shelf.Keep(ctx, got.sealed, life) // the others fetch for themselves then
	}
	return got, nil
}

func (t *tokens) fetchOwn(ctx context.Context) (shared, error) {
	token, life, err := t.fetch(ctx)
	if err != nil {
		return shared{}, err
	}
	ends := t.now().Add(life)
	if t.seals == nil {
		return shared{token: token, ends: ends}, nil
	}
	return t.seals.seal(token, ends), nil
}
