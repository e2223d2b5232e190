package audit

import (
	"cmp"
	"encoding/json"
	"slices"

	"recallbot/bot"
)

// Flaw is what is wrong at one place of a chain of records.
type Flaw string

// The flaws.
const (
	// FlawChanged: the record's hash is not that of what it says, or was made without the key.
	FlawChanged Flaw = "changed"
	// FlawMissing: the records From to To are not there.
	FlawMissing Flaw = "missing"
	// FlawUnlinked: the record does not name the hash of the one before it.
	FlawUnlinked Flaw = "unlinked"
	// FlawTwice: two records that differ have the number.
	FlawTwice Flaw = "twice"
	// FlawUnsealed: the record is sealed without a key, and one before it with one.
	FlawUnsealed Flaw = "unsealed"
	// FlawForeign: a record without a number stands behind those that have one.
	FlawForeign Flaw = "foreign"
	// FlawLostActs: among the records From to To, of which the cap took all but the acts, acts are missing.
	FlawLostActs Flaw = "lost_acts"
	// FlawOrder: the record does not stand where its number belongs.
	FlawOrder Flaw = "order"
	// FlawBeyond: the record stands behind the end of the chain.
	FlawBeyond Flaw = "beyond"
	// FlawEnd: before the record From was made, the end of the chain was not sealed as it should be.
	FlawEnd Flaw = "end"
	// FlawSetBack: before the record From was made, there were records up to To.
	FlawSetBack Flaw = "set_back"
	// FlawWitness: Where knows of records up to To.
	FlawWitness Flaw = "witness"
	// FlawChatMissing: the record is not in its chat's stream.
	FlawChatMissing Flaw = "chat_missing"
	// FlawChatForeign: what stands in the chat's stream is not the record that it should be.
	FlawChatForeign Flaw = "chat_foreign"
)

// Break is a place where a chain does not hold. From and To are the numbers of the records it is about, Where is where the
// record stands.
type Break struct {
	Flaw     Flaw
	From, To int64
	Where    string
}

// Chain looks whether records are all there and as they were made. They may come in any order, and more than once.
type Chain struct {
	sealer Sealer
	links  []chained
	report ChainReport
	// first is the oldest number from which on none may be missing; 0 where none may be at all.
	first int64
	// next is how a record that came now would find the end, where there is an end to find.
	next []chained
}

// chained is what the chain needs to know of a record.
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

	whole, keyed bool
	where        string
}

// counted reports whether the record was made by a version that seals the end.
func (l chained) counted() bool { return l.Act > 0 || l.Refusal > 0 }

// ChainReport is what was found.
type ChainReport struct {
	// Records is how many different ones the chain has, First and Last their numbers.
	Records     int
	First, Last int64
	// Older is how many stand before the chain, without a number; they can't be checked. OlderActs is how many acts are
	// there besides, from before First.
	Older, OlderActs int
	// Unreadable are the places of what is no record at all.
	Unreadable []string
	// Breaks are sorted by number.
	Breaks []Break
}

// NewChain looks at records with the keys that the sealer has.
func NewChain(sealer Sealer) *Chain { return &Chain{sealer: sealer} }

// Add takes a record as it was kept; where says in a word or two where it stands.
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
	case !link.whole:
		c.flaw(FlawChanged, link.N, link.N, where)
	}
	c.links = append(c.links, link)
	return link, true
}

// read reads a record and tries the seals.
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
	link.whole, link.keyed = by >= 0, by < len(hashes)-1 // what fits no key is no record without one
	return link, nil
}

// Report closes the chain. From and to are what must be there at least, where that is known: 0 asks for nothing.
func (c *Chain) Report(from, to int64) ChainReport {
	slices.SortStableFunc(c.links, func(a, b chained) int { return cmp.Compare(a.N, b.N) })
	c.links = slices.CompactFunc(c.links, func(a, b chained) bool {
		return a.N == b.N && a.Hash == b.Hash && a.Prev == b.Prev
	})
	keyed := false
	for i, link := range c.links {
		if i > 0 {
			c.follow(c.links[i-1], link)
		}
		if keyed && !link.keyed {
			c.flaw(FlawUnsealed, link.N, link.N, link.where)
		}
		keyed = keyed || link.keyed
	}
	c.marks()
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

// marks looks at what the records say of the end that they were put behind.
func (c *Chain) marks() {
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

// past is what the records before one say: the last of them, and whether any was counted, or counted with a key.
type past struct {
	last           chained
	counted, keyed bool
}

// contradicts reports whether the end that a record names can't be the one after the records before it.
func (p past) contradicts(link chained) bool {
	again := p.counted && (p.keyed || !link.keyed)
	return link.Seal == SealBroken || (link.Seal == SealBegins && again) || (link.Seal == SealResumed && p.last.counted())
}

func (c *Chain) follow(last, next chained) {
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
