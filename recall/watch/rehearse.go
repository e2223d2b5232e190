package watch

import (
	"context"
	"iter"
	"slices"
	"strconv"
	"time"

	"recallbot/bot"
	"recallbot/recall/search"
)

const (
	// MaxRehearsed is the maximum of messages of a rehearsal.
	MaxRehearsed = 20_000
	// maxSamples is how many posts of each kind a rehearsal shows.
	maxSamples = 3
	// maxExcerpt is the length of an excerpt, in characters.
	maxExcerpt = 100
)

// Rehearsal is what a rule would have caught in the history of a chat.
type Rehearsal struct {
	At    time.Time `json:"at"`
	Since time.Time `json:"since"`
	// Read messages were read; Part is set where there were more, or it was stopped.
	Read int  `json:"read"`
	Part bool `json:"part,omitempty"`
	// Caught posts of Bots would have been caught, so many on each of Days (2006-01-02). Hits are some of them, Left some others of these bots.
	Caught int     `json:"caught"`
	Bots   []Count `json:"bots,omitempty"`
	Days   []Count `json:"days,omitempty"`
	Hits   []Entry `json:"-"`
	Left   []Entry `json:"-"`
}

// Entry is what rehearsals and reports need of a message of the history.
type Entry struct {
	ID   bot.MessageID
	Kind bot.Kind
	From Sender
	At   time.Time
	// Excerpt is the begin of its text, Content a hash of the content; zero where it can't be compared.
	Excerpt string
	Content uint64
	// Matches is set where it meets the conditions of the rule on a single post.
	Matches bool
}

// Count is a count of something.
type Count struct {
	Name  string `json:"name"`
	Count int    `json:"count"`
}

// Rehearse runs a rule over the messages of a chat, the oldest first, and changes nothing. The days are those of the zone.
func Rehearse(rule bot.WatchRule, messages []Entry, zone *time.Location) Rehearsal {
	done := Rehearsal{Read: len(messages)}
	windows := map[string]*Window{}
	bots, days := map[string]int{}, map[string]int{}
	for _, m := range messages {
		if m.Kind == bot.KindPerson && rule.When.Kind == bot.WatchLoop {
			window(windows, rule.Name).Judge(string(m.ID), "", m.At, rule.When)
		}
		if m.Kind != bot.KindOwn && m.Kind != bot.KindBot || !rule.Means(m.From.Own) {
			continue
		}
		caught := m.Matches
		if caught && rule.When.Kind.Counts() {
			w := window(windows, windowName(rule, m.From.ID, func() uint64 { return m.Content }))
			w.Forget(m.At.Add(-rule.When.Within))
			caught = w.Judge(string(m.ID), m.From.ID, m.At, rule.When)
		}
		switch {
		case !m.From.IsOne(rule.Filter.Bots):
		case !caught:
			done.Left = sample(done.Left, m)
		default:
			done.Caught++
			done.Hits = sample(done.Hits, m)
			bots[m.From.Label()]++
			days[m.At.In(zone).Format(time.DateOnly)]++
		}
	}
	done.Bots, done.Days = counted(bots), counted(days)
	slices.SortStableFunc(done.Bots, func(a, b Count) int { return b.Count - a.Count })
	return done
}

func window(all map[string]*Window, name string) *Window {
	if all[name] == nil {
		all[name] = &Window{}
	}
	return all[name]
}

// sample keeps the newest posts with a text: a recalled post has none any more.
func sample(samples []Entry, m Entry) []Entry {
	if m.Excerpt == "" {
		return samples
	}
	if len(samples) == maxSamples {
		samples = samples[1:]
	}
	return append(samples, m)
}

// counted are counts in the order of their names.
func counted(counts map[string]int) []Count {
	var all []Count
	for name, count := range counts {
		all = append(all, Count{name, count})
	}
	slices.SortFunc(all, func(a, b Count) int {
		if a.Name < b.Name {
			return -1
		}
		return 1
	})
	return all
}

