package card

import (
	"cmp"
	"slices"
	"strconv"
	"strings"
	"time"

	"recallbot/bot"
	"recallbot/handlers/text"
)

const (
	// maxAuthors is how many people and bots a preview shows, maxQuote how many characters of a message.
	maxAuthors = 10
	maxQuote   = 60
	// quickTime is how long a job may take without an estimate.
	quickTime = 10 * time.Second
)

// Preview is what would be recalled, with buttons to confirm. Only the private card, for the person who asked, quotes messages.
func (l Locale) Preview(job bot.Job, private bool) bot.Card {
	shown := bot.Card{Title: l.Say(text.TitlePreview, "count", job.Total), Tone: bot.ToneWarning}
	shown.Parts = []bot.CardPart{{Text: l.What(job)}}
	if job.State != bot.JobAsked {
		shown.Title, shown.Tone = l.Say(text.TitleDryRun, "count", job.Total), bot.ToneInfo
	} else {
		if job.Alone {
			shown.Parts = append(shown.Parts, bot.CardPart{Text: l.Say(text.ConfirmAlone)})
		}
		shown.Parts = append(shown.Parts, bot.CardPart{Buttons: []bot.Button{
			{Text: l.Say(text.ButtonRecall, "count", job.Total), Style: bot.StyleDanger, Press: press(bot.ActConfirm, job)},
			{Text: l.Say(text.ButtonCancel), Press: press(bot.ActCancel, job)},
		}})
	}
	shown.Parts = append(shown.Parts, l.found(job, private)...)
	if len(job.Preview.Parts) > 0 && private {
		shown.Parts = append(shown.Parts, bot.CardPart{Text: l.everywhere(job.Preview.Parts)})
	}
	if private {
		shown.Parts = append(shown.Parts, l.groups(job)...)
	}
	if ownOnly(job) {
		shown.Parts = append(shown.Parts, bot.CardPart{Note: l.Say(text.OnlyOwn)})
	}
	if slices.ContainsFunc(job.Preview.Authors, func(a bot.AuthorCount) bool { return a.Kind != bot.KindOwn }) {
		shown.Parts = append(shown.Parts, bot.CardPart{Note: l.Say(text.NotRestorable)})
	}
	if job.State == bot.JobAsked {
		shown.Parts = append(shown.Parts, bot.CardPart{Note: l.Say(text.ExpiresSoon)})
	}
	return shown
}

// ownOnly reports a clean-up that looked for our own posts only because it named no bot and no person. /recall N means them.
func ownOnly(job bot.Job) bool {
	f := job.Filter
	other := f
	other.Last, other.Yes, other.Quiet, other.DryRun, other.WithPinned = 0, false, false, false, false
	return kindOf(job) == bot.JobClean && job.Via == bot.ViaClean && len(f.Bots) == 0 && len(f.By) == 0 && (f.Last == 0 || other.Narrows() || f.Dup)
}

// Approval asks a second person. The whole chat sees it; approvers are those who can approve, as mentions.
func (l Locale) Approval(job bot.Job, approvers []string) bot.Card {
	shown := bot.Card{Title: l.Say(text.TitleApproval, "count", job.Total), Tone: bot.ToneWarning}
	asked := l.Say(text.ApprovalAsked, "who", bot.Mention(job.Who))
	if len(approvers) > 0 {
		asked += "\n" + l.Say(text.Approvers, "people", l.List(approvers))
	}
	shown.Parts = append(shown.Parts, bot.CardPart{Text: asked})
	if job.Comment != "" {
		shown.Parts = append(shown.Parts, bot.CardPart{Quotes: []string{job.Comment}})
	}
	if job.Kind != bot.JobPosts { // a button asked for posts, and no filter
		shown.Parts = append(shown.Parts, bot.CardPart{Text: l.What(job)})
	}
	shown.Parts = append(shown.Parts, bot.CardPart{Buttons: []bot.Button{
		{Text: l.Say(text.ButtonApprove), Style: bot.StyleDanger, Press: press(bot.ActApprove, job)},
		{Text: l.Say(text.ButtonCancel), Press: press(bot.ActCancel, job)},
	}})
	shown.Parts = append(shown.Parts, l.found(job, false)...)
	shown.Parts = append(shown.Parts, bot.CardPart{Note: l.Say(text.ExpiresSoon)})
	return shown
}

