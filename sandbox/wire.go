package sandbox

import (
	"bytes"
	"encoding/json"
	"time"
)

// wireLog has the latest entries for the page.
type wireLog struct {
	entries []wireEntry
	seq     int64
}

const wireKept = 200

type wireEntry struct {
	seq               int64
	at                time.Time
	dir, name         string // event or call; event type or API
	status, code      int
	took              time.Duration
	request, response []byte
	note              string
	attempt           int
}

func (l *wireLog) add(e wireEntry) {
	l.seq++
	e.seq = l.seq
	if len(l.entries) >= 2*wireKept {
		l.entries = append([]wireEntry(nil), l.entries[wireKept:]...)
	}
	l.entries = append(l.entries, e)
}

// since returns up to the newest 200 entries after seq. The slice is shared: read only.
func (l *wireLog) since(seq int64) []wireEntry {
	n := int(min(l.seq-seq, wireKept, int64(len(l.entries))))
	return l.entries[len(l.entries)-n : len(l.entries) : len(l.entries)]
}

// wireView is an entry for the page.
type wireView struct {
	Seq      int64   `json:"seq"`
	At       int64   `json:"at"`
	Dir      string  `json:"dir"`
	Name     string  `json:"name"`
	Status   int     `json:"status"`
	Code     int     `json:"code"`
	MS       float64 `json:"ms"`
	Attempt  int     `json:"attempt,omitempty"`
	Summary  string  `json:"summary"`
	Request  string  `json:"request"`
	Response string  `json:"response"`
}

func (e wireEntry) view() wireView {
	return wireView{
		Seq: e.seq, At: e.at.UnixMilli(), Dir: e.dir, Name: e.name, Status: e.status, Code: e.code,
		MS: float64(e.took.Microseconds()) / 1000, Attempt: e.attempt, Summary: e.note,
		Request: pretty(e.request), Response: pretty(e.response),
	}
}

// pretty indents JSON and masks secrets. Other data is not shown.
func pretty(raw []byte) string {
	if len(raw) == 0 {
		return ""
	}
	var v any
	if err := json.Unmarshal(raw, &v); err != nil {
		return "(not JSON)"
	}
	mask(v)
	var out bytes.Buffer
	enc := json.NewEncoder(&out)
	enc.SetEscapeHTML(false)
	enc.SetIndent("", "  ")
	if err := enc.Encode(v); err != nil {
		return "(not JSON)"
	}
	return out.String()
}

// mask replaces tokens and secrets in decoded JSON.
func mask(v any) {
	switch v := v.(type) {
	case map[string]any:
		for k, inner := range v {
			switch k {
			case "app_secret", "AppSecret", "tenant_access_token", "token", "URL":
				v[k] = "***"
			default:
				mask(inner)
			}
		}
	case []any:
		for _, inner := range v {
			mask(inner)
		}
	}
}
