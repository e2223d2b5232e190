package card

import (
	"cmp"
	"slices"
	"strings"

	"recallbot/bot"
	"recallbot/handlers/text"
)

// Checkup is what a check of a chat and the bot's set-up found, for one person.
type Checkup struct {
	Found []bot.Finding
	// Operator is set for a person who may see what is about the whole set-up.
	Operator bool
	// NoGrant is set if owners can't authorise the bot at all.
	NoGrant bool
	Site    text.Site
	// Details is the press that shows all that was found.
	Details bot.Press
}

// checked is a finding in words.
type checked struct {
	bot.Finding

	text, fix, link string
}

// Checkup is one line, fine or what to fix first, then the other faults and what the bot may recall.
func (l Locale) Checkup(c Checkup) bot.Card {
	shown := bot.Card{Title: l.Say(text.DoctorTitle), Tone: bot.ToneGood}
	all, hidden := l.checked(c)
	faults := slices.DeleteFunc(slices.Clone(all), func(f checked) bool { return f.Level == bot.LevelOK })
	slices.SortStableFunc(faults, func(a, b checked) int { return cmp.Compare(b.Level, a.Level) })
	for i, f := range faults {
		line := l.fault(f)
		if i == 0 {
			line = l.Say(text.DoctorFirst, "fault", line)
		}
		shown = withParts(shown, bot.CardPart{Text: text.Sign(f.Level) + " " + line})
	}
	switch {
	case hidden:
		shown = withParts(shown, bot.CardPart{Text: text.Sign(bot.LevelBad) + " " + l.Say(text.DoctorHidden)})
	case len(faults) == 0:
		shown = withParts(shown, bot.CardPart{Text: text.Sign(bot.LevelOK) + " " + l.Say(text.DoctorFine)})
	}
	switch {
	case hidden || len(faults) > 0 && faults[0].Level == bot.LevelBad:
		shown.Tone = bot.ToneBad
	case len(faults) > 0:
		shown.Tone = bot.ToneWarning
	}
	for _, f := range all {
		if strings.HasPrefix(f.Name, "rank_") {
			shown = withParts(shown, bot.CardPart{Text: f.text})
		}
	}
	return withParts(shown, bot.CardPart{Buttons: []bot.Button{{Text: l.Say(text.DoctorButton), Press: c.Details}}})
}

// CheckupDetails is all that was found, a line each.
func (l Locale) CheckupDetails(c Checkup) bot.Card {
	var lines, who []string
	all, _ := l.checked(c)
	for _, f := range all {
		switch {
		case strings.HasPrefix(f.Name, "may_"):
			who = append(who, f.text)
		case f.Level == bot.LevelOK:
			lines = append(lines, text.Sign(f.Level)+" "+f.text)
		default:
			lines = append(lines, text.Sign(f.Level)+" "+l.fault(f))
		}
	}
	if c.NoGrant {
		lines = append(lines, l.Say(text.DoctorNoGrant))
	}
	shown := bot.Card{Title: l.Say(text.DoctorDetails), Tone: bot.ToneInfo, Parts: []bot.CardPart{{Text: strings.Join(lines, "\n")}}}
	if len(who) > 0 {
		shown = withParts(shown, bot.CardPart{Heading: l.Say(text.DoctorWho)}, bot.CardPart{Text: strings.Join(who, "\n")})
	}
	if !c.Operator {
		shown = withParts(shown, bot.CardPart{Note: l.Say(text.DoctorOperator)})
	}
	return shown
}

// checked are the findings that the person may see. hidden reports a bad one among the others.
func (l Locale) checked(c Checkup) (all []checked, hidden bool) {
	for _, f := range c.Found {
		advice, here := text.AdviseHere(f, l.Language)
		switch {
		case here:
			if c.Operator {
				full := text.Advise(f, l.Language, c.Site)
				advice.Fix, advice.Link = full.Fix, full.Link
			}
		case c.Operator:
			advice = text.Advise(f, l.Language, c.Site)
		default:
			hidden = hidden || f.Level == bot.LevelBad
		}
		said := l.ended(advice.Text)
		if said == "" || !c.Operator && slices.ContainsFunc(all, func(other checked) bool { return other.text == said }) {
			continue
		}
		if advice.Fix != "" {
			key := text.DoctorAsk
			if c.Operator {
				key = text.DoctorFix
			}
			advice.Fix = l.Say(key, "fix", advice.Fix)
		}
		all = append(all, checked{f, said, advice.Fix, advice.Link})
	}
	return all, hidden
}

// fault is a fault, what to do about it, and where.
func (l Locale) fault(f checked) string {
	said := f.text
	if f.fix != "" {
		said += l.Join(f.fix)
	}
	if f.link != "" {
		said += "\n" + f.link
	}
	return said
}

// ended is a text as a sentence.
func (l Locale) ended(said string) string {
	switch {
	case said == "" || strings.HasSuffix(said, ".") || strings.HasSuffix(said, "。"):
		return said
	case l.Language == text.English:
		return strings.ToUpper(said[:1]) + said[1:] + "."
	default:
		return said + "。"
	}
}
