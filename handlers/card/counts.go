package card

import (
	"strings"

	"recallbot/bot"
	"recallbot/handlers/text"
	"recallbot/recall/jobs"
)

// causes are all causes, in the order in which they are shown.
func causes() []bot.Cause {
	return []bot.Cause{
		bot.CauseRecalled, bot.CauseRestored, bot.CauseBare, bot.CauseCancelled, bot.CauseGone, bot.CauseAsked, bot.CauseDryRun, bot.CauseFailed, bot.CauseNotAllowed,
		bot.CauseNoRank, bot.CauseTooOld, bot.CausePinned, bot.CausePerson, bot.CauseOtherBot, bot.CauseAnswer, bot.CauseLost,
		bot.CauseLostType, bot.CauseLostContent, bot.CauseStillThere,
	}
}

// counts are the causes with their numbers, as one line; more is counted too.
func (l Locale) counts(counts, more bot.Counts) string {
	var parts []string
	for _, cause := range causes() {
		if n := counts[cause] + more[cause]; n > 0 {
			parts = append(parts, l.Say(text.Cause(cause), "count", n))
		}
	}
	return strings.Join(parts, l.Say(text.ListOfCounts))
}

// WentWell reports whether the job recalled all that it was to recall, and at least one message.
func WentWell(job bot.Job) bool {
	return jobs.WentWell(job) && job.Counts[bot.CauseDryRun] == 0 && job.Total > 0
}
