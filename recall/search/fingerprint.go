package search

import (
	"encoding/binary"
	"encoding/json"
	"hash/fnv"
	"io"
	"maps"
	"slices"
	"strings"

	"recallbot/bot"
)

// fingerprint stands for who posted what: posts of one bot have the same where text, card or file are the same, but for
// space, the form of Unicode, and the ids that clients give to parts of a card. Without content, or where the content is not
// all that people see, there is none, nor of a bot that the platform does not name.
func fingerprint(m bot.Seen) (uint64, bool) {
	var body any
	nameless := m.Kind == bot.KindBot && m.From == ""
	if m.Opaque || nameless || m.Body == "" || json.Unmarshal([]byte(m.Body), &body) != nil {
		return 0, false
	}
	sum := fnv.New64a()
	from := m.From
	if m.Kind == bot.KindOwn {
		from = ""
	}
	for _, part := range []string{from, m.Type} {
		put(sum, 's', part)
	}
	for _, who := range m.Mentions { // the keys in a text stand for somebody else in each
		put(sum, 'm', string(who.ID))
	}
	digest(sum, body)
	return sum.Sum64(), true
}

// digest writes a value without ambiguity, the fields of objects in order.
func digest(w io.Writer, v any) {
	switch v := v.(type) {
	case string:
		put(w, 's', strings.Join(strings.Fields(bot.Composed(v)), " "))
	case []any:
		put(w, '[', "")
		for _, inner := range v {
			digest(w, inner)
		}
		put(w, ']', "")
	case map[string]any:
		put(w, '{', "")
		for _, name := range slices.Sorted(maps.Keys(v)) {
			if name == "element_id" {
				continue
			}
			put(w, 'k', name)
			digest(w, v[name])
		}
		put(w, '}', "")
	default:
		plain, _ := json.Marshal(v) // a number, true, false or null
		put(w, 'v', string(plain))
	}
}

// put writes a part with its kind and length before it, so that no two different ones look the same. A hash takes all.
func put(w io.Writer, kind byte, text string) {
	head := binary.BigEndian.AppendUint32([]byte{kind}, uint32(len(text))) //nolint:gosec // a message is smaller by far
	_, _ = w.Write(append(head, text...))
}
