package store

import (
	"hash/fnv"
	"net/url"
	"strconv"

	"recallbot/bot"
	"recallbot/post/alert"
)

// Every key of this package. What a script touches together carries the same hash tag.
//
//	c:{CHAT}          sorted set   a chat's messages by time                       cap, expires after the retention
//	m:BUCKET          hash         message -> what is known of it                  swept after the retention
//	sweep:turn        string       which replica sweeps the next buckets           expires
//	sweep:cursor      number       the next bucket to sweep                        one key
//	{r:CHAT}          string       a chat's roles                                  expires
//	{r:CHAT}:v        string       the version of those roles                      expires
//	{audit}           stream       all records                                     cap
//	{audit}:a         stream       acts that are older than these                  cap
//	{audit}:c:CHAT    stream       a chat's acts                                   cap, expires
//	{audit}:c:CHAT:r  stream       a chat's refusals                               cap, expires
//	{audit}:k:KEY     string       the record that this work made already          expires
//	{audit}:head      hash         the end of the chain of records, sealed         one key
//	{audit}:o:OUTLET  hash         up to where records went out                    one key for each outlet
//	{audit}:o:OUTLET:l string      which replica sends them                        expires
//	{l:API}           list         when calls were made, newest first              cap, expires
//	{l:API}:p         string       until when no call may be made                     expires
//	{l:API}:t         hash         the time by which these are counted             expires
//	{j:CHAT}:JOB      hash         a job and its version                           expires
//	{j:CHAT}:JOB:t    list         what it is to do with each message              most of a job, expires
//	{j:CHAT}:JOB:f    sorted set   which of these can be tried again               most of a job, expires
//	{j:CHAT}:JOB:a    set          which messages its preview showed               most of a job, expires
//	{j:CHAT}:JOB:h    string       which replica works on it                       expires
//	{j:CHAT}:JOB:s    string       that it is to stop                              expires
//	{j:CHAT}          list         the chat's jobs that wait or run                expires
//	{j:CHAT}:?        list         those that wait for an answer                   expires
//	j:JOB             string       the chat of a job                               expires
//	ja                sorted set   all jobs by time                                cap, expires
//	jt:{TEAM}         sorted set   jobs that a team's tokens asked for, by time    cap, expires
//	o:KEY             string       that something happened                         expires
//	{s}:c:CHAT        string       the settings of a chat                          expires, cap
//	{s}:w:WORK        string       what a piece of work changed in settings        expires
//	{s}:n             hash         how many chats want what intake must know       expires, cap
//	v:{MESSAGE}       hash         who reacted to a message, for a quorum          expires, cap
//	{x:CHAT}          sorted set   what was taken in a chat and can come back, by time     cap, expires
//	{x:CHAT}:TAKE     hash         the posts of one of these, encrypted             expires
//	{x:CHAT}:TAKE:o   sorted set   their order                                      expires
//	{x:CHAT}:TAKE:l   hash         what it took that can't come back, and why        expires
//	{x:CHAT}:TAKE:u   string       the job that posts them again                    expires
//	{x:CHAT}:TAKE:n   hash         what each became                                 expires
//	{t:APP}           string       the app's token, sealed                         expires
//	{t:APP}:f         string       that a replica fetches it                       expires
//	w:N               string       nothing: it tries writing, or is waited for      expires
//	al:GROUP          string       a group of alerts and its card                  expires
//	{u}:g:USER        hash         what a person authorised us to, encrypted       expires
//	{u}:c:USER        set          in which chats                                  expires, cap
//	{u}:l:USER        string       who renews these tokens                         expires
//	{u}:s:HASH        string       whose consent was asked for, encrypted          expires
//	{u}               sorted set   whose tokens end when                           expires
//	a:{MESSAGE}       set          our posts that answer a message                 expires, cap
//	{t}               sorted set   the API tokens, by when they were made           cap
//	{t}:TOKEN         hash         an API token, with the hash of its secret        cap; expires when it is over
//	{t}:TOKEN:s       number       when the token's calls so far are through        expires
//	wa:HASH           number       wrong tokens of an address                      expires, cap
//	wt:HASH           number       wrong tokens with a token's id                  expires, cap
//	ws                string       the salt of these hashes                        expires
//	p:{POST}          string       a post of the API                               expires
//	pm:{MESSAGE}      string       the post that became a message                  expires
//	pa                sorted set   all posts by time                               cap, expires
//	pt:{TEAM}         sorted set   a team's posts by time                          cap, expires
//	pu:{PERSON}       sorted set   the posts of which a person is the author       cap, expires
//	pg:{TEAM/GROUP}   sorted set   a group's posts by time                         cap, expires
//	pg:{TEAM/GROUP}:t hash         when it, or an author's part, was last recalled expires
//	po:{ORDER}        hash         posts that are to be sent, and what they say    expires, the words once all are sent
//	po:{ORDER}:o      set          which of them are not settled                   expires
//	pq:{CHAT}         sorted set   the posts that wait for their turn in a chat    expires
//	pq:{CHAT}:h       string       who sends them                                  expires

// buckets is how many hashes the messages are spread over: at 33 million messages each still has the 512 entries up to
// which Redis stores a hash compactly.
const buckets = 1 << 16

const (
	keySweepTurn   = "sweep:turn"
	keySweepCursor = "sweep:cursor"
	keyAudit       = "{audit}"
	keyAuditHead   = keyAudit + ":head"
	keyAuditActs   = keyAudit + ":a"
	keyWishes      = "{s}:n"
	keyPostsAll    = "pa"
	keyTokens      = "{t}"
	keyWrongSalt   = "ws"
	keyGrantsDue   = "{u}"
)

