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
	// maxTokens is how many tokens there may be.
	maxTokens = 1000
	// deadTokenLife is how long a token that is over is still listed.
	deadTokenLife = 90 * 24 * time.Hour
	// usedEvery is how often it is noted that a token is in use.
	usedEvery = time.Minute
	// tokenMark is what a bearer begins with; tokenIDBytes make an id, tokenSecretBytes a secret.
	tokenMark        = "rb_"
	tokenIDBytes     = 5
	tokenSecretBytes = 32
)

// Tokens keeps API tokens. Of their secrets it keeps hashes: each is 256 random bits, so that nothing slower is needed.
type Tokens struct {
	client redis.UniversalClient
	create *redis.Script
	spend  *redis.Script
	wrong  *redis.Script
	now    func() time.Time

	mu sync.Mutex
	// principals are what tokens may, as it was learned lately.
	principals map[bot.TokenID]learnedPrincipal

	salting sync.Mutex
	salt    string // see bucketOf; empty until a token is wrong
}

// NewTokens makes the tokens of an open store.
func NewTokens(s *Store) *Tokens {
	return &Tokens{
		client: s.client, create: redis.NewScript(keepNewLua), spend: redis.NewScript(spendLua),
		wrong: redis.NewScript(wrongLua), now: time.Now, principals: map[bot.TokenID]learnedPrincipal{},
	}
}

// keepNewLua keeps a new token.
// KEYS: the token, the list of all. ARGV: the token, the hash of its secret, its id, when it was made, the most tokens,
// when it is no longer listed in milliseconds or 0 for never.
// Returns 1, 0 when there is one of this id, -1 when there are too many.
const keepNewLua = `
if redis.call('EXISTS', KEYS[1]) == 1 then return 0 end
if redis.call('ZCARD', KEYS[2]) >= tonumber(ARGV[5]) then return -1 end
redis.call('HSET', KEYS[1], 'd', ARGV[1], 'h', ARGV[2])
if ARGV[6] ~= '0' then redis.call('PEXPIREAT', KEYS[1], ARGV[6]) end
redis.call('ZADD', KEYS[2], ARGV[4], ARGV[3])
return 1`

// Create keeps a new token, gives it its id, and gives what its holder sends: that is nowhere kept.
func (t *Tokens) Create(ctx context.Context, token bot.Token) (made bot.Token, bearer string, err error) {
	if err := t.sweep(ctx); err != nil {
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
	listed := int64(0)
	if !token.Expires.IsZero() {
		listed = token.Expires.Add(deadTokenLife).UnixMilli()
	}
	kept, err := t.create.Run(ctx, t.client, []string{keyToken(token.ID), keyTokens},
		data, hash, string(token.ID), token.Created.UnixMilli(), maxTokens, listed).Int()
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
	return tokenMark + string(id) + "_" + secret, hashOf(secret)
}

func hashOf(secret string) string {
	sum := sha256.Sum256([]byte(secret))
	return hex.EncodeToString(sum[:])
}

// keptToken is a token as Redis has it.
type keptToken struct {
	bot.Token

	hash, old string
}

// load gives the zero token where there is none.
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

// judge looks at a secret, in a time that tells nothing of the token's: known where it is the token's or was, and over with
// why it is no good any more.
func (k keptToken) judge(secret string, now time.Time) (known bool, over string) {
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

// Check gives the token of a bearer; whatever others send, its holder is heard. It is Denied where the bearer is no good, with
// why where it was good once, and RateLimited, with the time to wait, where so many were wrong from this address, or for this
// token. Who has the secret of a token that is over does not guess: that is not counted.
func (t *Tokens) Check(ctx context.Context, bearer, address string) (bot.Token, error) {
	id, secret, well := splitBearer(bearer)
	var kept keptToken
	if well {
		var err error
		if kept, err = t.load(ctx, id); err != nil {
			return bot.Token{}, err
		}
	}
	now := t.now()
	known, over := kept.judge(secret, now)
	if over != "" {
		return bot.Token{}, &bot.Error{Kind: bot.Denied, Op: "check a token", Err: errors.New(over)}
	}
	if !known {
		return bot.Token{}, t.refuse(ctx, id, address)
	}
	if now.Sub(kept.Used) < usedEvery {
		return kept.Token, nil
	}
	err := t.client.HSet(ctx, keyToken(id), "u", now.UnixMilli()).Err()
	return kept.Token, failed(err, "note that token "+string(id)+" is used")
}

// splitBearer takes a bearer apart. The id of one that is not well formed is empty: it is nobody's.
func splitBearer(bearer string) (id bot.TokenID, secret string, ok bool) {
	const longest = 200
	rest, marked := strings.CutPrefix(bearer, tokenMark)
	name, secret, parted := strings.Cut(rest, "_")
	if !marked || !parted || name == "" || len(bearer) > longest {
		return "", "", false
	}
	for _, r := range name {
		if (r < 'a' || r > 'z') && (r < '0' || r > '9') {
			return "", "", false
		}
	}
	return bot.TokenID(name), secret, true
}

// Rotate gives a token a new secret; the one before is good for the grace still. A token that is over has none.
func (t *Tokens) Rotate(ctx context.Context, id bot.TokenID, grace time.Duration) (bot.Token, string, error) {
	bearer, hash := newSecret(id)
	token, err := t.change(ctx, id, func(kept *keptToken, fields map[string]any) {
		now := t.now().UTC()
		kept.Rotated, kept.Grace = now, now.Add(grace)
		fields["h"], fields["o"] = hash, kept.hash
	})
	return token, bearer, err
}

// Revoke ends a token at once. It stays listed for 90 days.
func (t *Tokens) Revoke(ctx context.Context, id bot.TokenID) (bot.Token, error) {
	token, err := t.change(ctx, id, func(kept *keptToken, _ map[string]any) { kept.Revoked = t.now().UTC() })
	if err != nil {
		return token, err
	}
	return token, failed(t.client.PExpire(ctx, keyToken(id), deadTokenLife).Err(), "revoke token "+string(id))
}

// change changes a good token, unless somebody else does at the same time.
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
			return bot.Errorf(bot.NotFound, "%s: there is no such token, or it is over", op)
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
		return bot.Token{}, bot.Errorf(bot.Unavailable, "%s: somebody else changes it; try again", op)
	}
	if _, ok := errors.AsType[*bot.Error](err); ok {
		return bot.Token{}, err
	}
	return token, failed(err, op)
}

// List gives all tokens, the oldest first, those that are over too.
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

// sweep takes those out of the list that are not kept any more.
func (t *Tokens) sweep(ctx context.Context) error {
	ids, err := t.client.ZRange(ctx, keyTokens, 0, -1).Result()
	if err != nil {
		return failed(err, "sweep tokens")
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
			return failed(err, "sweep tokens")
		}
	}
	return nil
}
