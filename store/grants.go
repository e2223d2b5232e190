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
	// dueTTL is how long it is remembered whose tokens are to be renewed: longer than a consent holds on the platform.
	dueTTL = 366 * 24 * time.Hour
	// maxGrantChats is in how many chats one person can authorise us.
	maxGrantChats = 1000
	// everywhere stands for every chat.
	everywhere = "*"
	// The fields of a grant.
	grantVersion = "v"
	grantData    = "d"
)

// Grants keep what owners have authorised us to, encrypted. It is safe for concurrent use.
type Grants struct {
	client                    redis.UniversalClient
	keys                      sealer
	put, renew, drop, release *redis.Script
}

// NewGrants makes the grants of an open store; what was kept under the old key can still be read.
func NewGrants(s *Store, key, oldKey bot.Secret) (*Grants, error) {
	keys, err := newSealer(key, oldKey)
	if err != nil {
		return nil, err
	}
	if len(keys) == 0 {
		return nil, bot.Errorf(bot.Invalid, "no key for what owners authorise")
	}
	return &Grants{
		client: s.client, keys: keys, put: redis.NewScript(putGrantLua), renew: redis.NewScript(renewGrantLua),
		drop: redis.NewScript(dropGrantLua), release: redis.NewScript(releaseLua),
	}, nil
}

// sealedGrant is what is encrypted of a grant.
type sealedGrant struct {
	Access      string    `json:"a"`
	AccessEnds  time.Time `json:"ae"`
	Refresh     string    `json:"r,omitempty"`
	RefreshEnds time.Time `json:"re"`
	Given       time.Time `json:"g"`
}

// sealedConsent is what is encrypted of a consent that was asked for; After is the mark of the person's last Void by then.
type sealedConsent struct {
	bot.Consent

	After string `json:"after,omitempty"`
}

// Ask remembers for a while what a person was asked for. Only a hash of the state is kept.
func (g *Grants) Ask(ctx context.Context, state string, asked bot.Consent, life time.Duration) error {
	after, err := g.client.Get(ctx, keyConsentsVoid(asked.Who)).Result()
	if err != nil && !errors.Is(err, redis.Nil) {
		return failed(err, "remember a consent")
	}
	plain, err := json.Marshal(sealedConsent{asked, after})
	if err != nil {
		return bot.Errorf(bot.Internal, "remember a consent: %w", err)
	}
	key := keyConsent(state)
	return failed(g.client.Set(ctx, key, g.keys.seal(plain, key), life).Err(), "remember a consent")
}

// Take gives what a state stands for, once.
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

// Void makes Take find nothing of what a person was asked for before; life is how long that can be used.
func (g *Grants) Void(ctx context.Context, who bot.UserID, life time.Duration) error {
	return failed(g.client.Set(ctx, keyConsentsVoid(who), rand.Text(), life).Err(), "end the links of "+string(who))
}

// read reports false for what none of our keys can read.
func (g *Grants) read(sealed []byte, place string, into any) bool {
	plain, ok := g.keys.open(sealed, place)
	return ok && json.Unmarshal(plain, into) == nil
}

func keyConsent(state string) string {
	sum := sha256.Sum256([]byte(state))
	return keyConsentHash(hex.EncodeToString(sum[:]))
}

// Load gives what a person authorised us to. What none of our keys can read is not there.
func (g *Grants) Load(ctx context.Context, who bot.UserID) (bot.KeptGrant, bool, error) {
	pipe := g.client.Pipeline()
	fields, chats := pipe.HMGet(ctx, keyGrant(who), grantVersion, grantData), pipe.SMembers(ctx, keyGrantChats(who))
	if _, err := pipe.Exec(ctx); err != nil {
		return bot.KeptGrant{}, false, failed(err, "load the authorisation of "+string(who))
	}
	version, _ := fields.Val()[0].(string)
	sealed, _ := fields.Val()[1].(string)
	var kept sealedGrant
	if !g.read([]byte(sealed), keyGrant(who), &kept) {
		return bot.KeptGrant{}, false, nil
	}
	lent := bot.KeptGrant{Who: who, Version: version, Given: kept.Given, Grant: bot.Grant{
		Access: bot.Secret(kept.Access), AccessEnds: kept.AccessEnds,
		Refresh: bot.Secret(kept.Refresh), RefreshEnds: kept.RefreshEnds,
	}}
	for _, chat := range chats.Val() {
		if chat == everywhere {
			lent.Everywhere = true
			continue
		}
		lent.Chats = append(lent.Chats, bot.ChatID(chat))
	}
	return lent, true, nil
}

func (g *Grants) seal(who bot.UserID, grant bot.Grant, given time.Time) ([]byte, error) {
	plain, err := json.Marshal(sealedGrant{
		Access: grant.Access.Reveal(), AccessEnds: grant.AccessEnds,
		Refresh: grant.Refresh.Reveal(), RefreshEnds: grant.RefreshEnds, Given: given,
	})
	if err != nil {
		return nil, bot.Errorf(bot.Internal, "seal the authorisation of %s: %w", who, err)
	}
	return g.keys.seal(plain, keyGrant(who)), nil
}

