package store

import (
	"cmp"
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"net/netip"
	"time"

	"github.com/redis/go-redis/v9"

	"recallbot/bot"
)

const (
	// maxWrong is how many wrong tokens an address may send in a minute; after them, it is told to wait for the rest of it.
	// maxWrongFor is how many may be sent with one token's id; after them, each address that sent a wrong one is.
	maxWrong    = 10
	maxWrongFor = 20
	wrongWindow = time.Minute
	// wrongBytes of a hash choose where wrong tokens are counted, so that no flood takes more than 65,536 counters of
	// addresses and as many of tokens. saltLife is how long the hash's salt is kept.
	wrongBytes = 2
	saltBytes  = 16
	saltLife   = 400 * 24 * time.Hour
)

// wrongLua counts one more. KEYS: the counter. ARGV: its life in milliseconds. Returns the count.
const wrongLua = `
local n = redis.call('INCR', KEYS[1])
if n == 1 then redis.call('PEXPIRE', KEYS[1], ARGV[1]) end
return n`

// refuse counts a wrong token, unless there were too many already.
func (t *Tokens) refuse(ctx context.Context, id bot.TokenID, address string) error {
	keys, err := t.wrongKeys(ctx, id, address)
	if err != nil {
		return err
	}
	if err := t.slowed(ctx, keys); err != nil {
		return err
	}
	for _, key := range keys {
		if err := t.wrong.Run(ctx, t.client, []string{key}, wrongWindow.Milliseconds()).Err(); err != nil {
			return failed(err, "count a wrong token")
		}
	}
	return &bot.Error{Kind: bot.Denied, Op: "check a token"}
}

// slowed is RateLimited where too many were wrong lately.
func (t *Tokens) slowed(ctx context.Context, keys []string) error {
	counts, waits := [2]int{}, [2]time.Duration{}
	pipe := t.client.Pipeline()
	var numbers [2]*redis.StringCmd
	var lives [2]*redis.DurationCmd
	for i, key := range keys {
		numbers[i], lives[i] = pipe.Get(ctx, key), pipe.PTTL(ctx, key)
	}
	if _, err := pipe.Exec(ctx); err != nil && !errors.Is(err, redis.Nil) {
		return failed(err, "look for wrong tokens")
	}
	for i, number := range numbers {
		if number == nil {
			continue
		}
		counts[i], _ = number.Int() // none is 0
		waits[i] = lives[i].Val()
	}
	mine, forToken := counts[0] >= maxWrong, counts[1] >= maxWrongFor && counts[0] > 0
	if !mine && !forToken {
		return nil
	}
	wait := waits[0]
	if forToken {
		wait = max(wait, waits[1])
	}
	return &bot.Error{Kind: bot.RateLimited, Op: "check a token: too many were wrong", RetryAfter: max(wait, time.Second)}
}

// wrongKeys are where wrong tokens of an address are counted, and those with a token's id.
func (t *Tokens) wrongKeys(ctx context.Context, id bot.TokenID, address string) ([]string, error) {
	salt, err := t.wrongSalt(ctx)
	if err != nil {
		return nil, err
	}
	keys := []string{keyWrongAddress(bucketOf(salt, networkOf(address)))}
	if id != "" {
		keys = append(keys, keyWrongToken(bucketOf(salt, string(id))))
	}
	return keys, nil
}

// wrongSalt is the salt of the counters' names, the same for all replicas: nobody outside can tell whose counters are one.
func (t *Tokens) wrongSalt(ctx context.Context) (string, error) {
	t.salting.Lock()
	defer t.salting.Unlock()
	if t.salt != "" {
		return t.salt, nil
	}
	raw := make([]byte, saltBytes)
	_, _ = rand.Read(raw) // never fails
	fresh := hex.EncodeToString(raw)
	kept, err := t.client.SetArgs(ctx, keyWrongSalt, fresh, redis.SetArgs{Mode: "NX", TTL: saltLife, Get: true}).Result()
	if err != nil && !errors.Is(err, redis.Nil) {
		return "", failed(err, "salt the counters of wrong tokens")
	}
	t.salt = cmp.Or(kept, fresh)
	return t.salt, nil
}

// networkOf is the address, and of IPv6 the network: there, each has as many addresses as it likes.
func networkOf(address string) string {
	const network = 64
	ip, err := netip.ParseAddr(address)
	if err != nil {
		return address
	}
	if ip = ip.Unmap(); ip.Is4() {
		return ip.String()
	}
	prefix, err := ip.WithZone("").Prefix(network)
	if err != nil {
		return address
	}
	return prefix.String()
}

func bucketOf(salt, what string) string {
	sum := sha256.Sum256([]byte(salt + "/" + what))
	return hex.EncodeToString(sum[:wrongBytes])
}

// spendLua counts a call of a token: as many in a minute as its rate says, all at once if need be, and evenly after
// that. KEYS: when the token's calls so far would be through, at that pace, in microseconds.
// ARGV: calls a minute. Returns 0, or how long to wait in microseconds.
const spendLua = `
local time = redis.call('TIME')
local now = tonumber(time[1]) * 1000000 + tonumber(time[2])
local window = 60000000
local each = window / tonumber(ARGV[1])
local through = math.max(tonumber(redis.call('GET', KEYS[1]) or '0'), now) + each
if through - now > window + 1 then return math.ceil(through - now - window) end
redis.call('SET', KEYS[1], string.format('%.0f', through), 'PX', 120000)
return 0`

// Spend counts a call of the token. It is RateLimited, with the time to wait, where that is one too many.
func (t *Tokens) Spend(ctx context.Context, token bot.Token) error {
	op := "spend a call of token " + string(token.ID)
	wait, err := t.spend.Run(ctx, t.client, []string{keyTokenSpent(token.ID)}, max(token.Rate, 1)).Int64()
	if err != nil {
		return failed(err, op)
	}
	if wait > 0 {
		return &bot.Error{Kind: bot.RateLimited, Op: op, RetryAfter: time.Duration(wait) * time.Microsecond}
	}
	return nil
}
