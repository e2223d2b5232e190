package store

import (
	"net/url"
	"strconv"

	"recallbot/bot"
	"recallbot/post/alert"
)

// Every key of this package. Keys that a script uses together have the same hash tag.
//
//	k{CHAT}           sorted set   a chat's newest messages by time                rolled into chunks, expires after the retention
//	k{CHAT}:NAME      sorted set   a chunk of older messages by time               expires after the retention
//	k{CHAT}:x         sorted set   the chat's chunks by the time of their newest   cap, expires after the retention
//	b:BUCKET          hash         messages by id                                  swept after the retention
//	n:TABLE           hash         ids of chats by their reference in the buckets  swept
//	c:{CHAT}, m:BUCKET             the index of versions before chunks, until moved expires, swept
//	index:moved       string       set once nothing of that is left                one key
//	index:moving      string       lock of the move                                expires
//	index:found       string       set while the move found something              expires
//	sweep:turn        string       lock of the sweeper                             expires
//	sweep:cursor      number       the next bucket to sweep                        one key
//	{r:CHAT}          string       a chat's roles                                  expires
//	{r:CHAT}:v        string       the version of those roles                      expires
//	{audit}           stream       all records                                     cap
//	{audit}:a         stream       acts that are older than these                  cap
//	{audit}:c:CHAT    stream       a chat's acts                                   cap, expires
//	{audit}:c:CHAT:r  stream       a chat's refusals                               cap, expires
//	{audit}:k:KEY     string       id of the record of a piece of work             expires
//	{audit}:head      hash         the end of the chain of records, sealed         one key
//	{audit}:o:NAME    hash         position of an exporter                         one key for each exporter
//	{audit}:o:NAME:l  string       lock of an exporter                             expires
//	{l:API}           list         slots of calls, newest first                    cap, expires
//	{l:API}:p         string       end of the pause                                expires
//	{l:API}:t         hash         clock of the slots                              expires
//	{j:CHAT}:JOB      hash         a job and its version                           expires
//	{j:CHAT}:JOB:t    list         its targets                                     maximum of a job, expires
//	{j:CHAT}:JOB:f    sorted set   indexes of targets that can be tried again      maximum of a job, expires
//	{j:CHAT}:JOB:a    set          messages that its preview showed                maximum of a job, expires
//	{j:CHAT}:JOB:h    string       lock of a job                                   expires
//	{j:CHAT}:JOB:s    string       request to stop                                 expires
//	{j:CHAT}          list         the chat's jobs that wait or run                expires
//	{j:CHAT}:?        list         those that wait for an answer                   expires
//	j:JOB             string       the chat of a job                               expires
//	ja                sorted set   all jobs by time                                cap, expires
//	jt:{TEAM}         sorted set   jobs of a team's tokens, by time                cap, expires
//	o:KEY             string       something that is done once                     expires
//	{s}:c:CHAT        string       the settings of a chat                          expires, cap
//	{s}:w:WORK        string       change of settings by a piece of work           expires
//	{s}:n             hash         number of chats by feature that intake must know  expires, cap
//	{w:CHAT}:NAME     sorted set   posts that a rule counts, by time               cap, expires
//	{w:CHAT}:h:RULE   sorted set   messages that a rule recalled in an hour        cap, expires
//	{s}:wc            set          the chats with rules on bots' posts             expires, one entry for each chat
//	{s}:wv            number       version of all rules                            expires
//	{w:CHAT}:c:RULE   sorted set   posts that a rule caught, by time               cap, expires
//	{w:CHAT}:p        number       up to which time the chat was listed            expires
//	{w:CHAT}:o:NAME   string       the open notice about a cause                   expires
//	{w:CHAT}:n:KEY    hash         a notice to moderators                          expires
//	{w:CHAT}:n:KEY:p  sorted set   the posts of a notice, by time                  cap, expires
//	v:{MESSAGE}       hash         who reacted to a message, for a quorum          expires, cap
//	{x:CHAT}          sorted set   a chat's takes by time                          cap, expires
//	{x:CHAT}:TAKE     hash         the posts of a take, encrypted                  expires
//	{x:CHAT}:TAKE:o   sorted set   their order                                     expires
//	{x:CHAT}:TAKE:l   hash         causes why messages can't be restored           expires
//	{x:CHAT}:TAKE:u   string       the job that restores the take                  expires
//	{x:CHAT}:TAKE:n   hash         the new message of each restored post           expires
//	{t:APP}           string       the app's token, encrypted                      expires
//	{t:APP}:f         string       lock on fetching it                             expires
//	w:N               string       a test write                                    expires
//	al:GROUP          string       a group of alerts and its card                  expires
//	{u}:g:USER        hash         a person's grant, encrypted                     expires
//	{u}:c:USER        set          its chats                                       expires, cap
//	{u}:l:USER        string       lock on its tokens                              expires
//	{u}:s:HASH        string       a requested consent, encrypted                  expires
//	{u}:v:USER        string       changes when requested consents become void     expires
//	{u}               sorted set   people by the end of their refresh token        expires
//	a:{MESSAGE}       set          our posts that answer a message                 expires, cap
//	{t}               sorted set   API tokens by time of creation                  cap
//	{t}:TOKEN         hash         an API token, with the hash of its secret       cap, expires after the token
//	{t}:TOKEN:s       number       rate limit of a token                           expires
//	wa:HASH           number       wrong tokens of an address                      expires, cap
//	wt:HASH           number       wrong tokens with a token's id                  expires, cap
//	ws                string       the salt of these hashes                        expires
//	p:{POST}          string       a post of the API                               expires
//	pm:{MESSAGE}      string       the post of a message                           expires
//	pa                sorted set   all posts by time                               cap, expires
//	pt:{TEAM}         sorted set   a team's posts by time                          cap, expires
//	pu:{PERSON}       sorted set   an author's posts by time                       cap, expires
//	pg:{TEAM/GROUP}   sorted set   a group's posts by time                         cap, expires
//	pg:{TEAM/GROUP}:n number       how often it was recalled                       expires
//	pg:{TEAM/GROUP}:w sorted set   orders whose posts are not all listed           expires
//	pg:{TEAM/GROUP}:t hash         when it, or an author's part, was last recalled expires
//	po:{ORDER}        hash         an order and its content                        expires, the content when all posts are sent
//	po:{ORDER}:o      set          its pending posts                               expires
//	pq:{CHAT}         sorted set   the queue of posts of a chat                    expires
//	pq:{CHAT}:h       string       lock of that queue                              expires

