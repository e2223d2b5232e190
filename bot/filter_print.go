package bot

import (
	"strconv"
	"strings"
	"time"
)

// String prints what was understood, as switches that a clean-up said in the same place reads back as the same filter:
// in a reply where FromReply is set, in a topic where Thread is. The zero filter is empty.
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
	for _, text := range f.Match {
		put("match", text)
	}
	for _, text := range f.Regex {
		put("regex", text)
	}
	if len(f.Types) > 0 {
		put("type", strings.Join(f.Types, ","))
	}
	return strings.Join(append(out, f.flags()...), " ")
}

func (f Filter) flags() []string {
	var out []string
	for _, flag := range []struct {
		on   bool
		name string
	}{
		{f.Dup, "dup"},
		{f.Thread, "thread"},
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

// String is the bot as --bot takes it; a name carries its sign, since a bot may be called "any".
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

// String is the message as --from and --to take it.
func (r MessageRef) String() string {
	if r.ID != "" {
		return string(r.ID)
	}
	return r.Link
}

// quote writes a value so that nextArgument reads it back.
func quote(value string) string {
	special := func(r rune) bool { return IsSpace(r) || ClosingQuote(r) != "" }
	if value != "" && strings.IndexFunc(value, special) < 0 {
		return value
	}
	return `"` + strings.ReplaceAll(value, `"`, `""`) + `"`
}

// ClosingQuote are the quotes that close what r opens, or empty where r opens nothing. Input methods and phones mix them up.
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