func keyChat(chat bot.ChatID) string { return "c:{" + string(chat) + "}" }

// keyBucket is the hash in which a message is found, by its packed id. The id is hashed because newer ids share their
// beginning.
func keyBucket(packedID []byte) string {
	sum := fnv.New32a()
	_, _ = sum.Write(packedID)
	n := sum.Sum32()
	return keyBucketNo(int((n ^ n>>16) & (buckets - 1)))
}

func keyBucketNo(n int) string {
	const digits = "0123456789abcdef"
	return string([]byte{'m', ':', digits[n>>12&15], digits[n>>8&15], digits[n>>4&15], digits[n&15]})
}

func keyRoles(chat bot.ChatID) string { return "{r:" + string(chat) + "}" }

func keyRolesVersion(chat bot.ChatID) string { return "{r:" + string(chat) + "}:v" }

func keyAuditChat(chat bot.ChatID) string { return keyAudit + ":c:" + string(chat) }

// partRefusals is the suffix of a chat's refusals.
const partRefusals = ":r"

func keyAuditOnce(key string) string { return keyAudit + ":k:" + key }

func keyOutlet(name string) string { return keyAudit + ":o:" + name }

// partLease is the suffix of an outlet's lease.
const partLease = ":l"

func keyCalls(api string) string { return "{l:" + api + "}" }

func keyPause(api string) string { return "{l:" + api + "}:p" }

func keyCount(api string) string { return "{l:" + api + "}:t" }

func keyOnce(key string) string { return "o:" + key }

func keySettings(chat bot.ChatID) string { return "{s}:c:" + string(chat) }

func keySettingsWork(work bot.EventID) string { return "{s}:w:" + string(work) }

func keyTenant(app bot.AppID) string { return "{t:" + string(app) + "}" }

func keyTenantTurn(app bot.AppID) string { return keyTenant(app) + ":f" }

func keyMark(n int) string           { return "w:" + strconv.Itoa(n) }
func keyGrant(who bot.UserID) string { return keyGrantsDue + ":g:" + string(who) }

func keyGrantChats(who bot.UserID) string { return keyGrantsDue + ":c:" + string(who) }

func keyGrantLock(who bot.UserID) string { return keyGrantsDue + ":l:" + string(who) }

func keyConsentsVoid(who bot.UserID) string { return keyGrantsDue + ":v:" + string(who) }

func keyConsentHash(hash string) string { return keyGrantsDue + ":s:" + hash }

func keyVotes(id bot.MessageID) string { return "v:{" + string(id) + "}" }

func keyAnswers(id bot.MessageID) string { return "a:{" + string(id) + "}" }

func keyAlerts(id alert.GroupID) string { return "al:" + string(id) }

func keyJobLine(chat bot.ChatID) string { return "{j:" + string(chat) + "}" }

func keyJobsAsking(chat bot.ChatID) string { return keyJobLine(chat) + ":?" }

func keyJob(chat bot.ChatID, id bot.JobID) string { return keyJobLine(chat) + ":" + string(id) }

// The suffixes of a job's other keys.
const (
	partTargets = ":t"
	partFailed  = ":f"
	partShown   = ":a"
	partHolder  = ":h"
	partStop    = ":s"
)

func keyJobChat(id bot.JobID) string { return "j:" + string(id) }

// keyJobsAll lists all jobs by time, keyJobsTeam those that a team's tokens asked for.
const keyJobsAll = "ja"

func keyJobsTeam(team bot.TeamID) string { return "jt:{" + string(team) + "}" }

func keyTakes(chat bot.ChatID) string { return "{x:" + string(chat) + "}" }

func keyTake(chat bot.ChatID, take bot.JobID) string { return keyTakes(chat) + ":" + string(take) }

// The suffixes of a take's other keys.
const (
	partOrder  = ":o"
	partLost   = ":l"
	partUndone = ":u"
	partAnew   = ":n"
)

func keyToken(id bot.TokenID) string { return keyTokens + ":" + string(id) }

func keyTokenSpent(id bot.TokenID) string { return keyToken(id) + ":s" }

// keyWrongAddress and keyWrongToken are where wrong tokens are counted.
func keyWrongAddress(bucket string) string { return "wa:" + bucket }

func keyWrongToken(bucket string) string { return "wt:" + bucket }

func keyPost(id bot.PostID) string { return "p:{" + string(id) + "}" }

func keyPostOf(id bot.MessageID) string { return "pm:{" + string(id) + "}" }

func keyPostsTeam(team bot.TeamID) string { return "pt:{" + string(team) + "}" }

func keyPostsAuthor(who bot.UserID) string { return "pu:{" + string(who) + "}" }

// keyPostsGroup escapes the team, so that no two groups share a key.
func keyPostsGroup(team bot.TeamID, group bot.GroupID) string {
	return "pg:{" + url.QueryEscape(string(team)) + "/" + string(group) + "}"
}

// partEpoch, partOrders and partWithdrawn are suffixes of a group's key: how often it was recalled, the orders whose posts are
// not all listed yet, and when all of it, or of an author's part, was last recalled.
const (
	partEpoch     = ":n"
	partOrders    = ":w"
	partWithdrawn = ":t"
)

func keyOrder(id bot.OrderID) string { return "po:{" + string(id) + "}" }

// partOpen is the suffix of an order's posts that are not settled.
const partOpen = ":o"

func keyLine(lane string) string { return "pq:{" + lane + "}" }
