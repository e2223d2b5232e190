package audit

import (
	"cmp"
	"crypto/sha256"
	"slices"
	"sort"

	"recallbot/bot"
)

// Verifier looks at the records as Redis keeps them: the stream of all, the acts that outlive it, and each chat's streams.
// First come those of all, then the chats', then the report.
type Verifier struct {
	chain Chain
	// end is the end of the chain before anything was read.
	end     End
	chatCap int
	// newest is the number that came last, by stream.
	newest map[string]int64
	kept   map[int64]keptRecord
	older  map[[sha256.Size]byte]bool
	chats  map[bot.ChatID][]int64
	// beyond are numbers of chats' records that came after the end.
	beyond map[int64]string
}

// keptRecord is what of a record its copy is compared with.
type keptRecord struct {
	entry   string
	sum     [sha256.Size]byte
	refusal bool
}

// Stored is an entry of a stream.
type Stored struct {
	ID   string
	JSON []byte
}

// NewVerifier makes a verifier with the keys that the sealer has, and the end of the chain. A chat's stream keeps chatCap
// records at least.
func NewVerifier(sealer Sealer, end End, chatCap int) *Verifier {
	return &Verifier{
		chain: Chain{sealer: sealer}, end: end, chatCap: chatCap, newest: map[string]int64{}, kept: map[int64]keptRecord{},
		older: map[[sha256.Size]byte]bool{}, chats: map[bot.ChatID][]int64{}, beyond: map[int64]string{},
	}
}

// Add takes the next entry of a stream that holds records of all chats.
func (v *Verifier) Add(stream string, e Stored) {
	where := "entry " + e.ID
	link, ok := v.chain.add(e.JSON, where)
	if !ok {
		v.older[sha256.Sum256(e.JSON)] = true
		return
	}
	if link.N < v.newest[stream] {
		v.chain.flaw(FlawOrder, link.N, link.N, where)
	}
	v.newest[stream] = link.N
	if _, twice := v.kept[link.N]; twice {
		return
	}
	v.kept[link.N] = keptRecord{e.ID, sha256.Sum256(e.JSON), link.Refusal > 0}
	if link.N > v.end.N {
		v.beyond[link.N] = where
	} else if link.Chat != "" {
		v.chats[link.Chat] = append(v.chats[link.Chat], link.N)
	}
}

// Chats are the chats of the records, each with the entry of its newest.
func (v *Verifier) Chats() map[bot.ChatID]string {
	newest := make(map[bot.ChatID]string, len(v.chats))
	for chat, numbers := range v.chats {
		newest[chat] = v.kept[slices.Max(numbers)].entry
	}
	return newest
}

// AddChat takes a chat's acts and refusals. It must come after all of Add.
func (v *Verifier) AddChat(chat bot.ChatID, acts, refusals []Stored) {
	for refused, stream := range map[bool][]Stored{false: acts, true: refusals} {
		v.addStream(chat, refused, stream)
	}
}

// addStream takes one stream of a chat. What it must hold say the records of all, and of those that are no longer among
// them each next one.
func (v *Verifier) addStream(chat bot.ChatID, refused bool, stream []Stored) {
	where := "chat " + string(chat)
	there, first, newest := map[int64]bool{}, int64(0), int64(0)
	wanted := v.wanted(chat, refused)
	for _, e := range stream {
		link, right := v.fits(chat, refused, e)
		if !right || link.N < newest {
			v.chain.flaw(FlawChatForeign, link.N, link.N, where+", entry "+e.ID)
			continue
		}
		if link.N > v.end.N {
			v.beyond[link.N] = where
		}
		if newest == 0 && len(stream) >= v.chatCap {
			first = link.N // the cap may have taken what was before
		}
		newest = link.N
		there[newest] = true
		wanted[link.ChatPrev] = link.ChatPrev > 0
	}
	for n, must := range wanted {
		if must && n >= first && !there[n] {
			v.chain.flaw(FlawChatMissing, n, n, where)
		}
	}
}

// wanted are the numbers of a chat's records in the record of all: of its refusals, or of its acts.
func (v *Verifier) wanted(chat bot.ChatID, refused bool) map[int64]bool {
	wanted := map[int64]bool{}
	for _, n := range v.chats[chat] {
		if v.kept[n].refusal == refused {
			wanted[n] = true
		}
	}
	return wanted
}

// fits reports whether an entry of a chat's stream is the record that it should be. Of those that all have forgotten by
// now the seal speaks, and nothing does for those that are older than the chain.
func (v *Verifier) fits(chat bot.ChatID, refused bool, e Stored) (link chained, right bool) {
	link, err := v.chain.sealer.read(e.JSON)
	if err != nil {
		return link, false
	}
	sum := sha256.Sum256(e.JSON)
	kept, known := v.kept[link.N]
	switch {
	case link.N <= 0:
		return link, v.older[sum] || (v.end.First > 1 && !refused)
	case known:
		return link, kept.entry == e.ID && kept.sum == sum && link.Chat == chat && kept.refusal == refused
	default:
		return link, link.whole && link.Chat == chat && (link.Refusal > 0) == refused
	}
}

// Report closes it, with the end of the chain after all was read, and with what else knows of records: up to which number.
func (v *Verifier) Report(after End, witnesses map[string]int64) ChainReport {
	c := &v.chain
	c.first = max(after.First, 1)
	for n, where := range v.beyond {
		if n > after.N {
			c.flaw(FlawBeyond, n, n, where)
		}
	}
	for where, n := range witnesses {
		if n > after.N {
			c.flaw(FlawWitness, after.N, n, where)
		}
	}
	c.next = []chained{{Seal: after.Mark, keyed: len(c.sealer.keys) > 0}}
	r := c.Report(c.first, v.end.N)
	v.lostActs(after.FirstAct, &r)
	r.OlderActs = sort.Search(len(c.links), func(i int) bool { return c.links[i].N >= c.first })
	if r.Records -= r.OlderActs; r.Records > 0 {
		r.First = c.links[r.OlderActs].N
	}
	return r
}

// lostActs looks for acts that must be there and are older than all that must.
func (v *Verifier) lostActs(first int64, r *ChainReport) {
	want, last := first, int64(0)
	next := func(act, n int64) {
		lost := act - want
		for between := max(last+1, v.chain.first); between < n; between++ {
			if _, there := v.kept[between]; !there {
				lost-- // it is reported already
			}
		}
		if lost > 0 {
			r.Breaks = append(r.Breaks, Break{Flaw: FlawLostActs, From: last + 1, To: min(n, v.chain.first) - 1})
		}
		want, last = act+1, n
	}
	for _, link := range v.chain.links {
		if link.Act >= want {
			next(link.Act, link.N)
		}
	}
	if want <= v.end.Acts {
		next(v.end.Acts+1, v.end.N+1)
	}
	slices.SortStableFunc(r.Breaks, func(a, b Break) int { return cmp.Compare(a.From, b.From) })
}
