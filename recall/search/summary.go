package search

import (
	"cmp"
	"maps"
	"slices"
	"strings"
	"time"
	"unicode"

	"recallbot/bot"
)

const (
	excerptLength  = 80
	maxAuthors     = 50
	maxAuthorsName = 100
)

// summary is what a selection has found so far.
type summary struct {
	scanned, total int
	skipped        bot.Counts
	authors        map[author]*bot.AuthorCount
	oldest, newest time.Time
	excerpts       []bot.Excerpt
}

type author struct {
	kind bot.Kind
	from string
}

func newSummary() *summary {
	return &summary{skipped: bot.Counts{}, authors: map[author]*bot.AuthorCount{}}
}

func (t *summary) add(m bot.Seen) {
	t.total++
	key := author{m.Kind, m.From}
	if t.authors[key] == nil {
		t.authors[key] = &bot.AuthorCount{Kind: m.Kind, From: m.From}
	}
	t.authors[key].Count++
	if m.Kind != bot.KindPerson { // names of people are not stored
		t.authors[key].Name = cmp.Or(t.authors[key].Name, excerptOf(m.Name, maxAuthorsName))
	}
	if t.oldest.IsZero() || m.At.Before(t.oldest) {
		t.oldest = m.At
	}
	if m.At.After(t.newest) {
		t.newest = m.At
	}
	t.excerpt(m)
}

// excerpt adds the excerpt of a message that is one of the newest.
func (t *summary) excerpt(m bot.Seen) {
	at := len(t.excerpts)
	for at > 0 && t.excerpts[at-1].At.Before(m.At) {
		at--
	}
	if at == bot.MaxExcerpts {
		return
	}
	t.excerpts = slices.Insert(t.excerpts, at, bot.Excerpt{
		ID: m.ID, At: m.At, Kind: m.Kind, From: m.From, Type: m.Type, Text: excerptOf(m.Text, excerptLength),
	})
	t.excerpts = t.excerpts[:min(len(t.excerpts), bot.MaxExcerpts)]
}

func (t *summary) preview(unseen map[bot.Unseen]bool) bot.Preview {
	p := bot.Preview{Total: t.total, Oldest: t.oldest, Newest: t.newest, Excerpts: t.excerpts, Scanned: t.scanned}
	if len(t.skipped) > 0 {
		p.Skipped = t.skipped
	}
	for _, count := range t.authors {
		p.Authors = append(p.Authors, *count)
	}
	slices.SortFunc(p.Authors, func(a, b bot.AuthorCount) int {
		return cmp.Or(b.Count-a.Count, cmp.Compare(a.Kind, b.Kind), strings.Compare(a.From, b.From))
	})
	if len(p.Authors) > maxAuthors {
		p.Others = len(p.Authors) - maxAuthors
		p.Authors = p.Authors[:maxAuthors:maxAuthors]
	}
	p.Unseen = slices.Sorted(maps.Keys(unseen))
	return p
}

// excerptOf is the beginning of a text on one line, without the marks of mentions.
func excerptOf(text string, limit int) string {
	text = text[:min(len(text), 8*limit)] // no need to process a long text
	text = strings.ToValidUTF8(text, "")
	text = strings.Map(func(r rune) rune {
		if unicode.IsControl(r) {
			return ' '
		}
		return r
	}, text)
	text = strings.Join(strings.Fields(text), " ")
	return bot.Clip(strings.ReplaceAll(text, bot.MentionStart, "@ {"), limit)
}