const (
	// buckets is the number of buckets: up to 16 million messages each has at most 512 entries, which Redis encodes compactly.
	buckets = 1 << 15
	// chatTables is the number of tables of chats, each of which stays compact up to two million chats.
	chatTables = 1 << 12
)

const (
	keyMoved       = "index:moved"
	keyMoving      = "index:moving"
	keyMoveFound   = "index:found"
	keySweepLock   = "sweep:turn"
	keySweepCursor = "sweep:cursor"
	keyAudit       = "{audit}"
	keyAuditHead   = keyAudit + ":head"
	keyAuditActs   = keyAudit + ":a"
	keyFeatures    = "{s}:n"
	keyWatched     = "{s}:wc"
	// keyWatchedVersion changes with every change of a rule.
	keyWatchedVersion = "{s}:wv"
	keyPostsAll       = "pa"
	keyTokens         = "{t}"
	keyWrongSalt      = "ws"
	keyGrantsDue      = "{u}"
)

// keyNewest leaves out what all ids of the usual form have in common.
func keyNewest(chat bot.ChatID) string {
	if form, _ := packID(chat); form == formOC {
		return "k{" + string(chat[len("oc_"):]) + "}"
	}
	return "k:{" + string(chat) + "}"
}

// partChunks is the suffix of the list of a chat's chunks.
const partChunks = ":x"

func keyChunk(chat bot.ChatID, name string) string { return keyNewest(chat) + ":" + name }

func keyBucket(n int) string { return "b:" + strconv.FormatInt(int64(n), 36) }

func keyChats(table int) string { return "n:" + strconv.FormatInt(int64(table), 36) }

func keyRoles(chat bot.ChatID) string { return "{r:" + string(chat) + "}" }

func keyRolesVersion(chat bot.ChatID) string { return "{r:" + string(chat) + "}:v" }

func keyAuditChat(chat bot.ChatID) string { return keyAudit + ":c:" + string(chat) }

// partRefusals is the suffix of a chat's refusals.
const partRefusals = ":r"

