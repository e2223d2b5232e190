package card

import (
	"cmp"
	"slices"
	"strconv"
	"strings"
	"time"

	"recallbot/audit"
	"recallbot/bot"
	"recallbot/handlers/text"
)

// maxSenders is how many people and bots a line of the log names.
const maxSenders = 3

// LogLine is an act, with what is known besides its records.
type LogLine struct {
	audit.Act

	// Job is the act's job; nil where there is none, or where it is not kept any more.
	Job *bot.Job
	// Senders are those of the messages; Excerpt is the beginning of a single message, where it is kept.
	Senders []bot.AuthorCount
	Excerpt string
}

// LogPage is a page of a chat's log.
type LogPage struct {
	// Chat is the name of a group.
	Chat string
	// Who and Since are what the log was limited to.
	Who   bot.UserID
	Since time.Time
	Lines []LogLine
	// Skipped is how many newer lines there are, Total how many lines in all. Cut is set where older records were deleted.
	Skipped, Total int
	Cut            bool
	// Buttons turn the page.
	Buttons []bot.Button
}

// Log is a page of the log: a line for each act, with details in small print.
func (l Locale) Log(page LogPage, now time.Time) bot.Card {
	shown := bot.Card{Title: l.Say(text.LogTitle), Tone: bot.ToneInfo}
	if page.Chat != "" {
		shown.Title = l.Say(text.LogTitleIn, "chat", text.Plain(page.Chat))
	}
	note := func(said string) {
		if said != "" {
			shown.Parts = append(shown.Parts, bot.CardPart{Note: said})
		}
	}
	if page.Who != "" {
		note(l.Say(text.LogBy, "who", bot.Mention(page.Who)))
	}
	if !page.Since.IsZero() {
		note(l.Say(text.LogSince, "time", l.minute(page.Since, now)))
	}
	switch limited := len(shown.Parts) > 0; {
	case len(page.Lines) > 0:
	case limited:
		shown.Parts = append(shown.Parts, bot.CardPart{Text: l.Say(text.LogNone)})
	default:
		shown.Parts = append(shown.Parts, bot.CardPart{Text: l.Say(text.LogEmpty)})
	}
	for _, line := range page.Lines {
		first := join(" · ", l.minute(line.Newest().At, now), l.logWho(line), l.did(line))
		shown.Parts = append(shown.Parts, bot.CardPart{Text: first})
		note(l.details(line))
	}
	if len(page.Buttons) > 0 {
		shown.Parts = append(shown.Parts, bot.CardPart{Buttons: page.Buttons})
	}
	if page.Total > len(page.Lines) {
		note(l.Say(text.LogPage, "first", page.Skipped+1, "last", page.Skipped+len(page.Lines), "total", page.Total))
	}
	if page.Cut {
		note(l.Say(text.LogCut))
	}
	return shown
}

// join joins the texts that are not empty.
func join(between string, said ...string) string {
	var parts []string
	for _, one := range said {
		if one != "" {
			parts = append(parts, one)
		}
	}
	return strings.Join(parts, between)
}

// minute is a time to the minute, with the year where it is another one.
func (l Locale) minute(t, now time.Time) string {
	t = t.In(l.Zone)
	if t.Year() != now.In(l.Zone).Year() {
		return t.Format("2006-01-02 15:04")
	}
	return t.Format("01-02 15:04")
}

func (l Locale) brackets(what, why string) string {
	if why == "" {
		return what
	}
	return what + l.Say(text.Brackets, "what", why)
}

// logWho is who did it: a person with the rule that allowed it, a team, or what acts by itself.
func (l Locale) logWho(line LogLine) string {
	e := line.Newest()
	switch {
	case e.Who != "":
		rule := ""
		if !e.Refused() && e.Rule != "" && e.Rule != audit.RuleConsent {
			rule = l.Say(text.Rule(e.Rule))
		}
		return l.brackets(bot.Mention(e.Who), rule)
	case e.Team != "":
		return l.Say(text.LogWhoTeam, "team", text.Plain(string(e.Team)))
	case e.Token != "":
		return l.Say(text.LogWhoAPI)
	}
	switch e.Via {
	case bot.ViaLifetime:
		return l.Say(text.LogWhoLifetime)
	case bot.ViaCascade:
		return l.Say(text.LogWhoCascade)
	case bot.ViaOperator:
		return l.Say(text.LogWhoOperator)
	case bot.ViaPlatform:
		return l.Say(text.LogWhoPlatform)
	default:
		return l.Say(text.LogWhoNobody)
	}
}

