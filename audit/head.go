package audit

import (
	"crypto/hmac"
	"encoding/json"
	"slices"
	"strings"
)

// Head is the end of the chain, with the records that must exist. It is stored with a seal, so that without the key it can't be set
// back, and deleted records can't be declared as deleted by the cap.
type Head struct {
	Link

	// First is the number of the oldest record of any kind that must exist.
	First int64 `json:"first"`
	// Acts and Refusals count the records of each kind, FirstAct is the number of the oldest act that must exist. Acts are kept
	// longer than First, so that a flood of refusals does not displace them.
	Acts     int64 `json:"acts"`
	FirstAct int64 `json:"first_act"`
	Refusals int64 `json:"refusals"`
}

// SealMark is the state of the head's seal when a record was appended; empty if it was right.
type SealMark string

// The states of a seal.
const (
	// SealBegins: there was no seal, because the chain or the key is new, or the version before had no heads.
	SealBegins SealMark = "begins"
	// SealResumed: the seal was for an earlier record. A version without heads has appended records since.
	SealResumed SealMark = "resumed"
	// SealBroken: the seal was wrong.
	SealBroken SealMark = "broken"
)

// End is the end of the chain as it was read.
type End struct {
	Head

	Mark SealMark
	// Seen is the number of a known record that is after the end: the chain was set back. 0 if not.
	Seen int64
}

// maxDrop is the maximum of records of a kind that are deleted for one that is appended, so that no script takes long.
const maxDrop = 20

// Append appends an entry to a chain that keeps limit records of any kind and as many acts. It returns the JSON to store and the new
// head.
func (s Sealer) Append(e Entry, end End, limit int64) ([]byte, Head, error) {
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
	next.First = oldestKept(next.First, next.N, limit)
	next.FirstAct = oldestKept(next.FirstAct, next.Acts, limit)
	return record, next, err
}

// oldestKept returns the number of the oldest record to keep after last was appended; oldest is the one before.
func oldestKept(oldest, last, limit int64) int64 {
	return min(oldest+maxDrop, max(oldest, last-limit+1))
}

// headPrefix is the prefix of sealed heads (domain separation), so that the hash of a record is no valid seal.
const headPrefix = "end of the record\n"

// SealHead returns a head in JSON with its seal.
func (s Sealer) SealHead(h Head) string {
	text, _ := json.Marshal(h) // never fails
	return s.hashes([]byte(headPrefix + string(text)))[0] + " " + string(text)
}

// OpenEnd returns the end of the chain, from the newest record, the sealed head, and the oldest record that a version without heads
// keeps.
func (s Sealer) OpenEnd(newest Link, sealed string, first int64) End {
	head, seal := s.openHead(sealed)
	end := End{Head: head}
	end.Link = newest
	switch {
	case seal == headUnsealed:
		end.Mark, end.First, end.FirstAct = SealBegins, first, 1
	case seal == headWrong, head.N > newest.N, head.N == newest.N && head.Hash != newest.Hash:
		return limitBroken(end, first)
	case seal == headUnkeyed && len(s.keys) > 0:
		end.Mark = SealBegins
	case head.N < newest.N:
		end.Mark = SealResumed
	}
	if head.N < newest.N && first > end.First { // that version has deleted acts too
		end.First, end.FirstAct = first, end.Acts+1
	}
	return end
}

// limitBroken limits the numbers of a head with a wrong seal to possible ones.
func limitBroken(end End, first int64) End {
	end.Mark, end.First = SealBroken, min(max(first, 1), end.N+1)
	end.Acts, end.Refusals = min(max(end.Acts, 0), end.N), min(max(end.Refusals, 0), end.N)
	end.FirstAct = min(max(end.FirstAct, 1), end.Acts+1)
	return end
}

// The kinds of seals.
const (
	headUnsealed = iota
	headWrong
	headUnkeyed // without a key
	headKeyed
)

func (s Sealer) openHead(sealed string) (Head, int) {
	if sealed == "" {
		return Head{}, headUnsealed
	}
	var head Head
	seal, text, _ := strings.Cut(sealed, " ")
	if json.Unmarshal([]byte(text), &head) != nil {
		return Head{}, headWrong
	}
	hashes := s.hashes([]byte(headPrefix + text))
	switch slices.IndexFunc(hashes, func(h string) bool { return hmac.Equal([]byte(h), []byte(seal)) }) {
	case -1:
		return head, headWrong
	case len(hashes) - 1:
		return head, headUnkeyed
	default:
		return head, headKeyed
	}
}