// putGrantLua keeps a new grant in the place of any other, and adds the chat.
// KEYS: the grant, its chats, whose tokens are to be renewed.
// ARGV: version, data, when all ends in milliseconds, when the refresh token does (0 for none), the person, life of the last
// key in milliseconds, the chat, the most chats. Returns nothing that matters.
const putGrantLua = `
redis.call('HSET', KEYS[1], 'v', ARGV[1], 'd', ARGV[2])
if redis.call('SCARD', KEYS[2]) < tonumber(ARGV[8]) then redis.call('SADD', KEYS[2], ARGV[7]) end
redis.call('PEXPIREAT', KEYS[1], ARGV[3])
redis.call('PEXPIREAT', KEYS[2], ARGV[3])
if ARGV[4] == '0' then return redis.call('ZREM', KEYS[3], ARGV[5]) end
redis.call('ZADD', KEYS[3], ARGV[4], ARGV[5])
return redis.call('PEXPIRE', KEYS[3], ARGV[6])`

// Put keeps a new grant for a chat, or for the empty chat everywhere. In which other chats the person authorised us before
// stands.
func (g *Grants) Put(ctx context.Context, who bot.UserID, chat bot.ChatID, grant bot.Grant, at time.Time) error {
	sealed, err := g.seal(who, grant, at)
	if err != nil {
		return err
	}
	where := string(chat)
	if chat == "" {
		where = everywhere
	}
	args := append(grantArgs(rand.Text(), sealed, who, grant), where, maxGrantChats)
	return failed(g.put.Run(ctx, g.client, grantKeys(who), args...).Err(), "keep the authorisation of "+string(who))
}

// renewGrantLua puts other tokens into a grant of a version.
// KEYS and ARGV: as above without the chats, and last the version. Returns 1, or 0 where it has another version or is gone.
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

// Renew puts other tokens into a grant, and reports false where it is another one by now, or gone. It may be repeated: what
// it did itself, under an answer that was lost, it takes for done.
func (g *Grants) Renew(ctx context.Context, lent bot.KeptGrant, grant bot.Grant) (bot.KeptGrant, bool, error) {
	sealed, err := g.seal(lent.Who, grant, lent.Given)
	if err != nil {
		return bot.KeptGrant{}, false, err
	}
	version := versionAfter(lent.Version, grant)
	args := append(grantArgs(version, sealed, lent.Who, grant), lent.Version)
	renewed, err := g.renew.Run(ctx, g.client, grantKeys(lent.Who), args...).Bool()
	if err != nil {
		return bot.KeptGrant{}, false, failed(err, "renew the authorisation of "+string(lent.Who))
	}
	if !renewed {
		now, ok, err := g.Load(ctx, lent.Who)
		return now, ok && now.Version == version, err
	}
	lent.Grant, lent.Version = grant, version
	return lent, true, nil
}

// versionAfter is the same for the same tokens, and tells nothing of them.
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

// dropGrantLua forgets a grant.
// KEYS: as above. ARGV: the person, the version, empty for any. Returns how much was forgotten.
const dropGrantLua = `
if ARGV[2] ~= '' and redis.call('HGET', KEYS[1], 'v') ~= ARGV[2] then return 0 end
redis.call('ZREM', KEYS[3], ARGV[1])
redis.call('DEL', KEYS[2])
return redis.call('DEL', KEYS[1])`

// Drop forgets a grant of a version, or whatever there is for the empty version, and reports whether there was one.
func (g *Grants) Drop(ctx context.Context, who bot.UserID, version string) (bool, error) {
	dropped, err := g.drop.Run(ctx, g.client, grantKeys(who), string(who), version).Bool()
	return dropped, failed(err, "forget the authorisation of "+string(who))
}

// Due are some people whose refresh tokens end before a time, the first to end first.
func (g *Grants) Due(ctx context.Context, before time.Time, most int) ([]bot.UserID, error) {
	found, err := g.client.ZRangeArgs(ctx, redis.ZRangeArgs{
		Key: keyGrantsDue, ByScore: true, Start: "-inf", Stop: before.UnixMilli(), Count: int64(most),
	}).Result()
	if err != nil {
		return nil, failed(err, "look whose tokens end")
	}
	people := make([]bot.UserID, len(found))
	for i, who := range found {
		people[i] = bot.UserID(who)
	}
	return people, nil
}

// releaseLua gives a lock back that is still ours. KEYS: the lock. ARGV: its mark. Returns nothing that matters.
const releaseLua = `
if redis.call('GET', KEYS[1]) == ARGV[1] then return redis.call('DEL', KEYS[1]) end
return 0`

// Hold takes the lock on a person's tokens for a while, or reports false where somebody else has it. A lock that can't be
// given back ends by itself.
func (g *Grants) Hold(ctx context.Context, who bot.UserID, life time.Duration) (release func(), held bool, err error) {
	key, mark := keyGrantLock(who), rand.Text()
	err = g.client.SetArgs(ctx, key, mark, redis.SetArgs{Mode: "NX", TTL: life}).Err()
	if errors.Is(err, redis.Nil) {
		return nil, false, nil
	}
	if err != nil {
		return nil, false, failed(err, "hold the tokens of "+string(who))
	}
	return func() {
		ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), ioTimeout)
		defer cancel()
		_ = g.release.Run(ctx, g.client, []string{key}, mark).Err()
	}, true, nil
}