// found is who posted the messages, when, and what is left out, without the content of messages.
func (l Locale) found(job bot.Job, private bool) []bot.CardPart {
	found := job.Preview
	var parts []bot.CardPart
	if senders := l.authors(found, private); senders != "" {
		parts = append(parts, bot.CardPart{Text: senders})
	}
	var lines []string
	if oldest, newest := l.Moment(found.Oldest, job.Asked), l.Moment(found.Newest, job.Asked); !found.Oldest.IsZero() && oldest != newest {
		lines = append(lines, l.Say(text.Range, "oldest", oldest, "newest", newest))
	}
	if skipped := l.counts(found.Skipped, nil); skipped != "" {
		lines = append(lines, l.Say(text.Skipped, "counts", skipped))
	}
	if took := bot.CallTime(job.Total); took >= quickTime {
		lines = append(lines, l.Say(text.Estimate, "time", l.Duration(took)))
	}
	if len(lines) > 0 {
		parts = append(parts, bot.CardPart{Note: strings.Join(lines, "\n")})
	}
	if unseen := l.unseen(found); unseen != "" {
		parts = append(parts, bot.CardPart{Note: unseen})
	}
	return parts
}

// maxParts is how many groups a preview shows.
const maxParts = 30

// everywhere has a line for each group of a clean-up over all groups, and why it is left out.
func (l Locale) everywhere(parts []bot.PreviewPart) string {
	var lines []string
	for i, part := range parts {
		if i == maxParts {
			lines = append(lines, l.Say(text.MoreGroups, "count", len(parts)-i))
			break
		}
		said := l.Say(text.PartFound, "chat", cmp.Or(text.Plain(part.Name), string(part.Chat)), "count", part.Total)
		if part.Reason != "" {
			said = l.Say(text.PartLeft, "chat", cmp.Or(text.Plain(part.Name), string(part.Chat)), "why", l.Say(text.PartReason(part.Reason)))
		}
		lines = append(lines, said)
	}
	return strings.Join(lines, "\n")
}

func (l Locale) unseen(found bot.Preview) string {
	lines := make([]string, len(found.Unseen))
	for i, what := range found.Unseen {
		lines[i] = l.Say(text.Unseen(what))
	}
	return strings.Join(lines, "\n")
}

// authors are the senders of the messages to recall. A card that the whole chat sees does not mention people.
func (l Locale) authors(found bot.Preview, private bool) string {
	var lines []string
	people, others := 0, found.Others
	for i, a := range found.Authors {
		switch {
		case a.Kind == bot.KindPerson && !private:
			people += a.Count
		case i >= maxAuthors:
			others++
		default:
			lines = append(lines, l.Say(text.SenderCount, "who", l.author(a.Kind, a.From, a.Name), "count", a.Count))
		}
	}
	if people > 0 {
		lines = append(lines, l.Say(text.SenderCount, "who", l.Say(text.SenderPeople), "count", people))
	}
	if others > 0 {
		lines = append(lines, l.Say(text.SenderOthers, "count", others))
	}
	return strings.Join(lines, l.Say(text.ListOfCounts))
}

func (l Locale) author(kind bot.Kind, from, name string) string {
	switch {
	case kind == bot.KindOwn:
		return l.me()
	case kind == bot.KindPerson && from != "":
		return bot.Mention(bot.UserID(from))
	case name != "":
		return text.Plain(name)
	case from != "":
		return text.Plain(from)
	case kind == bot.KindBot:
		return l.Say(text.SenderBot)
	default:
		return l.Say(text.SenderUnknown)
	}
}

// groups are the messages, equal ones of one sender in one line. The sender is named where there are several.
func (l Locale) groups(job bot.Job) []bot.CardPart {
	if len(job.Preview.Groups) == 0 {
		return nil
	}
	several := len(job.Preview.Authors) > 1
	var lines []string
	shown := 0
	for _, g := range job.Preview.Groups {
		said := cmp.Or(bot.Abbreviate(g.Text, maxQuote), "["+l.Type(g.Type)+"]")
		said = strings.ReplaceAll(said, bot.MentionStart, "@ {") // a quoted message must not mention people
		if several {
			said = l.Say(text.SenderSaid, "who", l.author(g.Kind, g.From, g.Name), "text", said)
		}
		said = l.Moment(g.Newest, job.Asked) + "  " + said
		if g.Count > 1 {
			said += "  ×" + strconv.Itoa(g.Count)
		}
		lines = append(lines, said)
		shown += g.Count
	}
	if rest := job.Total - shown; rest > 0 {
		lines = append(lines, l.Say(text.MoreMessages, "count", rest))
	}
	return []bot.CardPart{{Text: strings.Join(lines, "\n")}}
}
