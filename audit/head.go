package audit

import (
	"crypto/hmac"
	"encoding/json"
	"slices"
	"strings"
)

// Head is the end of the chain, and which records must be kept of it. Redis keeps it sealed, so that nobody without the key
// can set it back, or say that the cap took what it did not take.
type Head struct {
	Link

	// First is the number of the oldest record of all kinds that must be kept.
	First int64 `json:"first"`
	// Acts and Refusals count the records of each kind, FirstAct is the number of the oldest act that must be kept. Acts
	// outlive First: refusals, of which anybody can make as many as they like, take no room from them.
	Acts     int64 `json:"acts"`
	FirstAct int64 `json:"first_act"`
	Refusals int64 `json:"refusals"`
}

// SealMark says how the seal of the end was found by the record that was put behind it. Empty is as it should be.
type SealMark string

// The marks of seals.
const (
	// SealBegins: there was none. The chain is new, or was made by a version that sealed no end, or the key is new.
	SealBegins SealMark = "begins"
	// SealResumed: it was of an earlier record. A version that seals no end has recorded since.
	SealResumed SealMark = "resumed"
	// SealBroken: it was not right.
	SealBroken SealMark = "broken"
)

// End is the end of the chain as it was found.
type End struct {
	Head

	Mark SealMark
	// Seen is the number of a record that was known to be there and is beyond the end: the chain was set back.
	Seen int64
}

// maxDrop is how many records of a kind may go for each one that comes, so that no script takes long.
const maxDrop = 20

// Append puts an entry behind the end, of a chain that keeps room records of all kinds and as many acts. It gives the JSON
// to keep and the new end.
func (s Sealer) Append(e Entry, end End, room int64) ([]byte, Head, error) {
	next := end.Head
	e.Act, e.Refusal, e.Seal, e.Seen = 0, 0, end.Mark, end.Seen
	if e.Refused() {
		next.Refusals++
		e.Refusal = next.Refusals
	} else {
		next.Acts++
		e.Act = next.Acts
	}
	record, link, err := s.Seal(e, end.Link)
	next.Link = link
	next.First = oldestKept(next.First, next.N, room)
	next.FirstAct = oldestKept(next.FirstAct, next.Acts, room)
	return record, next, err
}

// oldestKept is the number of the oldest record that must be kept after last, where it was another before.
func oldestKept(was, last, room int64) int64 {
	return min(was+maxDrop, max(was, last-room+1))
}

// sealOf separates the seals of heads from the hashes of records: neither can stand for the other.
const sealOf = "end of the record\n"

// SealHead writes a head with its seal.
func (s Sealer) SealHead(h Head) string {
	text, _ := json.Marshal(h) // numbers and a string always marshal
	return s.hashes([]byte(sealOf + string(text)))[0] + " " + string(text)
}

// OpenEnd reads the end of the chain: the newest record's number and hash, the sealed head beside them, and the oldest
// number that a version which seals no end says it keeps.
func (s Sealer) OpenEnd(newest Link, sealed string, first int64) End {
	head, seal := s.openHead(sealed)
	end := End{Head: head}
	end.Link = newest
	switch {
	case seal == sealNone:
		end.Mark, end.First, end.FirstAct = SealBegins, first, 1
	case seal == sealWrong, head.N > newest.N, head.N == newest.N && head.Hash != newest.Hash:
		return broken(end, first)
	case seal == sealPlain && len(s.keys) > 0:
		end.Mark = SealBegins
	case head.N < newest.N:
		end.Mark = SealResumed
	}
	if head.N < newest.N && first > end.First { // what that version took, it took with the acts
		end.First, end.FirstAct = first, end.Acts+1
	}
	return end
}

// broken believes no more of a head than does no harm.
func broken(end End, first int64) End {
	end.Mark, end.First = SealBroken, min(max(first, 1), end.N+1)
	end.Acts, end.Refusals = min(max(end.Acts, 0), end.N), min(max(end.Refusals, 0), end.N)
	end.FirstAct = min(max(end.FirstAct, 1), end.Acts+1)
	return end
}

// How a head was sealed.
const (
	sealNone = iota
	sealWrong
	sealPlain // without a key
	sealKeyed
)

func (s Sealer) openHead(sealed string) (Head, int) {
	if sealed == "" {
		return Head{}, sealNone
	}
	var head Head
	seal, text, _ := strings.Cut(sealed, " ")
	if json.Unmarshal([]byte(text), &head) != nil {
		return Head{}, sealWrong
	}
	hashes := s.hashes([]byte(sealOf + text))
	switch slices.IndexFunc(hashes, func(h string) bool { return hmac.Equal([]byte(h), []byte(seal)) }) {
	case -1:
		return head, sealWrong
	case len(hashes) - 1:
		return head, sealPlain
	default:
		return head, sealKeyed
	}
}
