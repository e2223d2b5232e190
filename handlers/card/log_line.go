package card

import (
	"cmp"
	"slices"
	"strconv"
	"strings"

	"recallbot/audit"
	"recallbot/bot"
	"recallbot/handlers/text"
)

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
	case from != "" && len(line.Senders) > 1:
		return l.brackets(l.Say(text.LogMessages, "count", n), from)
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
	one, many := text.LogFromABot, text.LogFromBots
	switch name := cmp.Or(s.Name, s.From); {
	case s.Kind == bot.KindOwn:
		return l.me()
	case s.Kind == bot.KindUnknown:
		return l.Say(text.SenderUnknown)
	case s.Kind == bot.KindPerson && s.From != "":
		return l.Say(text.LogFromPerson, "who", bot.Mention(bot.UserID(s.From)))
	case s.Kind == bot.KindPerson:
		one, many = text.LogFromAPerson, text.LogFromPeople
	case name != "":
		return l.Say(text.LogFromBot, "who", text.Plain(name))
	}
	if s.Count == 1 {
		return l.Say(one)
	}
	return l.Say(many)
}

// details are what follows in small print: other results, who else agreed, and the reason that was given.
func (l Locale) details(line LogLine) string {
	e := line.Newest()
	var said []string
	if e.Via == bot.ViaReaction || e.Via == bot.ViaQuorum || e.Via == bot.ViaButton {
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
	about := mainOutcome(line.Act)
	for _, one := range outcomes() {
		n, why := line.count(one.result), l.why(line.Act, one.result)
		switch {
		case n == 0:
		case one.result != about.result:
			counted := l.Say(text.LogCount, "count", n, "result", l.Say(text.Result(one.result)))
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

// settingName is a setting as people know it.
func (l Locale) settingName(key bot.SettingKey) string {
	switch key {
	case bot.SetLifetimes:
		return l.Say(text.LogTTL)
	case bot.SetWatch:
		return l.Say(text.LogRules)
	case bot.SetQuarantine:
		return l.Say(text.LogQuarantines)
	case bot.SetReports:
		return l.Say(text.LogReports)
	default:
		if slices.Contains(bot.SettingKeys(), key) {
			return l.Say(text.Setting(key))
		}
		return text.Plain(string(key))
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
		name := l.settingName(bot.SettingKey(key))
		said[i] = l.Say(text.LogSetting, "name", name, "before", l.SettingValue(SettingsView{}, bot.SettingKey(key), before), "after", l.SettingValue(SettingsView{}, bot.SettingKey(key), after))
	}
	return said
}
