package search_test

import (
	"context"
	"fmt"
	"log/slog"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"recallbot/bot"
	"recallbot/recall/recalltest"
	"recallbot/recall/search"
)

func TestSelectBounds(t *testing.T) {
	t.Parallel()
	w := &env{}
	for i := range 120 {
		w.say(fmt.Sprint("m", i), i, fmt.Sprint("cli_", i%60))
	}
	_, preview, err := w.choose(t, scope(bot.Filter{Bots: []bot.BotRef{{Any: true}}}))
	if err != nil || preview.Total != 120 || len(preview.Authors) != 50 || preview.Others != 10 || len(preview.Samples) != 10 {
		t.Errorf("%d of %d authors and %d more, %d samples, %v", preview.Total, len(preview.Authors), preview.Others, len(preview.Samples), err)
	}
	topics := &env{}
	for i := range 120 {
		topics.say(fmt.Sprint("m", i), i, "ou_amy", inTopic(bot.ThreadID(fmt.Sprint("omt_", i)), ""))
	}
	_, preview, err = topics.choose(t, scope(bot.Filter{}))
	if err != nil || !slices.Equal(preview.Unseen, []bot.Unseen{bot.UnseenTopics}) || topics.pages > 110 {
		t.Errorf("too many topics: unseen %v after %d pages, %v", preview.Unseen, topics.pages, err)
	}
	deep := &env{}
	deep.say("root", 1, "me", inTopic("omt_1", ""))
	for i := range 2100 {
		deep.say(fmt.Sprint("m", i), 900, "me", inTopic("omt_1", "root"))
	}
	got, preview, err := deep.choose(t, scope(bot.Filter{}))
	if err != nil || len(got) != 2001 || !slices.Equal(preview.Unseen, []bot.Unseen{bot.UnseenTopics}) {
		t.Errorf("too many replies: %d, unseen %v, %v", len(got), preview.Unseen, err)
	}
}

// stream is a chat of any size, generated while it is read.
type stream struct {
	env

	size, words int
	who         string
	step        time.Duration
}

func (s *stream) History(_ context.Context, q bot.HistoryQuery) (bot.HistoryPage, error) {
	var page bot.HistoryPage
	start := 0
	_, _ = fmt.Sscan(q.Page, &start)
	for i := start; i < min(start+50, s.size); i++ {
		m := message(fmt.Sprintf("%08d", i), 0, s.who, says(strconv.Itoa(i)+strings.Repeat("w", s.words)))
		m.At = at(999).Add(-time.Duration(i) * s.step)
		page.Messages = append(page.Messages, m)
	}
	if start+50 < s.size {
		page.Next = strconv.Itoa(start + 50)
	}
	return page, nil
}

func TestSelectEndsSomewhere(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name           string
		who            string
		total, scanned int
		unseen         bot.Unseen
	}{
		{"more than the maximum of a job", "me", bot.MaxLast, bot.MaxLast + 1, bot.UnseenMore},
		{"more than the maximum of a search", "ou_amy", 0, 50_000, bot.UnseenOlder},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			s := &stream{size: 1 << 30, who: tt.who, step: time.Millisecond}
			preview, err := search.NewSelector(s, s, noBots, recalltest.Self, slog.New(slog.DiscardHandler)).Select(t.Context(), scope(bot.Filter{}),
				func(context.Context, []bot.Seen) error { return nil })
			if err != nil || preview.Total != tt.total || preview.Scanned != tt.scanned || !slices.Equal(preview.Unseen, []bot.Unseen{tt.unseen}) {
				t.Errorf("%d of %d, unseen %v, %v", preview.Total, preview.Scanned, preview.Unseen, err)
			}
		})
	}
}

// TestSelectMemorySlow: 10,000 messages of 6 KB with their bodies are 120 MB; only a few pages are in memory at a time. It does not
// run in parallel, since it measures the heap of the process.
func TestSelectMemorySlow(t *testing.T) { //nolint:paralleltest // see above
	const most = 12 << 20
	s := &stream{size: bot.MaxLast, words: 6 << 10, who: "me", step: time.Millisecond}
	live := func() uint64 {
		var stats runtime.MemStats
		runtime.GC()
		runtime.ReadMemStats(&stats)
		return stats.HeapAlloc
	}
	before, peak, pages := live(), uint64(0), 0
	for _, f := range []bot.Filter{{}, {Last: bot.MaxLast, Match: []string{"w"}}, {Any: true, Dup: true, Match: []string{"w"}}} {
		preview, err := search.NewSelector(s, s, noBots, recalltest.Self, slog.New(slog.DiscardHandler)).Select(t.Context(), scope(f),
			func(context.Context, []bot.Seen) error {
				if pages++; pages%40 == 0 {
					peak = max(peak, live())
				}
				return nil
			})
		if err != nil || preview.Total != bot.MaxLast {
			t.Fatalf("%d, %v", preview.Total, err)
		}
	}
	if peak > before+most {
		t.Errorf("%d MB live, %d before", peak>>20, before>>20)
	}
}

// TestSelectMatchesSoMuch: slow expressions are matched with a limited amount of text. Messages that other conditions exclude do
// not count, and ordinary expressions are not limited.
func TestSelectMatchesSoMuch(t *testing.T) {
	t.Parallel()
	chat := func(size int) *env {
		w := &env{}
		for i := range 40 {
			w.say(fmt.Sprint("m", i), i, "cli_other", says(strings.Repeat("a", size)))
			w.say(fmt.Sprint("own", i), 100+i, "me", says("ab"))
		}
		return w
	}
	any40 := bot.Filter{Bots: []bot.BotRef{{Any: true}}}
	for name, row := range map[string]struct {
		size    int
		regex   []string
		own     bool
		scanned bool
	}{
		"ordinary":          {60_000, []string{`(?i)(warn|error):\s*a+b`}, false, true},
		"slow":              {60_000, []string{`z(?:a{0,30}){25}b`}, false, false},
		"several slow ones": {60_000, []string{`zb{900}`, `zc{900}`}, false, false},
		"slow, own posts":   {60_000, []string{`z(?:a{0,30}){25}b`}, true, true},
		"slow, short texts": {100, []string{`z(?:a{0,30}){25}b`}, false, true},
	} {
		f := any40
		if f.Regex = row.regex; row.own {
			f.Bots = nil
		}
		w := chat(row.size)
		_, preview, err := w.choose(t, scope(f))
		if cut := slices.Contains(preview.Unseen, bot.UnseenOlder); err != nil || cut == row.scanned || preview.Scanned < 10 {
			t.Errorf("%s: %d scanned, unseen %v, %v", name, preview.Scanned, preview.Unseen, err)
		}
	}
}
