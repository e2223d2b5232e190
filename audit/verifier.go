package audit

import (
	"cmp"
	"crypto/sha256"
	"slices"
	"sort"

	"recallbot/bot"
)

// Verifier checks the records in Redis: the stream of all records, the older acts, and each chat's streams. Call Add for all records,
// then AddChat for all chats, then Report.
type Verifier struct {
	chain Chain
	// end is the end of the chain before anything was read.
	end     End
	chatCap int
	// newest is the last number of each stream.
	newest  map[string]int64
	records map[int64]storedRecord
	older   map[[sha256.Size]byte]bool
	chats   map[bot.ChatID][]int64
	// beyond are records with numbers after the end, with their places.
	beyond map[int64]string
}

// storedRecord is what the copy of a record in its chat's stream is compared with.
type storedRecord struct {
	entry   string
	sum     [sha256.Size]byte
	refusal bool
}

// Stored is an entry of a stream.
type Stored struct {
	ID   string
	JSON []byte
}

// NewVerifier returns a verifier with the sealer's keys and the end of the chain. A chat's stream keeps at least chatCap records.
func NewVerifier(sealer Sealer, end End, chatCap int) *Verifier {
	return &Verifier{
		chain: Chain{sealer: sealer}, end: end, chatCap: chatCap, newest: map[string]int64{}, records: map[int64]storedRecord{},
		older: map[[sha256.Size]byte]bool{}, chats: map[bot.ChatID][]int64{}, beyond: map[int64]string{},
	}
}

// Add adds the next entry of a stream of records of all chats.
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
	if _, known := v.records[link.N]; known {
		return
	}
	v.records[link.N] = storedRecord{e.ID, sha256.Sum256(e.JSON), link.Refusal > 0}
	if link.N > v.end.N {
		v.beyond[link.N] = where
	} else if link.Chat != "" {
		v.chats[link.Chat] = append(v.chats[link.Chat], link.N)
	}
}

// Chats returns the chats of the records, with the entry id of the newest record of each.
func (v *Verifier) Chats() map[bot.ChatID]string {
	newest := make(map[bot.ChatID]string, len(v.chats))
	for chat, numbers := range v.chats {
		newest[chat] = v.records[slices.Max(numbers)].entry
	}
	return newest
}

// AddChat checks a chat's streams of acts and refusals. Call it after all calls of Add.
func (v *Verifier) AddChat(chat bot.ChatID, acts, refusals []Stored) {
	for refused, stream := range map[bool][]Stored{false: acts, true: refusals} {
		v.addStream(chat, refused, stream)
	}
}

// addStream checks one stream of a chat. It must have the records that are in the stream of all records, and those that the next
// record names as ChatPrev.
func (v *Verifier) addStream(chat bot.ChatID, refused bool, stream []Stored) {
	where := "chat " + string(chat)
	found, first, newest := map[int64]bool{}, int64(0), int64(0)
	wanted := v.wanted(chat, refused)
	for _, e := range stream {
		link, ok := v.matches(chat, refused, e)
		if !ok || link.N < newest {
			v.chain.flaw(FlawChatForeign, link.N, link.N, where+", entry "+e.ID)
			continue
		}
		if link.N > v.end.N {
			v.beyond[link.N] = where
		}
		if newest == 0 && len(stream) >= v.chatCap {
			first = link.N // the cap may have deleted older ones
		}
		newest = link.N
		found[newest] = true
		wanted[link.ChatPrev] = link.ChatPrev > 0
	}
	for n, required := range wanted {
		if required && n >= first && !found[n] {
			v.chain.flaw(FlawChatMissing, n, n, where)
		}
	}
}

// wanted returns the numbers of a chat's refusals, or acts, in the stream of all records.
func (v *Verifier) wanted(chat bot.ChatID, refused bool) map[int64]bool {
	wanted := map[int64]bool{}
	for _, n := range v.chats[chat] {
		if v.records[n].refusal == refused {
			wanted[n] = true
		}
	}
	return wanted
}

// matches reports whether an entry of a chat's stream is the same as in the stream of all records. If it is no longer there its hash is
// checked; records from before the chain can't be checked.
func (v *Verifier) matches(chat bot.ChatID, refused bool, e Stored) (link chained, ok bool) {
	link, err := v.chain.sealer.read(e.JSON)
	if err != nil {
		return link, false
	}
	sum := sha256.Sum256(e.JSON)
	kept, known := v.records[link.N]
	switch {
	case link.N <= 0:
		return link, v.older[sum] || (v.end.First > 1 && !refused)
	case known:
		return link, kept.entry == e.ID && kept.sum == sum && link.Chat == chat && kept.refusal == refused
	default:
		return link, link.valid && link.Chat == chat && (link.Refusal > 0) == refused
	}
}

// Report returns the result. after is the end of the chain after all records were read; witnesses are other places that name a record,
// with its number.
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

// lostActs checks the acts from before the first record that must exist.
func (v *Verifier) lostActs(first int64, r *ChainReport) {
	want, last := first, int64(0)
	next := func(act, n int64) {
		missing := act - want
		for between := max(last+1, v.chain.first); between < n; between++ {
			if _, found := v.records[between]; !found {
				missing-- // already reported
			}
		}
		if missing > 0 {
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