func keyAuditOnce(key string) string { return keyAudit + ":k:" + key }

func keyExporter(name string) string { return keyAudit + ":o:" + name }

// partExporterLock is the suffix of an exporter's lock.
const partExporterLock = ":l"

func keyCalls(api string) string { return "{l:" + api + "}" }

func keyPause(api string) string { return "{l:" + api + "}:p" }

func keyClock(api string) string { return "{l:" + api + "}:t" }

func keyOnce(key string) string { return "o:" + key }

func keySettings(chat bot.ChatID) string { return "{s}:c:" + string(chat) }

func keySettingsWork(work bot.EventID) string { return "{s}:w:" + string(work) }

func keyTenant(app bot.AppID) string { return "{t:" + string(app) + "}" }

func keyTenantLock(app bot.AppID) string { return keyTenant(app) + ":f" }

func keyTestWrite(n int) string      { return "w:" + strconv.Itoa(n) }
func keyGrant(who bot.UserID) string { return keyGrantsDue + ":g:" + string(who) }

func keyGrantChats(who bot.UserID) string { return keyGrantsDue + ":c:" + string(who) }

func keyGrantLock(who bot.UserID) string { return keyGrantsDue + ":l:" + string(who) }

func keyConsentsVoid(who bot.UserID) string { return keyGrantsDue + ":v:" + string(who) }

func keyConsentHash(hash string) string { return keyGrantsDue + ":s:" + hash }

func keyWindow(chat bot.ChatID, name string) string { return "{w:" + string(chat) + "}:" + name }

func keyWatchHour(chat bot.ChatID, rule string) string { return "{w:" + string(chat) + "}:h:" + rule }

func keyCaught(chat bot.ChatID, rule string) string { return "{w:" + string(chat) + "}:c:" + rule }

func keyWatchCursor(chat bot.ChatID) string { return "{w:" + string(chat) + "}:p" }

func keyNoticeOpen(chat bot.ChatID, name string) string { return "{w:" + string(chat) + "}:o:" + name }

func keyNotice(chat bot.ChatID, key string) string { return "{w:" + string(chat) + "}:n:" + key }

func keyVotes(id bot.MessageID) string { return "v:{" + string(id) + "}" }

func keyAnswers(id bot.MessageID) string { return "a:{" + string(id) + "}" }

func keyAlerts(id alert.GroupID) string { return "al:" + string(id) }

func keyJobQueue(chat bot.ChatID) string { return "{j:" + string(chat) + "}" }

func keyJobsUnanswered(chat bot.ChatID) string { return keyJobQueue(chat) + ":?" }

func keyJob(chat bot.ChatID, id bot.JobID) string { return keyJobQueue(chat) + ":" + string(id) }

// The suffixes of a job's other keys.
const (
	partTargets = ":t"
	partFailed  = ":f"
	partShown   = ":a"
	partLock    = ":h"
	partStop    = ":s"
)

func keyJobChat(id bot.JobID) string { return "j:" + string(id) }

// keyJobsAll lists all jobs by time, keyJobsTeam those of a team's tokens.
const keyJobsAll = "ja"

func keyJobsTeam(team bot.TeamID) string { return "jt:{" + string(team) + "}" }

func keyTakes(chat bot.ChatID) string { return "{x:" + string(chat) + "}" }

func keyTake(chat bot.ChatID, take bot.JobID) string { return keyTakes(chat) + ":" + string(take) }

// The suffixes of a take's other keys.
const (
	partOrder    = ":o"
	partCauses   = ":l"
	partRestorer = ":u"
	partRestored = ":n"
)

func keyToken(id bot.TokenID) string { return keyTokens + ":" + string(id) }

func keyTokenRate(id bot.TokenID) string { return keyToken(id) + ":s" }

// keyWrongAddress and keyWrongToken are the counters of wrong tokens.
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

// partEpoch, partOrders and partWithdrawn are suffixes of a group's key: number of recalls, orders whose posts are not all listed, and
// times of the last recall.
const (
	partEpoch    = ":n"
	partOrders   = ":w"
	partRecalled = ":t"
)

func keyOrder(id bot.OrderID) string { return "po:{" + string(id) + "}" }

// partPending is the suffix of an order's pending posts.
const partPending = ":o"

func keyPostQueue(queue string) string { return "pq:{" + queue + "}" }
