package store

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/base32"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"errors"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/redis/go-redis/v9"

	"recallbot/bot"
)

const (
	// maxTokens is the maximum of tokens.
	maxTokens = 1000
	// endedTokenTTL is how long a revoked or expired token is listed.
	endedTokenTTL = 90 * 24 * time.Hour
	// storeUsedEvery is how often the time of last use is stored.
	storeUsedEvery = time.Minute
	// tokenPrefix is the prefix of a bearer token; tokenIDBytes and tokenSecretBytes are the sizes of id and secret.
	tokenPrefix      = "rb_"
	tokenIDBytes     = 5
	tokenSecretBytes = 32
)

// Tokens stores API tokens, with SHA-256 hashes of their secrets: these are 256 random bits, so that no slow hash is needed.
type Tokens struct {
	client redis.UniversalClient
	create *redis.Script
	spend  *redis.Script
	wrong  *redis.Script
	now    func() time.Time

	mu sync.Mutex
	// principals is a cache.
	principals map[bot.TokenID]cachedPrincipal

	saltMu sync.Mutex
	salt   string // see bucketOf; empty until the first wrong token
}

// NewTokens returns the tokens of an open store.
func NewTokens(s *Store) *Tokens {
	return &Tokens{
		client: s.client, create: redis.NewScript(insertLua), spend: redis.NewScript(countCallLua),
		wrong: redis.NewScript(wrongLua), now: time.Now, principals: map[bot.TokenID]cachedPrincipal{},
	}
}

// insertLua stores a new token.
// KEYS: the token, the list of all. ARGV: the token, the hash of its secret, its id, the time of creation, the maximum of tokens,
// the time of its deletion in milliseconds or 0 for never.
// Returns 1, 0 if the id exists, -1 if there are too many.
const insertLua = `
if redis.call('EXISTS', KEYS[1]) == 1 then return 0 end
if redis.call('ZCARD', KEYS[2]) >= tonumber(ARGV[5]) then return -1 end
redis.call('HSET', KEYS[1], 'd', ARGV[1], 'h', ARGV[2])
if ARGV[6] ~= '0' then redis.call('PEXPIREAT', KEYS[1], ARGV[6]) end
redis.call('ZADD', KEYS[2], ARGV[4], ARGV[3])
return 1`

// Create stores a new token with a new id, and returns it with its bearer token, which is not stored.
func (t *Tokens) Create(ctx context.Context, token bot.Token) (made bot.Token, bearer string, err error) {
	if err := t.removeDeleted(ctx); err != nil {
		return bot.Token{}, "", err
	}
	raw := make([]byte, tokenIDBytes)
	_, _ = rand.Read(raw) // never fails
	token.ID = bot.TokenID(strings.ToLower(base32.StdEncoding.EncodeToString(raw)))
	bearer, hash := newSecret(token.ID)
	data, err := json.Marshal(token)
	if err != nil {
		return bot.Token{}, "", bot.Errorf(bot.Internal, "create token %s: %w", token.ID, err)
	}
	deleted := int64(0)
	if !token.Expires.IsZero() {
		deleted = token.Expires.Add(endedTokenTTL).UnixMilli()
	}
	kept, err := t.create.Run(ctx, t.client, []string{keyToken(token.ID), keyTokens},
		data, hash, string(token.ID), token.Created.UnixMilli(), maxTokens, deleted).Int()
	switch {
	case err != nil:
		return bot.Token{}, "", failed(err, "create token "+string(token.ID))
	case kept < 0:
		return bot.Token{}, "", bot.Errorf(bot.Denied, "create a token: there are %d already; revoke some", maxTokens)
	case kept == 0:
		return bot.Token{}, "", bot.Errorf(bot.Unavailable, "create a token: the id %s is taken; try again", token.ID)
	}
	return token, bearer, nil
}

func newSecret(id bot.TokenID) (bearer, hash string) {
	raw := make([]byte, tokenSecretBytes)
	_, _ = rand.Read(raw) // never fails
	secret := base64.RawURLEncoding.EncodeToString(raw)
	return tokenPrefix + string(id) + "_" + secret, hashOf(secret)
}

func hashOf(secret string) string {
	sum := sha256.Sum256([]byte(secret))
	return hex.EncodeToString(sum[:])
}

// keptToken is a token as it is stored.
type keptToken struct {
	bot.Token

	hash, old string
}

// load returns the zero token if it does not exist.
func (t *Tokens) load(ctx context.Context, id bot.TokenID) (keptToken, error) {
	op := "load token " + string(id)
	fields, err := t.client.HGetAll(ctx, keyToken(id)).Result()
	if err != nil {
		return keptToken{}, failed(err, op)
	}
	return decodeToken(op, fields)
}

func decodeToken(op string, fields map[string]string) (keptToken, error) {
	if fields["d"] == "" {
		return keptToken{}, nil
	}
	kept := keptToken{hash: fields["h"], old: fields["o"]}
	if err := json.Unmarshal([]byte(fields["d"]), &kept.Token); err != nil {
		return keptToken{}, bot.Errorf(bot.Internal, "%s: %w", op, err)
	}
	if ms, err := strconv.ParseInt(fields["u"], 10, 64); err == nil {
		kept.Used = time.UnixMilli(ms).UTC()
	}
	return kept, nil
}

// verify checks a secret in constant time. known reports whether it is or was the token's; over is why it is no longer valid, or "".
func (k keptToken) verify(secret string, now time.Time) (known bool, over string) {
	hash := []byte(hashOf(secret))
	is := subtle.ConstantTimeCompare(hash, []byte(k.hash))
	was := subtle.ConstantTimeCompare(hash, []byte(k.old))
	switch {
	case is == 0 && was == 0:
		return false, ""
	case !k.Revoked.IsZero():
		return true, "it was revoked"
	case !k.Good(now):
		return true, "it has expired"
	case is == 0 && !now.Before(k.Grace):
		return true, "its secret was replaced"
	default:
		return true, ""
	}
}

