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
	samples        []bot.Sample
	groups         map[group]*bot.Group
}

// group is what the messages of a bot.Group have in common.
type group struct {
	author

	kind, text string
}

type author struct {
	kind bot.Kind
	from string
}

func newSummary() *summary {
	return &summary{skipped: bot.Counts{}, authors: map[author]*bot.AuthorCount{}, groups: map[group]*bot.Group{}}
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
	t.sample(m)
	t.group(m)
}

// group counts a message with those of the same author and text.
func (t *summary) group(m bot.Seen) {
	key := group{author{m.Kind, m.From}, m.Type, excerptOf(m.Text, excerptLength)}
	g := t.groups[key]
	if g == nil {
		g = &bot.Group{Kind: m.Kind, From: m.From, Type: m.Type, Text: key.text}
		t.groups[key] = g
	}
	g.Count++
	if m.Kind != bot.KindPerson {
		g.Name = cmp.Or(g.Name, excerptOf(m.Name, maxAuthorsName))
	}
	if m.At.After(g.Newest) {
		g.Newest = m.At
	}
}

// topGroups are the largest groups, and of equal ones the newest.
func (t *summary) topGroups(called map[string]string) []bot.Group {
	groups := make([]bot.Group, 0, len(t.groups))
	for _, g := range t.groups {
		groups = append(groups, *g)
	}
	slices.SortFunc(groups, func(a, b bot.Group) int {
		return cmp.Or(b.Count-a.Count, b.Newest.Compare(a.Newest), strings.Compare(a.Text, b.Text))
	})
	groups = slices.Clone(groups[:min(len(groups), bot.MaxGroups)])
	for i, g := range groups {
		if g.Kind == bot.KindBot {
			groups[i].Name = cmp.Or(g.Name, excerptOf(called[g.From], maxAuthorsName))
		}
	}
	return groups
}

// sample adds a message that is one of the newest.
func (t *summary) sample(m bot.Seen) {
	at := len(t.samples)
	for at > 0 && t.samples[at-1].At.Before(m.At) {
		at--
	}
	if at == bot.MaxSamples {
		return
	}
	t.samples = slices.Insert(t.samples, at, bot.Sample{ID: m.ID, At: m.At, Kind: m.Kind})
	t.samples = t.samples[:min(len(t.samples), bot.MaxSamples)]
}

// hasNameless reports whether a bot's name is not known.
func (t *summary) hasNameless() bool {
	for _, count := range t.authors {
		if count.Kind == bot.KindBot && count.Name == "" {
			return true
		}
	}
	return false
}

// preview is the summary; called are names of apps that the messages don't have.
func (t *summary) preview(unseen map[bot.Unseen]bool, called map[string]string) bot.Preview {
	p := bot.Preview{Total: t.total, Oldest: t.oldest, Newest: t.newest, Samples: t.samples, Groups: t.topGroups(called), Scanned: t.scanned}
	if len(t.skipped) > 0 {
		p.Skipped = t.skipped
	}
	for _, count := range t.authors {
		count.Name = cmp.Or(count.Name, excerptOf(called[count.From], maxAuthorsName))
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
