package bot

import (
	"slices"
	"time"
)

// Preview is what a selection found.
type Preview struct {
	// Total is how many would be recalled, Skipped how many would not, by cause.
	Total   int    `json:"total"`
	Skipped Counts `json:"skipped,omitempty"`
	// Authors are the authors of the messages, the most frequent first; Others is the number of authors left out.
	Authors []AuthorCount `json:"authors,omitempty"`
	Others  int           `json:"others,omitempty"`
	Oldest  time.Time     `json:"oldest,omitzero"`
	Newest  time.Time     `json:"newest,omitzero"`
	// Samples are the newest messages, Groups the most frequent ones. They are never stored but selected again.
	Samples []Sample `json:"-"`
	Groups  []Group  `json:"-"`
	// Scanned is how many messages were looked at.
	Scanned int `json:"scanned"`
	// Unseen is what could not be read.
	Unseen []Unseen `json:"unseen,omitempty"`
	// Parts are the groups of a clean-up over all groups: those with messages, and those that are left out.
	Parts []PreviewPart `json:"parts,omitempty"`
}

// PreviewPart is one group of a clean-up over all groups. Reason is why it is left out, if it is.
type PreviewPart struct {
	Chat   ChatID `json:"chat"`
	Name   string `json:"name,omitempty"`
	Total  int    `json:"total,omitempty"`
	Reason Reason `json:"reason,omitempty"`
}

// Add adds what was found in another chat, without samples.
func (p *Preview) Add(other Preview) {
	p.Total += other.Total
	p.Scanned += other.Scanned
	for cause, n := range other.Skipped {
		p.Skipped[cause] += n
	}
	for _, author := range other.Authors {
		i := slices.IndexFunc(p.Authors, func(a AuthorCount) bool {
			return a.Kind == author.Kind && a.From == author.From && a.Name == author.Name
		})
		if i < 0 {
			p.Authors = append(p.Authors, author)
			continue
		}
		p.Authors[i].Count += author.Count
	}
	slices.SortStableFunc(p.Authors, func(a, b AuthorCount) int { return b.Count - a.Count })
	p.Others += other.Others
	if p.Oldest.IsZero() || !other.Oldest.IsZero() && other.Oldest.Before(p.Oldest) {
		p.Oldest = other.Oldest
	}
	if other.Newest.After(p.Newest) {
		p.Newest = other.Newest
	}
	for _, unseen := range other.Unseen {
		if !slices.Contains(p.Unseen, unseen) {
			p.Unseen = append(p.Unseen, unseen)
		}
	}
}

// AuthorCount is the number of messages of one author.
type AuthorCount struct {
	Kind Kind `json:"kind"`
	// From is an app id or an open_id; empty where only the index has the message. Name is the app's name, where the platform
	// gives it.
	From  string `json:"from,omitempty"`
	Name  string `json:"name,omitempty"`
	Count int    `json:"count"`
}

// MaxSamples is the most samples of a preview.
const MaxSamples = 10

// Sample is a message of a preview, without its content.
type Sample struct {
	ID   MessageID
	At   time.Time
	Kind Kind
}

// MaxGroups is the most groups of a preview.
const MaxGroups = 5

// Group is messages of one author that begin equally; Text is that beginning.
type Group struct {
	Count int
	// Newest is when the newest of them was posted.
	Newest time.Time
	Kind   Kind
	// From and Name are those of AuthorCount.
	From, Name string
	Type       string
	Text       string
}

// Unseen is a part of a chat that a selection could not read. Each has a sentence in handlers.
type Unseen string

// What can't be seen.
const (
	// UnseenHistory: the platform refuses the history, so only the index was searched.
	UnseenHistory Unseen = "unseen_history"
	// UnseenOlder: the search ended at its limit, before older messages.
	UnseenOlder Unseen = "unseen_older"
	// UnseenTopics: replies in some topics were not read.
	UnseenTopics Unseen = "unseen_topics"
	// UnseenPins: the platform refuses the pins, so pinned messages are not known.
	UnseenPins Unseen = "unseen_pins"
	// UnseenBots: the platform does not tell the bots apart, so a bot was taken for the only one that it can be.
	UnseenBots Unseen = "unseen_bots"
	// UnseenNames: a bot has the name of the only one that it can be. What is recalled does not depend on it.
	UnseenNames Unseen = "unseen_names"
	// UnseenSearched: only groups that the platform's search found were looked through.
	UnseenSearched Unseen = "unseen_searched"
	// UnseenMore: more matched than one job takes.
	UnseenMore Unseen = "unseen_more"
)

// Target is one message of a job, or a post that is not sent yet.
type Target struct {
	Message Message `json:"m"`
	// Post is a post of the API that is not sent yet: Message then has only its chat and author.
	Post PostID `json:"q,omitempty"`
	// Parent and Topic are where it was posted, for an undo.
	Parent MessageID `json:"p,omitempty"`
	Topic  ThreadID  `json:"t,omitempty"`
}