// Check returns the token of a bearer. A valid bearer is never limited. Check returns Denied for an invalid one, with the reason if it
// was valid once, and RateLimited, with RetryAfter, after too many wrong ones from this address or for this token. A bearer
// that was valid once is not counted as wrong.
func (t *Tokens) Check(ctx context.Context, bearer, address string) (bot.Token, error) {
	id, secret, ok := parseBearer(bearer)
	var kept keptToken
	if ok {
		var err error
		if kept, err = t.load(ctx, id); err != nil {
			return bot.Token{}, err
		}
	}
	now := t.now()
	known, over := kept.verify(secret, now)
	if over != "" {
		return bot.Token{}, &bot.Error{Kind: bot.Denied, Op: "check a token", Err: errors.New(over)}
	}
	if !known {
		return bot.Token{}, t.refuse(ctx, id, address)
	}
	if now.Sub(kept.Used) < storeUsedEvery {
		return kept.Token, nil
	}
	err := t.client.HSet(ctx, keyToken(id), "u", now.UnixMilli()).Err()
	return kept.Token, failed(err, "store the use of token "+string(id))
}

// parseBearer parses a bearer token; ok is false if it is not well formed.
func parseBearer(bearer string) (id bot.TokenID, secret string, ok bool) {
	const maxLength = 200
	rest, hasPrefix := strings.CutPrefix(bearer, tokenPrefix)
	name, secret, hasSecret := strings.Cut(rest, "_")
	if !hasPrefix || !hasSecret || name == "" || len(bearer) > maxLength {
		return "", "", false
	}
	for _, r := range name {
		if (r < 'a' || r > 'z') && (r < '0' || r > '9') {
			return "", "", false
		}
	}
	return bot.TokenID(name), secret, true
}

// Rotate gives a token a new secret; the old one stays valid for grace. It returns NotFound for a token that is not valid.
func (t *Tokens) Rotate(ctx context.Context, id bot.TokenID, grace time.Duration) (bot.Token, string, error) {
	bearer, hash := newSecret(id)
	token, err := t.change(ctx, id, func(kept *keptToken, fields map[string]any) {
		now := t.now().UTC()
		kept.Rotated, kept.Grace = now, now.Add(grace)
		fields["h"], fields["o"] = hash, kept.hash
	})
	return token, bearer, err
}

// Revoke revokes a token at once. It stays listed for endedTokenTTL.
func (t *Tokens) Revoke(ctx context.Context, id bot.TokenID) (bot.Token, error) {
	token, err := t.change(ctx, id, func(kept *keptToken, _ map[string]any) { kept.Revoked = t.now().UTC() })
	if err != nil {
		return token, err
	}
	return token, failed(t.client.PExpire(ctx, keyToken(id), endedTokenTTL).Err(), "revoke token "+string(id))
}

// change changes a valid token; Unavailable after a concurrent change.
func (t *Tokens) change(
	ctx context.Context, id bot.TokenID, change func(*keptToken, map[string]any),
) (bot.Token, error) {
	op, key := "change token "+string(id), keyToken(id)
	var token bot.Token
	err := t.client.Watch(ctx, func(tx *redis.Tx) error {
		fields, err := tx.HGetAll(ctx, key).Result()
		if err != nil {
			return err
		}
		kept, err := decodeToken(op, fields)
		if err != nil {
			return err
		}
		if !kept.Good(t.now()) {
			return bot.Errorf(bot.NotFound, "%s: there is no such token, or it is no longer valid", op)
		}
		set := map[string]any{}
		change(&kept, set)
		if set["d"], err = json.Marshal(kept.Token); err != nil {
			return bot.Errorf(bot.Internal, "%s: %w", op, err)
		}
		token = kept.Token
		_, err = tx.TxPipelined(ctx, func(pipe redis.Pipeliner) error { return pipe.HSet(ctx, key, set).Err() })
		return err
	}, key)
	if errors.Is(err, redis.TxFailedErr) {
		return bot.Token{}, bot.Errorf(bot.Unavailable, "%s: it was changed meanwhile; try again", op)
	}
	if _, ok := errors.AsType[*bot.Error](err); ok {
		return bot.Token{}, err
	}
	return token, failed(err, op)
}

// List returns all tokens, oldest first, also revoked and expired ones.
func (t *Tokens) List(ctx context.Context) ([]bot.Token, error) {
	ids, err := t.client.ZRange(ctx, keyTokens, 0, -1).Result()
	if err != nil {
		return nil, failed(err, "list tokens")
	}
	tokens := make([]bot.Token, 0, len(ids))
	for _, id := range ids {
		kept, err := t.load(ctx, bot.TokenID(id))
		if err != nil {
			return nil, err
		}
		if kept.ID != "" {
			tokens = append(tokens, kept.Token)
		}
	}
	return tokens, nil
}

// removeDeleted removes deleted tokens from the list.
func (t *Tokens) removeDeleted(ctx context.Context) error {
	ids, err := t.client.ZRange(ctx, keyTokens, 0, -1).Result()
	if err != nil {
		return failed(err, "remove deleted tokens")
	}
	tokens, err := t.List(ctx)
	if err != nil {
		return err
	}
	for _, id := range ids {
		if slices.ContainsFunc(tokens, func(token bot.Token) bool { return string(token.ID) == id }) {
			continue
		}
		if err := t.client.ZRem(ctx, keyTokens, id).Err(); err != nil {
			return failed(err, "remove deleted tokens")
		}
	}
	return nil
}
