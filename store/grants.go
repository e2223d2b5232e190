package store

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"strconv"
	"time"

	"github.com/redis/go-redis/v9"

	"recallbot/bot"
)

const (
	// dueTTL is the TTL of the list of refresh tokens: longer than a consent is valid on the platform.
	dueTTL = 366 * 24 * time.Hour
	// maxGrantChats is the maximum of chats in one person's grant.
	maxGrantChats = 1000
	// allChats is the member that means every chat.
	allChats = "*"
	// The fields of a grant.
	grantVersion = "v"
	grantData    = "d"
)

// Grants stores owners' grants, encrypted. It is safe for concurrent use.
type Grants struct {
	client                    redis.UniversalClient
	keys                      sealer
	put, renew, drop, release *redis.Script
}

// NewGrants returns the grants of an open store. The old key is only for decryption.
func NewGrants(s *Store, key, oldKey bot.Secret) (*Grants, error) {
	keys, err := newSealer(key, oldKey)
	if err != nil {
		return nil, err
	}
	if len(keys) == 0 {
		return nil, bot.Errorf(bot.Invalid, "no key for grants")
	}
	return &Grants{
		client: s.client, keys: keys, put: redis.NewScript(putGrantLua), renew: redis.NewScript(renewGrantLua),
		drop: redis.NewScript(dropGrantLua), release: redis.NewScript(releaseLua),
	}, nil
}

// sealedGrant is the encrypted part of a grant.
type sealedGrant struct {
	Access      string    `json:"a"`
	AccessEnds  time.Time `json:"ae"`
	Refresh     string    `json:"r,omitempty"`
	RefreshEnds time.Time `json:"re"`
	Given       time.Time `json:"g"`
}

// sealedConsent is the encrypted form of a requested consent. After is the value of the person's last Void at that time.
type sealedConsent struct {
	bot.Consent

	After string `json:"after,omitempty"`
}

// Ask stores a requested consent for ttl. Of the state it stores only a hash.
func (g *Grants) Ask(ctx context.Context, state string, asked bot.Consent, ttl time.Duration) error {
	after, err := g.client.Get(ctx, keyConsentsVoid(asked.Who)).Result()
	if err != nil && !errors.Is(err, redis.Nil) {
		return failed(err, "store a consent")
	}
	plain, err := json.Marshal(sealedConsent{asked, after})
	if err != nil {
		return bot.Errorf(bot.Internal, "store a consent: %w", err)
	}
	key := keyConsent(state)
	return failed(g.client.Set(ctx, key, g.keys.seal(plain, key), ttl).Err(), "store a consent")
}

// Take returns and deletes the requested consent of a state; false if there is none or it is void.
func (g *Grants) Take(ctx context.Context, state string) (bot.Consent, bool, error) {
	key := keyConsent(state)
	sealed, err := g.client.GetDel(ctx, key).Bytes()
	if errors.Is(err, redis.Nil) {
		return bot.Consent{}, false, nil
	}
	if err != nil {
		return bot.Consent{}, false, failed(err, "take a consent")
	}
	var asked sealedConsent
	if !g.read(sealed, key, &asked) {
		return bot.Consent{}, false, nil
	}
	void, err := g.client.Get(ctx, keyConsentsVoid(asked.Who)).Result()
	if err != nil && !errors.Is(err, redis.Nil) {
		return bot.Consent{}, false, failed(err, "take a consent")
	}
	return asked.Consent, void == "" || void == asked.After, nil
}

// Void makes all consents void that were requested of a person before. ttl must be as long as that of Ask.
func (g *Grants) Void(ctx context.Context, who bot.UserID, ttl time.Duration) error {
	return failed(g.client.Set(ctx, keyConsentsVoid(who), rand.Text(), ttl).Err(), "void the consents of "+string(who))
}

// read decrypts into a value; false if no key can decrypt it.
func (g *Grants) read(sealed []byte, key string, into any) bool {
	plain, ok := g.keys.open(sealed, key)
	return ok && json.Unmarshal(plain, into) == nil
}

func keyConsent(state string) string {
	sum := sha256.Sum256([]byte(state))
	return keyConsentHash(hex.EncodeToString(sum[:]))
}

