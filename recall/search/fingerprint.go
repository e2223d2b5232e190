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

// fingerprint is a hash of the sender and the content, without regard to space, Unicode's forms and the element ids of cards. It
// is false without content, for opaque content, and for an unknown bot.
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
	for _, who := range m.Mentions { // the same keys may be other people in another text
		put(sum, 'm', string(who.ID))
	}
	writeValue(sum, body, func(text string) string { return strings.Join(strings.Fields(bot.Composed(text)), " ") })
	return sum.Sum64(), true
}

// writeValue writes a value unambiguously, with sorted fields and normal texts.
func writeValue(w io.Writer, v any, normal func(string) string) {
	switch v := v.(type) {
	case string:
		put(w, 's', normal(v))
	case []any:
		put(w, '[', "")
		for _, inner := range v {
			writeValue(w, inner, normal)
		}
		put(w, ']', "")
	case map[string]any:
		put(w, '{', "")
		for _, name := range slices.Sorted(maps.Keys(v)) {
			if name == "element_id" {
				continue
			}
			put(w, 'k', name)
			writeValue(w, v[name], normal)
		}
		put(w, '}', "")
	default:
		plain, _ := json.Marshal(v) // a number, true, false or null
		put(w, 'v', string(plain))
	}
}

// put writes a part with its kind and length before it. Writing to a hash never fails.
func put(w io.Writer, kind byte, text string) {
	head := binary.BigEndian.AppendUint32([]byte{kind}, uint32(len(text))) //nolint:gosec // a message is smaller by far
	_, _ = w.Write(append(head, text...))
}
