package handlers

import (
	"cmp"
	"strings"
	"time"

	"recallbot/bot"
	"recallbot/recall"
)

// causes are all ways that a message of a job can go, in the order in which they are told.
func causes() []bot.Cause {
	return []bot.Cause{
		bot.CauseRecalled, bot.CauseRestored, bot.CauseBare, bot.CauseCancelled, bot.CauseGone, bot.CauseAsked, bot.CauseDryRun, bot.CauseFailed, bot.CauseNotAllowed,
		bot.CauseNoRank, bot.CauseTooOld, bot.CausePinned, bot.CausePerson, bot.CauseOtherBot, bot.CauseAnswer, bot.CauseLost,
		bot.CauseLostType, bot.CauseLostContent, bot.CauseStands,
	}
}

// counts are the causes with their numbers, as one line; more is counted too.
func (p page) counts(counts, more bot.Counts) string {
	var parts []string
	for _, cause := range causes() {
		if n := counts[cause] + more[cause]; n > 0 {
			parts = append(parts, p.fill(phrase("cause_"+string(cause)), n))
		}
	}
	if p.lang == English {
		return strings.Join(parts, ", ")
	}
	return strings.Join(parts, "，")
}

// atLimit is how long so many recalls take at the platform's bounds.
func atLimit(n int) time.Duration {
	minutes, rest := n/bot.CallsPerMinute, n%bot.CallsPerMinute
	return time.Duration(minutes)*time.Minute + time.Duration(rest)*time.Second/bot.CallsPerSecond
}

// timeLeft is how long the rest takes at the job's pace so far, and never less than the bounds allow.
func timeLeft(job bot.Job, now time.Time) time.Duration {
	left := atLimit(job.Total - job.Next)
	took := now.Sub(job.Began)
	if job.Next <= 0 || job.Began.IsZero() || took <= 0 {
		return left
	}
	return max(left, took/time.Duration(job.Next)*time.Duration(job.Total-job.Next))
}

// lasts is a time as people say it, never less than a second.
func (p page) lasts(d time.Duration) string {
	seconds := max(int((d+time.Second-1)/time.Second), 1)
	if seconds < 60 {
		return p.fill(phraseSeconds, seconds)
	}
	return p.fill(phraseMinutes, seconds/60, seconds%60)
}

func (p page) at(t time.Time) string { return t.In(p.zone).Format("01-02 15:04:05") }

// outcomeOf is why a job failed.
func outcomeOf(job bot.Job) recall.Outcome {
	return recall.Outcome{Reason: cmp.Or(job.Reason, bot.ReasonOther), Code: job.Code, LogID: job.LogID}
}