// recalls are the results of a recall that are the main one of a line, in order, with their texts.
func recalls() []struct {
	result bot.Result
	said   text.Key
} {
	return []struct {
		result bot.Result
		said   text.Key
	}{
		{bot.Done, text.LogDidRecalled},
		{bot.Restored, text.LogDidRestored},
		{bot.Cancelled, text.LogDidCancelled},
		{bot.DryRun, text.LogDidDryRun},
		{bot.AlreadyGone, text.LogDidAlreadyGone},
		{bot.Failed, text.LogDidFailed},
		{bot.Refused, text.LogDidRefused},
	}
}

// mainResult is the result that a line is about.
func mainResult(act audit.Act) bot.Result {
	for _, row := range recalls() {
		if act.Count(row.result) > 0 {
			return row.result
		}
	}
	return act.Newest().Result
}

// did is what was done.
func (l Locale) did(line LogLine) string {
	e, n := line.Newest(), len(line.Act)
	switch e.Via {
	case bot.ViaConsent, bot.ViaDeauthorize, bot.ViaPlatform:
		return l.consent(e)
	}
	switch e.Result {
	case bot.Changed:
		if n > 1 {
			return l.Say(text.LogDidChangedMany, "count", n)
		}
		return l.Say(text.LogDidChanged)
	case bot.Asked:
		return l.Say(text.LogDidAsked, "id", text.Plain(string(e.Message)))
	case bot.Refused:
		switch {
		case e.Message != "":
		case n > 1:
			return l.Say(text.LogDidRefusedTimes, "count", n)
		default:
			return l.Say(text.LogDidRefusedPlain)
		}
	}
	result := mainResult(line.Act)
	said := text.LogDidRecalled
	for _, row := range recalls() {
		if row.result == result {
			said = row.said
		}
	}
	n = line.count(result)
	switch {
	case said == text.LogDidRecalled && e.Via == bot.ViaClean && n > 1:
		said = text.LogDidCleaned
	case said == text.LogDidFailed && e.Via == bot.ViaUndo:
		said = text.LogDidFailedRestore
	case said == text.LogDidRefused && e.Via == bot.ViaUndo:
		said = text.LogDidRefusedRestore
	}
	return l.Say(said, "what", l.what(line, n))
}

// consent is what was done about an authorisation.
func (l Locale) consent(e audit.Entry) string {
	switch e.Result {
	case bot.Authorised:
		return l.Say(text.LogDidAuthorised)
	case bot.Deauthorised, bot.AlreadyGone:
		return l.Say(text.LogDidDeauthorised)
	default:
		return l.Say(text.LogDidConsentFailed)
	}
}

// count is how many messages had a result. A chat keeps its newest records only, so a job that is still kept may know of more.
func (line LogLine) count(result bot.Result) int {
	n := line.Count(result)
	if result == bot.Done && line.Job != nil && line.Job.Kind == bot.JobClean {
		n = max(n, line.Job.Counts[bot.CauseRecalled])
	}
	return n
}

// what are the messages: how many and whose.
func (l Locale) what(line LogLine, n int) string {
	from, id := l.senders(line.Senders, n), line.Newest().Message
	switch {
	case n == 1 && from != "":
		excerpt := ""
		if line.Excerpt != "" {
			excerpt = "“" + text.Plain(line.Excerpt) + "”"
		}
		return l.brackets(l.Say(text.LogOne, "from", from), excerpt)
	case n == 1 && id != "":
		return l.Say(text.LogID, "id", text.Plain(string(id)))
	case n == 1:
		return l.Say(text.LogMessage)
	case from != "":
		return l.Say(text.LogMany, "from", from, "count", n)
	default:
		return l.Say(text.LogMessages, "count", n)
	}
}

// senders names up to maxSenders of them, with their numbers where these are of the n messages; empty where none is known.
func (l Locale) senders(senders []bot.AuthorCount, n int) string {
	sum, known := 0, false
	for _, s := range senders {
		sum += s.Count
		known = known || s.Kind != bot.KindUnknown || s.From != ""
	}
	if !known {
		return ""
	}
	var names []string
	for i, s := range senders {
		if i == maxSenders {
			names = append(names, l.Say(text.SenderOthers, "count", len(senders)-i))
			break
		}
		name := l.sender(s)
		if len(senders) > 1 && sum == n {
			name = l.Say(text.SenderCount, "who", name, "count", s.Count)
		}
		names = append(names, name)
	}
	return strings.Join(names, l.Say(text.ListOfTypes))
}

