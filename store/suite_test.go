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

// contractTest is a test that runs on every server.
type contractTest struct {
	name string
	run  func(*testing.T, *store.Store)
}

func contractTests() []contractTest {
	return []contractTest{
		{"add, find and list", testAddFindList},
		{"ids of other forms", testOddIDs},
		{"adding again", testAddAgain},
		{"adding again completes", testAddLearns},
		{"forgotten messages", testForget},
		{"forgotten before added", testForgetFirst},
		{"our own answers", testOwnAnswers},
		{"newest by kind, thread and time", testNewest},
		{"messages of one millisecond", testSameMillisecond},
		{"walk", testWalk},
		{"many ids", testKnown},
		{"cap of the index", testCap},
		{"drop a chat", testDropChat},
		{"sweeping", testSweep},
		{"the sweeper runs", testRunSweeper},
		{"undecodable entries", testForeignEntries},
		{"concurrent adds", testAddConcurrently},
		{"index and model", testIndexModel},
		{"the old layout is moved", testMoveOld},
		{"everything expires", testExpiry},
		{"a set that was emptied expires", testExpiryAfterForget},
		{"roles", testRoles},
		{"roles requested before a drop", testRolesInFlight},
		{"the audit records once", testAuditOnce},
		{"the audit in pages", testAuditPages},
		{"cap of the audit", testAuditCap},
		{"once", testOnce},
		{"settings", testSettings},
		{"settings change once for each work", testSettingsTwice},
		{"concurrent changes of settings", testSettingsConcurrent},
		{"features in use", testFeatures},
		{"undecodable settings", testSettingsUndecodable},
		{"windows of rules", testWindows},
		{"a flood in two replicas", testFloodOfTwoReplicas},
		{"recalls of a rule in an hour", testSpend},
		{"what rules caught", testCaught},
		{"chats with rules", testWatchedChats},
		{"notices to moderators", testNotices},
		{"reactions", testVotes},
		{"maximum of reactions", testVotesCap},
		{"answers", testAnswers},
		{"an idle limiter does not wait", testLimiterIdle},
		{"never more than 50 in a second", testLimiterSecond},
		{"never more than 50 slots in a second", testLimiterSlots},
		{"never more than 1000 in a minute", testLimiterMinute},
		{"a limiter respects deadlines", testLimiterDeadline},
		{"a pause holds for all", testLimiterPause},
		{"a pause while waiting", testLimiterPauseWhileWaiting},
		{"order of the archive", testArchiveOrder},
		{"keys of the archive", testArchiveKeys},
		{"claims of a take", testArchiveClaims},
		{"causes in the archive", testArchiveCauses},
		{"the archive is encrypted", testArchiveEncrypted},
		{"consents", testConsentOnce},
		{"grants", testGrants},
		{"keys of grants", testGrantKeys},
		{"lock of a grant", testGrantLock},
		{"errors of scripts are internal", testScriptError},
		{"groups of alerts", testAlerts},
		{"concurrent changes of groups of alerts", testAlertsConcurrent},
		{"undecodable groups of alerts", testAlertsUndecodable},
		{"create and load jobs", testJobCreated},
		{"list jobs", testJobList},
		{"versions of a job", testJobSaved},
		{"queue of jobs", testJobQueue},
		{"unanswered jobs", testJobsUnanswered},
		{"lock of a job", testJobLock},
		{"targets of a job", testJobTargets},
		{"shown messages of a job", testJobShown},
		{"jobs expire", testJobExpires},
		{"single calls before bulk calls", testLimiterBulk},
		{"jobs share bulk calls", testLimiterFair},
		{"unused slots are given back", testLimiterGivesBack},
		{"deadline of a bulk call", testLimiterBulkDeadline},
		{"five in a second into one chat", testLimiterSends},
		{"token of the app", testTenant},
		{"create and find posts", testPostsCreated},
		{"concurrent changes of a post", testPostsChanged},
		{"lists of posts", testPostsLists},
		{"posts of a person", testPostsByAuthor},
		{"cancel posts", testPostsCancelled},
		{"orders of groups are announced", testGroups},
		{"orders", testOrders},
		{"queues of posts", testPostQueues},
		{"tokens", testTokens},
		{"ended tokens", testTokensEnded},
		{"principals", testPrincipal},
		{"wrong tokens", testTokensWrong},
		{"counters of wrong tokens", testTokensCounters},
		{"rate of a token", testTokensRate},
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
			for _, b := range contractTests() {
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

// start is a time at a whole millisecond within the retention.
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

// personMessage is a message of a person, n milliseconds after start.
func personMessage(chat bot.ChatID, n int) bot.Message {
	at := start().Add(time.Duration(n) * time.Millisecond)
	return bot.Message{ID: newMessage(), Chat: chat, Kind: bot.KindPerson, Sender: bot.HashOf("ou_1"), At: at}
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