// Load returns a person's grant; false if there is none or no key can decrypt it.
func (g *Grants) Load(ctx context.Context, who bot.UserID) (bot.KeptGrant, bool, error) {
	pipe := g.client.Pipeline()
	fields, chats := pipe.HMGet(ctx, keyGrant(who), grantVersion, grantData), pipe.SMembers(ctx, keyGrantChats(who))
	if _, err := pipe.Exec(ctx); err != nil {
		return bot.KeptGrant{}, false, failed(err, "load the grant of "+string(who))
	}
	version, _ := fields.Val()[0].(string)
	sealed, _ := fields.Val()[1].(string)
	var plain sealedGrant
	if !g.read([]byte(sealed), keyGrant(who), &plain) {
		return bot.KeptGrant{}, false, nil
	}
	kept := bot.KeptGrant{Who: who, Version: version, Given: plain.Given, Grant: bot.Grant{
		Access: bot.Secret(plain.Access), AccessEnds: plain.AccessEnds,
		Refresh: bot.Secret(plain.Refresh), RefreshEnds: plain.RefreshEnds,
	}}
	for _, chat := range chats.Val() {
		if chat == allChats {
			kept.Everywhere = true
			continue
		}
		kept.Chats = append(kept.Chats, bot.ChatID(chat))
	}
	return kept, true, nil
}

func (g *Grants) seal(who bot.UserID, grant bot.Grant, given time.Time) ([]byte, error) {
	plain, err := json.Marshal(sealedGrant{
		Access: grant.Access.Reveal(), AccessEnds: grant.AccessEnds,
		Refresh: grant.Refresh.Reveal(), RefreshEnds: grant.RefreshEnds, Given: given,
	})
	if err != nil {
		return nil, bot.Errorf(bot.Internal, "encrypt the grant of %s: %w", who, err)
	}
	return g.keys.seal(plain, keyGrant(who)), nil
}

// putGrantLua stores or replaces a person's grant, and adds the chat.
// KEYS: the grant, its chats, the list of refresh tokens.
// ARGV: version, data, end of the grant in milliseconds, end of the refresh token (0 for none), the person, TTL of the list in
// milliseconds, the chat, the maximum of chats. The result is not used.
const putGrantLua = `
redis.call('HSET', KEYS[1], 'v', ARGV[1], 'd', ARGV[2])
if redis.call('SCARD', KEYS[2]) < tonumber(ARGV[8]) then redis.call('SADD', KEYS[2], ARGV[7]) end
redis.call('PEXPIREAT', KEYS[1], ARGV[3])
redis.call('PEXPIREAT', KEYS[2], ARGV[3])
if ARGV[4] == '0' then return redis.call('ZREM', KEYS[3], ARGV[5]) end
redis.call('ZADD', KEYS[3], ARGV[4], ARGV[5])
return redis.call('PEXPIRE', KEYS[3], ARGV[6])`

// Put stores a new grant for a chat, or for all chats if chat is empty. Chats of the person's grant before stay.
func (g *Grants) Put(ctx context.Context, who bot.UserID, chat bot.ChatID, grant bot.Grant, at time.Time) error {
	sealed, err := g.seal(who, grant, at)
	if err != nil {
		return err
	}
	where := string(chat)
	if chat == "" {
		where = allChats
	}
	args := append(grantArgs(rand.Text(), sealed, who, grant), where, maxGrantChats)
	return failed(g.put.Run(ctx, g.client, grantKeys(who), args...).Err(), "store the grant of "+string(who))
}

// renewGrantLua replaces the tokens of a grant if it has the expected version.
// KEYS: as in putGrantLua. ARGV: its first six, then the expected version. Returns 1, or 0 if the grant has another version or does
// not exist.
const renewGrantLua = `
if redis.call('HGET', KEYS[1], 'v') ~= ARGV[7] then return 0 end
redis.call('HSET', KEYS[1], 'v', ARGV[1], 'd', ARGV[2])
redis.call('PEXPIREAT', KEYS[1], ARGV[3])
redis.call('PEXPIREAT', KEYS[2], ARGV[3])
if ARGV[4] == '0' then
  redis.call('ZREM', KEYS[3], ARGV[5])
else
  redis.call('ZADD', KEYS[3], ARGV[4], ARGV[5])
  redis.call('PEXPIRE', KEYS[3], ARGV[6])
end
return 1`

