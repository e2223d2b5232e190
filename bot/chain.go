package bot

import (
	"cmp"
	"encoding/json"
	"slices"
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
}

type chained struct {
	n          int64
	prev, hash string
	keyed      bool
	where      string
}

// ChainReport is what was found.
type ChainReport struct {
	// Records is how many different ones the chain has, First and Last their numbers.
	Records     int
	First, Last int64
	// Older is how many stand before the chain, without a number; they can't be checked.
	Older int
	// Unreadable are the places of what is no record at all.
	Unreadable []string
	// Breaks are sorted by number.
	Breaks []Break
}

// NewChain looks at records with the keys that the sealer has.
func NewChain(sealer Sealer) *Chain { return &Chain{sealer: sealer} }

// Add takes a record as it was kept; where says in a word or two where it stands.
func (c *Chain) Add(record []byte, where string) {
	var e struct {
		N    int64  `json:"n"`
		Prev string `json:"prev"`
		Hash string `json:"hash"`
	}
	exact, err := canonical(record)
	if err == nil {
		err = json.Unmarshal(record, &e)
	}
	switch {
	case err != nil:
		c.report.Unreadable = append(c.report.Unreadable, where)
		return
	case e.N <= 0 && len(c.links) == 0:
		c.report.Older++
		return
	case e.N <= 0:
		c.flaw(FlawForeign, 0, 0, where)
		return
	}
	hashes := c.sealer.hashes(exact)
	by := slices.Index(hashes, e.Hash)
	if by < 0 {
		c.flaw(FlawChanged, e.N, e.N, where)
	}
	c.links = append(c.links, chained{e.N, e.Prev, e.Hash, by < len(hashes)-1, where})
}

// Report closes the chain. From and to are what must be there at least, where that is known: 0 asks for nothing.
func (c *Chain) Report(from, to int64) ChainReport {
	slices.SortStableFunc(c.links, func(a, b chained) int { return cmp.Compare(a.n, b.n) })
	c.links = slices.CompactFunc(c.links, func(a, b chained) bool {
		return a.n == b.n && a.hash == b.hash && a.prev == b.prev
	})
	keyed := false
	for i, link := range c.links {
		if i > 0 {
			c.follow(c.links[i-1], link)
		}
		if keyed && !link.keyed {
			c.flaw(FlawUnsealed, link.n, link.n, link.where)
		}
		keyed = keyed || link.keyed
	}
	r := &c.report
	if r.Records = len(c.links); r.Records > 0 {
		r.First, r.Last = c.links[0].n, c.links[r.Records-1].n
		if first := c.links[0]; first.n == 1 && first.prev != "" {
			c.flaw(FlawUnlinked, 1, 1, first.where)
		}
		c.missing(from, r.First-1)
	}
	c.missing(max(from, r.Last+1), to)
	slices.SortStableFunc(r.Breaks, func(a, b Break) int { return cmp.Compare(a.From, b.From) })
	return *r
}

func (c *Chain) follow(last, next chained) {
	switch {
	case next.n == last.n:
		c.flaw(FlawTwice, next.n, next.n, next.where)
	case next.n != last.n+1:
		c.missing(last.n+1, next.n-1)
	case next.prev != last.hash:
		c.flaw(FlawUnlinked, next.n, next.n, next.where)
	}
}

func (c *Chain) missing(from, to int64) {
	if from > 0 && from <= to {
		c.flaw(FlawMissing, from, to, "")
	}
}

func (c *Chain) flaw(flaw Flaw, from, to int64, where string) {
	c.report.Breaks = append(c.report.Breaks, Break{flaw, from, to, where})
}
