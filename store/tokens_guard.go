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
	// maxWrong is how many wrong tokens an address may send in wrongWindow; after them it gets RateLimited until the end of the
	// window. maxWrongFor is how many may be sent with one token's id; after them each address that sent a wrong one gets it.
	maxWrong         = 10
	maxWrongPerToken = 20
	wrongWindow      = time.Minute
	// counterBytes is the part of a hash that names a counter, so that there are at most 65,536 counters of addresses and as many of
	// tokens. saltLife is the TTL of the hash's salt.
	counterBytes = 2
	saltBytes    = 16
	saltTTL      = 400 * 24 * time.Hour
)

// wrongLua increments a counter. KEYS: the counter. ARGV: TTL in milliseconds. Returns the count.
const wrongLua = `
local n = redis.call('INCR', KEYS[1])
if n == 1 then redis.call('PEXPIRE', KEYS[1], ARGV[1]) end
return n`

// refuse counts a wrong token unless the limit is reached, and returns the error.
func (t *Tokens) refuse(ctx context.Context, id bot.TokenID, address string) error {
	keys, err := t.wrongKeys(ctx, id, address)
	if err != nil {
		return err
	}
	if err := t.checkWrong(ctx, keys); err != nil {
		return err
	}
	for _, key := range keys {
		if err := t.wrong.Run(ctx, t.client, []string{key}, wrongWindow.Milliseconds()).Err(); err != nil {
			return failed(err, "count a wrong token")
		}
	}
	return &bot.Error{Kind: bot.Denied, Op: "check a token"}
}

// checkWrong returns RateLimited if the limit of wrong tokens is reached.
func (t *Tokens) checkWrong(ctx context.Context, keys []string) error {
	counts, waits := [2]int{}, [2]time.Duration{}
	pipe := t.client.Pipeline()
	var numbers [2]*redis.StringCmd
	var lives [2]*redis.DurationCmd
	for i, key := range keys {
		numbers[i], lives[i] = pipe.Get(ctx, key), pipe.PTTL(ctx, key)
	}
	if _, err := pipe.Exec(ctx); err != nil && !errors.Is(err, redis.Nil) {
		return failed(err, "load the counts of wrong tokens")
	}
	for i, number := range numbers {
		if number == nil {
			continue
		}
		counts[i], _ = number.Int() // 0 if it does not exist
		waits[i] = lives[i].Val()
	}
	byAddress, byToken := counts[0] >= maxWrong, counts[1] >= maxWrongPerToken && counts[0] > 0
	if !byAddress && !byToken {
		return nil
	}
	wait := waits[0]
	if byToken {
		wait = max(wait, waits[1])
	}
	return &bot.Error{Kind: bot.RateLimited, Op: "check a token: too many were wrong", RetryAfter: max(wait, time.Second)}
}

// wrongKeys returns the keys of the counters of an address and of a token's id.
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

// wrongSalt returns the salt of the counters' names, the same for all replicas: others can't choose addresses with the same counter.
func (t *Tokens) wrongSalt(ctx context.Context) (string, error) {
	t.saltMu.Lock()
	defer t.saltMu.Unlock()
	if t.salt != "" {
		return t.salt, nil
	}
	raw := make([]byte, saltBytes)
	_, _ = rand.Read(raw) // never fails
	fresh := hex.EncodeToString(raw)
	kept, err := t.client.SetArgs(ctx, keyWrongSalt, fresh, redis.SetArgs{Mode: "NX", TTL: saltTTL, Get: true}).Result()
	if err != nil && !errors.Is(err, redis.Nil) {
		return "", failed(err, "salt the counters of wrong tokens")
	}
	t.salt = cmp.Or(kept, fresh)
	return t.salt, nil
}

// networkOf returns an IPv4 address, or the /64 network of an IPv6 address, because a host has all addresses of it.
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

func bucketOf(salt, name string) string {
	sum := sha256.Sum256([]byte(salt + "/" + name))
	return hex.EncodeToString(sum[:counterBytes])
}

// countCallLua counts a call of a token (GCRA): its rate per minute, with a burst of a minute.
// KEYS: the theoretical arrival time of the next call, in microseconds. ARGV: calls a minute.
// Returns 0, or how long to wait in microseconds.
const countCallLua = `
local time = redis.call('TIME')
local now = tonumber(time[1]) * 1000000 + tonumber(time[2])
local window = 60000000
local interval = window / tonumber(ARGV[1])
local next = math.max(tonumber(redis.call('GET', KEYS[1]) or '0'), now) + interval
if next - now > window + 1 then return math.ceil(next - now - window) end
redis.call('SET', KEYS[1], string.format('%.0f', next), 'PX', 120000)
return 0`

// Spend counts a call of the token. It returns RateLimited, with RetryAfter, above the token's rate.
func (t *Tokens) Spend(ctx context.Context, token bot.Token) error {
	op := "count a call of token " + string(token.ID)
	wait, err := t.spend.Run(ctx, t.client, []string{keyTokenRate(token.ID)}, max(token.Rate, 1)).Int64()
	if err != nil {
		return failed(err, op)
	}
	if wait > 0 {
		return &bot.Error{Kind: bot.RateLimited, Op: op, RetryAfter: time.Duration(wait) * time.Microsecond}
	}
	return nil
}
