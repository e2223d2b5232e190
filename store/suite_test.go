package store_test

import (
	"encoding/hex"
	"log/slog"
	"math/rand/v2"
	"testing"
	"time"

	"go.uber.org/goleak"

	"recallbot/bot"
	"recallbot/store"
	"recallbot/test/redistest"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// behaviour is one thing that must hold on every server.
type behaviour struct {
	name string
	run  func(*testing.T, *store.Store)
}

func behaviours() []behaviour {
	return []behaviour{
		{"a message is found and listed", testAddFindList},
		{"odd ids are kept as they are", testOddIDs},
		{"adding again changes nothing", testAddAgain},
		{"adding again learns", testAddLearns},
		{"a forgotten message stays so", testForget},
		{"forgotten before it came", testForgetFirst},
		{"our own answers", testOwnAnswers},
		{"the newest by kind, thread and time", testNewest},
		{"many in one millisecond", testSameMillisecond},
		{"a walk through a chat", testWalk},
		{"many found at once", testKnown},
		{"the cap keeps the newest", testCap},
		{"a chat is dropped", testDropChat},
		{"sweeping", testSweep},
		{"the sweeper runs", testRunSweeper},
		{"foreign entries do no harm", testForeignEntries},
		{"added from many sides", testAddConcurrently},
		{"the index and its model", testIndexModel},
		{"everything expires", testExpiry},
		{"roles are kept and dropped", testRoles},
		{"roles asked for before a change are not kept", testRolesInFlight},
		{"the audit records once", testAuditOnce},
		{"the audit in pages", testAuditPages},
		{"the audit keeps the newest", testAuditCap},
		{"first only once", testOnce},
		{"settings are kept and dropped", testSettings},
		{"settings change once for each work", testSettingsTwice},
		{"settings changed by several at once", testSettingsTogether},
		{"what any chat wishes is known", testWishes},
		{"settings that can't be read", testSettingsSpoiled},
		{"reactions are counted", testVotes},
		{"reactions are counted up to a bound", testVotesCap},
		{"answers are remembered", testAnswers},
		{"an idle limiter does not wait", testLimiterIdle},
		{"never more than 50 in a second", testLimiterSecond},
		{"never more than 1000 in a minute", testLimiterMinute},
		{"a limiter respects deadlines", testLimiterDeadline},
		{"a pause holds for all", testLimiterPause},
		{"a pause that comes while waiting", testLimiterPauseWhileWaiting},
		{"the archive in its order", testArchiveOrder},
		{"the archive's keys", testArchiveKeys},
		{"what was taken comes back once", testArchiveClaims},
		{"what can't come back is not passed over", testArchiveLosses},
		{"the archive tells Redis no words", testArchiveSecret},
		{"a consent is asked for once", testConsentOnce},
		{"what owners authorise", testGrants},
		{"the keys of what owners authorise", testGrantKeys},
		{"one renews at a time", testGrantLock},
		{"a script's fault is ours", testKindOfFault},
		{"groups of alerts are kept", testAlerts},
		{"groups of alerts changed by several at once", testAlertsTogether},
		{"groups of alerts that can't be read", testAlertsSpoiled},
		{"a job is kept", testJobKept},
		{"jobs are listed", testJobList},
		{"a job is saved by one", testJobSaved},
		{"jobs stand in line", testJobLine},
		{"jobs that ask somebody", testJobsAsking},
		{"a job is held by one", testJobHeld},
		{"targets of a job", testJobTargets},
		{"what a job has shown", testJobShown},
		{"jobs expire", testJobExpires},
		{"single calls pass the bulk lane", testLimiterLanes},
		{"jobs share the bulk lane", testLimiterFair},
		{"a slot that came to nothing is given back", testLimiterGivesBack},
		{"a bulk call asks to wait", testLimiterBulkDeadline},
		{"five in a second into one chat", testLimiterSends},
		{"the app's token is shared", testTenant},
		{"a post is kept", testPostsKept},
		{"a post is changed by several at once", testPostsChanged},
		{"lists of posts", testPostsLists},
		{"posts of a person", testPostsByAuthor},
		{"posts are cancelled", testPostsCancelled},
		{"orders of groups are announced", testGroups},
		{"orders and what they say", testOrders},
		{"lines of posts", testLines},
		{"tokens are kept as hashes", testTokens},
		{"tokens end", testTokensEnd},
		{"what tokens may now", testPrincipal},
		{"tokens are not guessed", testTokensGuessed},
		{"wrong tokens are counted apart", testTokensCountedApart},
		{"tokens have a rate", testTokensRate},
	}
}

func TestStore(t *testing.T) {
	t.Parallel()
	servers := []struct {
		name  string
		start func(testing.TB) string
	}{
		{"embedded", func(testing.TB) string { return "" }},
		{"redis", func(tb testing.TB) string { tb.Helper(); return redistest.Start(tb).URL() }},
		{"cluster", func(tb testing.TB) string { tb.Helper(); return redistest.StartCluster(tb) }},
	}
	for _, server := range servers {
		t.Run(server.name, func(t *testing.T) {
			t.Parallel()
			url := server.start(t)
			for _, b := range behaviours() {
				t.Run(b.name, func(t *testing.T) {
					t.Parallel()
					b.run(t, open(t, url, config()))
				})
			}
		})
	}
}

func config() store.Config {
	cfg := store.DefaultConfig()
	cfg.IndexCap = 200
	return cfg
}

func open(tb testing.TB, url string, cfg store.Config) *store.Store {
	tb.Helper()
	s, err := store.Open(tb.Context(), store.RedisConfig{URL: store.URL(url)}, cfg, slog.New(slog.DiscardHandler))
	if err != nil {
		tb.Fatalf("open %q: %v", url, err)
	}
	tb.Cleanup(func() {
		if err := s.Close(); err != nil {
			tb.Errorf("close: %v", err)
		}
	})
	return s
}

// start is a time at a whole millisecond, lately enough to be within the retention.
func start() time.Time { return time.UnixMilli(time.Now().Add(-time.Hour).UnixMilli()) }

func newChat() bot.ChatID       { return bot.ChatID("oc_" + randomHex()) }
func newMessage() bot.MessageID { return bot.MessageID("om_" + randomHex()) }

func randomHex() string {
	raw := make([]byte, 16)
	for i := range raw {
		raw[i] = byte(rand.IntN(256))
	}
	return hex.EncodeToString(raw)
}

// said is a person's message in the chat, n milliseconds after the start.
func said(chat bot.ChatID, n int) bot.Message {
	at := start().Add(time.Duration(n) * time.Millisecond)
	return bot.Message{ID: newMessage(), Chat: chat, Kind: bot.KindPerson, Sender: bot.Hash64Of("ou_1"), At: at}
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func wantKind(t *testing.T, err error, kind bot.ErrorKind) {
	t.Helper()
	if bot.KindOf(err) != kind {
		t.Fatalf("error %v has kind %v, want %v", err, bot.KindOf(err), kind)
	}
}