// Renew replaces the tokens of a grant. It returns false if the grant was replaced or deleted meanwhile. It may be repeated after an
// error.
func (g *Grants) Renew(ctx context.Context, old bot.KeptGrant, grant bot.Grant) (bot.KeptGrant, bool, error) {
	sealed, err := g.seal(old.Who, grant, old.Given)
	if err != nil {
		return bot.KeptGrant{}, false, err
	}
	version := versionAfter(old.Version, grant)
	args := append(grantArgs(version, sealed, old.Who, grant), old.Version)
	renewed, err := g.renew.Run(ctx, g.client, grantKeys(old.Who), args...).Bool()
	if err != nil {
		return bot.KeptGrant{}, false, failed(err, "renew the grant of "+string(old.Who))
	}
	if !renewed {
		now, ok, err := g.Load(ctx, old.Who)
		return now, ok && now.Version == version, err
	}
	old.Grant, old.Version = grant, version
	return old, true, nil
}

// versionAfter is a hash, so that a repeated Renew has the same version.
func versionAfter(version string, grant bot.Grant) string {
	sum := sha256.Sum256([]byte(version + "/" + grant.Access.Reveal()))
	return hex.EncodeToString(sum[:16])
}

func grantKeys(who bot.UserID) []string {
	return []string{keyGrant(who), keyGrantChats(who), keyGrantsDue}
}

func grantArgs(version string, sealed []byte, who bot.UserID, grant bot.Grant) []any {
	due := int64(0)
	if grant.Refresh != "" {
		due = grant.RefreshEnds.UnixMilli()
	}
	return []any{
		version, sealed, strconv.FormatInt(grant.Ends().UnixMilli(), 10), strconv.FormatInt(due, 10), string(who),
		dueTTL.Milliseconds(),
	}
}

// dropGrantLua deletes a grant.
// KEYS: as in putGrantLua. ARGV: the person, the version or empty for any. Returns 1 if it was deleted.
const dropGrantLua = `
if ARGV[2] ~= '' and redis.call('HGET', KEYS[1], 'v') ~= ARGV[2] then return 0 end
redis.call('ZREM', KEYS[3], ARGV[1])
redis.call('DEL', KEYS[2])
return redis.call('DEL', KEYS[1])`

// Drop deletes a person's grant of that version, or of any if version is empty. It returns false if there is none.
func (g *Grants) Drop(ctx context.Context, who bot.UserID, version string) (bool, error) {
	dropped, err := g.drop.Run(ctx, g.client, grantKeys(who), string(who), version).Bool()
	return dropped, failed(err, "delete the grant of "+string(who))
}

// Due returns up to limit people whose refresh tokens end before a time, the earliest first.
func (g *Grants) Due(ctx context.Context, before time.Time, limit int) ([]bot.UserID, error) {
	found, err := g.client.ZRangeArgs(ctx, redis.ZRangeArgs{
		Key: keyGrantsDue, ByScore: true, Start: "-inf", Stop: before.UnixMilli(), Count: int64(limit),
	}).Result()
	if err != nil {
		return nil, failed(err, "list the tokens that end")
	}
	people := make([]bot.UserID, len(found))
	for i, who := range found {
		people[i] = bot.UserID(who)
	}
	return people, nil
}

// releaseLua deletes a lock that is still ours. KEYS: the lock. ARGV: its value. The result is not used.
const releaseLua = `
if redis.call('GET', KEYS[1]) == ARGV[1] then return redis.call('DEL', KEYS[1]) end
return 0`

// Hold locks a person's tokens for ttl. It returns false if they are locked already.
func (g *Grants) Hold(ctx context.Context, who bot.UserID, ttl time.Duration) (release func(), held bool, err error) {
	key, value := keyGrantLock(who), rand.Text()
	err = g.client.SetArgs(ctx, key, value, redis.SetArgs{Mode: "NX", TTL: ttl}).Err()
	if errors.Is(err, redis.Nil) {
		return nil, false, nil
	}
	if err != nil {
		return nil, false, failed(err, "lock the tokens of "+string(who))
	}
	return func() {
		ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), ioTimeout)
		defer cancel()
		_ = g.release.Run(ctx, g.client, []string{key}, value).Err()
	}, true, nil
}
