package audit

import (
	"slices"
	"time"

	"recallbot/bot"
)

const (
	// sameMoment is how long the records of one press or call may be apart.
	sameMoment = 2 * time.Second
	// sameHour is how long the expired lifetimes of a chat, and the refusals of one person for one reason, count as one act.
	sameHour = time.Hour
)

// Act is what one command, button, job, call or timer did: its records, the newest first, one for each message.
type Act []Entry

// Newest is the newest record.
func (a Act) Newest() Entry { return a[0] }

// Count is the number of records with one of the results.
func (a Act) Count(results ...bot.Result) int {
	n := 0
	for _, e := range a {
		if slices.Contains(results, e.Result) {
			n++
		}
	}
	return n
}

// With are the others who agreed: see Entry.With.
func (a Act) With() []bot.UserID {
	for _, e := range a {
		if len(e.With) > 0 {
			return e.With
		}
	}
	return nil
}

// By reports whether a person did it or agreed to it.
func (a Act) By(who bot.UserID) bool {
	return a.Newest().Who == who || slices.Contains(a.With(), who)
}

// actKey is equal for the records of one act.
type actKey struct {
	job     bot.JobID
	command bot.MessageID
	who     bot.UserID
	token   bot.TokenID
	via     bot.Via
	rule    string
	result  bot.Result
	reason  bot.Reason
}

// keyOf gives the key of a record, and the longest time between the records of such an act; zero is any time.
func keyOf(e Entry) (key actKey, within time.Duration) {
	switch {
	case e.Via == bot.ViaLifetime:
		return actKey{via: e.Via}, sameHour
	case e.Job != "":
		return actKey{job: e.Job}, 0
	case e.Refused():
		return actKey{who: e.Who, token: e.Token, result: e.Result, reason: e.Reason}, sameHour
	case e.Command != "":
		return actKey{command: e.Command, via: e.Via}, 0
	default:
		return actKey{who: e.Who, token: e.Token, via: e.Via, rule: e.Rule, result: e.Result}, sameMoment
	}
}

// Acts groups records, the newest first, into acts, the newest first. It leaves out the commands that the bot removed.
func Acts(entries []Entry) []Act {
	type message struct {
		act int
		id  bot.MessageID
	}
	var acts []Act
	last := map[actKey]int{}
	seen := map[message]bool{}
	for _, e := range entries {
		if e.Via == bot.ViaTidy {
			continue
		}
		key, within := keyOf(e)
		at, known := last[key]
		if !known || within > 0 && acts[at].Newest().At.Sub(e.At) > within {
			at = len(acts)
			last[key] = at
			acts = append(acts, nil)
		}
		one := message{at, e.Message}
		if e.Message != "" && seen[one] {
			continue // an earlier attempt at the same message
		}
		seen[one] = true
		acts[at] = append(acts[at], e)
	}
	return acts
}