func (l Locale) sender(s bot.AuthorCount) string {
	name := cmp.Or(s.Name, s.From)
	switch {
	case s.Kind == bot.KindOwn:
		return l.Say(text.LogFromMe)
	case s.Kind == bot.KindPerson && s.From != "":
		return l.Say(text.LogFromPerson, "who", bot.Mention(bot.UserID(s.From)))
	case s.Kind == bot.KindPerson && s.Count == 1:
		return l.Say(text.LogFromAPerson)
	case s.Kind == bot.KindPerson:
		return l.Say(text.LogFromPeople)
	case s.Kind == bot.KindBot && name != "":
		return l.Say(text.LogFromBot, "who", text.Plain(name))
	case s.Kind == bot.KindBot && s.Count == 1:
		return l.Say(text.LogFromABot)
	case s.Kind == bot.KindBot:
		return l.Say(text.LogFromBots)
	default:
		return l.Say(text.SenderUnknown)
	}
}

// details are what follows in small print: other results, who else agreed, and the reason that was given.
func (l Locale) details(line LogLine) string {
	e := line.Newest()
	var said []string
	switch e.Via {
	case bot.ViaReaction, bot.ViaQuorum, bot.ViaButton:
		said = append(said, l.Say(text.Via(e.Via)))
	}
	said = append(said, l.results(line)...)
	if job := line.Job; job != nil && job.State == bot.JobStopped && job.Total > job.Next {
		said = append(said, l.Say(text.LogLeft, "count", job.Total-job.Next))
	}
	said = append(said, l.agreed(line))
	if e.As == audit.AsOwner {
		said = append(said, l.Say(text.LogAsOwner))
	}
	switch {
	case e.Result == bot.Changed:
		said = append(said, l.changes(line.Act)...)
	case e.Comment != "":
		said = append(said, l.Say(text.LogReason, "reason", text.Plain(e.Comment)))
	}
	if e.Job != "" && e.Via != bot.ViaLifetime {
		said = append(said, l.Say(text.LogJob, "job", text.Plain(string(e.Job))))
	}
	return join(" · ", said...)
}

// results are the numbers of the other results, and why it failed or was refused.
func (l Locale) results(line LogLine) []string {
	var said []string
	about := mainResult(line.Act)
	for _, row := range recalls() {
		n, why := line.count(row.result), l.why(line.Act, row.result)
		switch {
		case n == 0:
		case row.result != about:
			counted := l.Say(text.LogCount, "count", n, "result", l.Say(text.Result(row.result)))
			said = append(said, l.brackets(counted, why))
		case why != "":
			said = append(said, why)
		}
	}
	return said
}

// why are the reasons of the failures or refusals, with their numbers where there are several, and the code where all have one.
func (l Locale) why(act audit.Act, result bot.Result) string {
	if result != bot.Failed && result != bot.Refused {
		return ""
	}
	type cause struct {
		reason bot.Reason
		code   int
	}
	var causes []cause
	counts := map[cause]int{}
	for _, e := range act {
		if e.Result != result {
			continue
		}
		one := cause{cmp.Or(e.Reason, bot.ReasonOther), e.Code}
		if counts[one]++; counts[one] == 1 {
			causes = append(causes, one)
		}
	}
	said := make([]string, len(causes))
	for i, one := range causes {
		said[i] = l.Say(text.ShortReason(one.reason))
		if one.code != 0 {
			said[i] += " " + strconv.Itoa(one.code)
		}
		if len(causes) > 1 {
			said[i] = l.Say(text.SenderCount, "who", said[i], "count", counts[one])
		}
	}
	return strings.Join(said, l.Say(text.ListOfCounts))
}

// agreed names who approved a job, or who reacted too.
func (l Locale) agreed(line LogLine) string {
	var others []string
	for _, who := range line.With() {
		if who != line.Newest().Who {
			others = append(others, bot.Mention(who))
		}
	}
	switch said := strings.Join(others, l.Say(text.ListOfTypes)); {
	case said == "":
		return ""
	case line.Newest().Via == bot.ViaQuorum:
		return l.Say(text.LogWith, "who", said)
	default:
		return l.Say(text.LogApproved, "who", said)
	}
}

// changes are the settings that were changed, in words.
func (l Locale) changes(act audit.Act) []string {
	said := make([]string, len(act))
	for i, e := range act {
		key, values, _ := strings.Cut(e.Comment, " ")
		before, after, ok := strings.Cut(values, " → ")
		if !ok {
			said[i] = text.Plain(e.Comment)
			continue
		}
		name := text.Plain(key)
		switch {
		case key == string(bot.SetLifetimes):
			name = l.Say(text.LogTTL)
		case slices.Contains(bot.SettingKeys(), bot.SettingKey(key)):
			name = l.Say(text.Setting(bot.SettingKey(key)))
		}
		said[i] = l.Say(text.LogSetting, "name", name, "before", l.settingText(key, before), "after", l.settingText(key, after))
	}
	return said
}

func (l Locale) settingText(key, value string) string {
	if key == string(bot.SetEmoji) && value != bot.WordDefault {
		return Emoji(strings.Fields(value))
	}
	return SettingValue(l.Language, value)
}
