package audit

import (
	"cmp"
	"encoding/json"
	"slices"

	"recallbot/bot"
)

// Flaw is a kind of fault in a chain of records.
type Flaw string

// The flaws.
const (
	// FlawChanged: the record does not match its hash, or the hash was made with another key.
	FlawChanged Flaw = "changed"
	// FlawMissing: the records From to To are missing.
	FlawMissing Flaw = "missing"
	// FlawUnlinked: the record does not have the hash of the one before.
	FlawUnlinked Flaw = "unlinked"
	// FlawTwice: two different records have the number.
	FlawTwice Flaw = "twice"
	// FlawUnsealed: the record's hash is made without a key, and that of an earlier one with a key.
	FlawUnsealed Flaw = "unsealed"
	// FlawForeign: a record without a number comes after records with numbers.
	FlawForeign Flaw = "foreign"
	// FlawLostActs: between From and To, where the cap leaves only acts, acts are missing.
	FlawLostActs Flaw = "lost_acts"
	// FlawOrder: the record is not in the order of numbers.
	FlawOrder Flaw = "order"
	// FlawBeyond: the record comes after the end of the chain.
	FlawBeyond Flaw = "beyond"
	// FlawEnd: when the record From was appended, the head of the chain had a wrong seal.
	FlawEnd Flaw = "end"
	// FlawSetBack: when the record From was appended, records up to To had existed.
	FlawSetBack Flaw = "set_back"
	// FlawWitness: Where names the record To, which is after the end.
	FlawWitness Flaw = "witness"
	// FlawChatMissing: the record is not in its chat's stream.
	FlawChatMissing Flaw = "chat_missing"
	// FlawChatForeign: an entry of the chat's stream is not the record with its number.
	FlawChatForeign Flaw = "chat_foreign"
)

// Break is one fault. From and To are the numbers of the first and the last record concerned, Where is the record's place.
type Break struct {
	Flaw     Flaw
	From, To int64
	Where    string
}

// Chain checks that records are complete and unchanged. They may be added in any order, and more than once.
type Chain struct {
	sealer Sealer
	links  []chained
	report ChainReport
	// first is the oldest number that must exist; 0 if the first record found is taken for it.
	first int64
	// next is the record that would be appended now, if the end is known.
	next []chained
}

// chained has the fields of a record that the chain needs.
type chained struct {
	N        int64      `json:"n"`
	Prev     string     `json:"prev"`
	Hash     string     `json:"hash"`
	Act      int64      `json:"act"`
	Refusal  int64      `json:"refusal"`
	Seal     SealMark   `json:"seal"`
	Seen     int64      `json:"seen"`
	Chat     bot.ChatID `json:"chat"`
	ChatPrev int64      `json:"chat_prev"`

	// valid reports whether the hash is right, keyed whether it was made with a key.
	valid, keyed bool
	where        string
}

// counted reports whether the record is from a version that seals the head.
func (l chained) counted() bool { return l.Act > 0 || l.Refusal > 0 }

// ChainReport is the result of a check.
type ChainReport struct {
	// Records is the number of different records in the chain, First and Last are their numbers.
	Records     int
	First, Last int64
	// Older is the number of records from before the chain; they have no number and can't be checked. OlderActs is the number of
	// acts from before First.
	Older, OlderActs int
	// Unreadable are the places of entries that are not records.
	Unreadable []string
	// Breaks are sorted by number.
	Breaks []Break
}

// NewChain returns an empty chain that checks hashes with the sealer's keys.
func NewChain(sealer Sealer) *Chain { return &Chain{sealer: sealer} }

// Add adds a stored record; where is its place, for the report.
func (c *Chain) Add(record []byte, where string) { c.add(record, where) }

func (c *Chain) add(record []byte, where string) (link chained, ok bool) {
	link, err := c.sealer.read(record)
	link.where = where
	switch {
	case err != nil:
		c.report.Unreadable = append(c.report.Unreadable, where)
		return link, false
	case link.N <= 0 && len(c.links) == 0:
		c.report.Older++
		return link, false
	case link.N <= 0:
		c.flaw(FlawForeign, 0, 0, where)
		return link, false
	case !link.valid:
		c.flaw(FlawChanged, link.N, link.N, where)
	}
	c.links = append(c.links, link)
	return link, true
}

// read parses a record and checks its hash.
func (s Sealer) read(record []byte) (chained, error) {
	var link chained
	exact, err := canonical(record)
	if err != nil {
		return link, err
	}
	if err := json.Unmarshal(record, &link); err != nil {
		return link, err
	}
	hashes := s.hashes(exact)
	by := slices.Index(hashes, link.Hash)
	link.valid, link.keyed = by >= 0, by < len(hashes)-1 // a wrong hash counts as keyed
	return link, nil
}

// Report checks the chain. The records from to to must exist; 0 means unknown.
func (c *Chain) Report(from, to int64) ChainReport {
	slices.SortStableFunc(c.links, func(a, b chained) int { return cmp.Compare(a.N, b.N) })
	c.links = slices.CompactFunc(c.links, func(a, b chained) bool {
		return a.N == b.N && a.Hash == b.Hash && a.Prev == b.Prev
	})
	keyed := false
	for i, link := range c.links {
		if i > 0 {
			c.checkLink(c.links[i-1], link)
		}
		if keyed && !link.keyed {
			c.flaw(FlawUnsealed, link.N, link.N, link.where)
		}
		keyed = keyed || link.keyed
	}
	c.checkMarks()
	r := &c.report
	if r.Records = len(c.links); r.Records > 0 {
		r.First, r.Last = c.links[0].N, c.links[r.Records-1].N
		if first := c.links[0]; first.N == 1 && first.Prev != "" {
			c.flaw(FlawUnlinked, 1, 1, first.where)
		}
		c.missing(from, r.First-1)
	}
	c.missing(max(from, r.Last+1), to)
	slices.SortStableFunc(r.Breaks, func(a, b Break) int { return cmp.Compare(a.From, b.From) })
	return *r
}

// checkMarks checks what the records say about the head when they were appended.
func (c *Chain) checkMarks() {
	var before past
	for _, link := range slices.Concat(c.links, c.next) {
		if before.contradicts(link) {
			c.flaw(FlawEnd, link.N, link.N, link.where)
		}
		if link.Seen > 0 {
			c.flaw(FlawSetBack, link.N, link.Seen, link.where)
		}
		before = past{link, before.counted || link.counted(), before.keyed || (link.counted() && link.keyed)}
	}
}

// past is what is known of the records before one: the last of them, and whether any was counted, or counted with a key.
type past struct {
	last           chained
	counted, keyed bool
}

// contradicts reports whether a record's mark is impossible after the records before it.
func (p past) contradicts(link chained) bool {
	hadHead := p.counted && (p.keyed || !link.keyed)
	return link.Seal == SealBroken || (link.Seal == SealBegins && hadHead) || (link.Seal == SealResumed && p.last.counted())
}

func (c *Chain) checkLink(last, next chained) {
	switch {
	case next.N == last.N:
		c.flaw(FlawTwice, next.N, next.N, next.where)
	case next.N != last.N+1:
		c.missing(last.N+1, next.N-1)
	case next.Prev != last.Hash:
		c.flaw(FlawUnlinked, next.N, next.N, next.where)
	}
}

func (c *Chain) missing(from, to int64) {
	if from = max(from, c.first); from > 0 && from <= to {
		c.flaw(FlawMissing, from, to, "")
	}
}

func (c *Chain) flaw(flaw Flaw, from, to int64, where string) {
	c.report.Breaks = append(c.report.Breaks, Break{flaw, from, to, where})
}
