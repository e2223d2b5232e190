package bot

import (
	"strconv"
	"strings"
	"time"
)

// String prints the filter as switches that parse to the same filter: in a reply where FromReply is set, in a topic where
// Thread is. The zero filter is empty.
func (f Filter) String() string {
	var out []string
	put := func(name, value string) { out = append(out, "--"+name+"="+quote(value)) }
	if f.Last > 0 {
		put("last", strconv.Itoa(f.Last))
	}
	for _, b := range f.Bots {
		put("bot", b.String())
	}
	for _, id := range f.By {
		put("by", string(id))
	}
	if !f.Since.IsZero() {
		put("since", f.Since.Format(time.RFC3339Nano))
	}
	if !f.Until.IsZero() {
		put("until", f.Until.Format(time.RFC3339Nano))
	}
	switch {
	case f.FromReply:
		put("from", "reply")
	case !f.From.IsZero():
		put("from", f.From.String())
	}
	if !f.To.IsZero() {
		put("to", f.To.String())
	}
	f.putContent(put)
	return strings.Join(append(out, f.flags()...), " ")
}

// putContent prints the conditions on the content of a message.
func (f Filter) putContent(put func(name, value string)) {
	for _, text := range f.Match {
		put("match", text)
	}
	for _, text := range f.Regex {
		put("regex", text)
	}
	if len(f.Types) > 0 {
		put("type", strings.Join(f.Types, ","))
	}
	if len(f.Links) > 0 {
		put("link", strings.Join(f.Links, ","))
	}
}

func (f Filter) flags() []string {
	var out []string
	for _, flag := range []struct {
		on   bool
		name string
	}{
		{f.Dup, "dup"},
		{f.Thread, "thread"},
		{f.Everywhere, "everywhere"},
		{f.WithPinned, "with-pinned"},
		{f.Any, "any"},
		{f.DryRun, "dry-run"},
		{f.Yes, "yes"},
		{f.Quiet, "quiet"},
	} {
		if flag.on {
			out = append(out, "--"+flag.name)
		}
	}
	return out
}

// String is the bot as the value of --bot. A name begins with @, since a bot may have the name "any".
func (b BotRef) String() string {
	switch {
	case b.Me:
		return "me"
	case b.Any:
		return "any"
	case b.App != "":
		return string(b.App)
	case b.User != "" && b.Name != "":
		return string(b.User) + "/" + b.Name
	case b.User != "":
		return string(b.User)
	default:
		return "@" + b.Name
	}
}

// String is the message as the value of --from and --to.
func (r MessageRef) String() string {
	if r.ID != "" {
		return string(r.ID)
	}
	return r.Link
}

// quote writes a value so that the parser reads the same value.
func quote(value string) string {
	special := func(r rune) bool { return IsSpace(r) || ClosingQuote(r) != "" }
	if value != "" && strings.IndexFunc(value, special) < 0 {
		return value
	}
	return `"` + strings.ReplaceAll(value, `"`, `""`) + `"`
}

// ClosingQuote gives the quotes that may close r, since input methods mix them up; empty where r is not a quote.
func ClosingQuote(r rune) string {
	switch r {
	case '"', '\'', '＂', '＇':
		return string(r)
	case '“', '”', '„', '‟':
		return "“”"
	case '‘', '’', '‚', '‛':
		return "‘’"
	case '「':
		return "」"
	case '『':
		return "』"
	case '«':
		return "»"
	default:
		return ""
	}
}