// Reader reads the messages of a chat for rehearsals and reports.
type Reader struct {
	History func(ctx context.Context, q bot.HistoryQuery) (bot.HistoryPage, error)
	// Walk returns the messages that the index has, without their content, the newest first.
	Walk func(ctx context.Context, chat bot.ChatID, since, before time.Time) iter.Seq2[bot.Message, error]
	// Bots are the bots of a chat, for their names; none where they can't be had. Known returns messages of the index, which has the open_ids of
	// senders whose posts came as events.
	Bots  search.BotsFunc
	Known func(ctx context.Context, ids []bot.MessageID) ([]bot.Message, error)
}

// Read returns the messages of a time, the oldest first, at most MaxRehearsed; part is set where there are more, or more returned false. Denied where
// the history can't be read: then the messages are those of the index, without content.
func (r *Reader) Read(
	ctx context.Context, chat bot.ChatID, since, until time.Time, matches func(bot.Seen) bool, more func(read int) (bool, error),
) (found []Entry, part bool, err error) {
	query := bot.HistoryQuery{Chat: chat, Since: since, Until: until}
	for {
		page, err := r.History(ctx, query)
		if err != nil {
			return nil, false, err
		}
		for _, m := range page.Messages {
			if m.At.Before(since) || m.At.After(until) {
				continue
			}
			entry := Entry{ID: m.ID, Kind: m.Kind, At: m.At, From: Sender{ID: m.From, Open: m.Open, Name: m.Name}}
			if m.Kind == bot.KindOwn {
				entry.From = Self()
			}
			if m.Kind != bot.KindPerson {
				entry.Excerpt, entry.Content, entry.Matches = bot.Abbreviate(m.Text, maxExcerpt), search.HashContent(m), matches(m)
			}
			found = append(found, entry)
		}
		if query.Page = page.Next; query.Page == "" {
			break
		}
		goesOn, err := more(len(found))
		if err != nil {
			return nil, false, err
		}
		if part = !goesOn || len(found) >= MaxRehearsed; part {
			break
		}
	}
	slices.Reverse(found)
	return found, part, r.name(ctx, chat, found)
}

// Indexed returns the messages of a time that the index has, the oldest first, without their content.
func (r *Reader) Indexed(ctx context.Context, chat bot.ChatID, since, until time.Time) ([]Entry, error) {
	var found []Entry
	for m, err := range r.Walk(ctx, chat, since, until) {
		if err != nil {
			return nil, err
		}
		entry := Entry{ID: m.ID, Kind: m.Kind, At: m.At, Matches: true, From: Sender{ID: strconv.FormatUint(uint64(m.Sender), 36)}}
		if m.Kind == bot.KindOwn {
			entry.From = Self()
		}
		found = append(found, entry)
		if len(found) == MaxRehearsed {
			break
		}
	}
	slices.Reverse(found)
	return found, nil
}

// name adds the names of bots, where the history has none.
func (r *Reader) name(ctx context.Context, chat bot.ChatID, found []Entry) error {
	bots, err := r.Bots(ctx, chat)
	if err != nil || len(bots) == 0 {
		return err
	}
	opens, err := r.opens(ctx, found)
	if err != nil {
		return err
	}
	for i := range found {
		from := &found[i].From
		if from.Name != "" || found[i].Kind != bot.KindBot {
			continue
		}
		at := slices.IndexFunc(bots, func(b bot.ChatBot) bool { return b.Open == from.Open || bot.Is(opens[from.ID], b.Open) })
		if at >= 0 {
			from.Name, from.Open = bots[at].Name, bots[at].Open
		}
	}
	return nil
}

// opens are the hashes of the open_ids of bots without a name, by app id, from the newest post of each.
func (r *Reader) opens(ctx context.Context, found []Entry) (map[string]bot.Hash, error) {
	var apps []string
	var ids []bot.MessageID
	for _, m := range slices.Backward(found) {
		if m.Kind == bot.KindBot && m.From.Name == "" && !slices.Contains(apps, m.From.ID) {
			apps, ids = append(apps, m.From.ID), append(ids, m.ID)
		}
	}
	known, err := r.Known(ctx, ids)
	opens := map[string]bot.Hash{}
	for i := range known {
		opens[apps[i]] = known[i].Sender
	}
	return opens, err
}
