package handlers

import (
	"errors"
	"slices"
	"strings"
	"time"

	"recallbot/bot"
	"recallbot/bot/command"
)

// Why a change of rules or quarantines is not made.
var (
	errNoRule         = errors.New("no such rule")
	errManyRules      = errors.New("too many rules")
	errNotQuarantined = errors.New("not in quarantine")
)

// switched switches a rule to a state. A ready-made rule is there as soon as it is switched.
func switched(set bot.Settings, name string, state bot.WatchState, by bot.UserID, at time.Time) (bot.Settings, error) {
	rule, known := set.Rule(name)
	if !known {
		rule, known = command.ReadyRule(name)
	}
	if !known {
		return set, errNoRule
	}
	rule.State = state
	return withRule(set, rule, by, at)
}

// withRule adds a rule, or replaces the one of its name.
func withRule(set bot.Settings, rule bot.WatchRule, by bot.UserID, at time.Time) (bot.Settings, error) {
	others := withoutRule(set, rule.Name)
	if len(others) >= bot.MaxWatchRules {
		return set, errManyRules
	}
	rule.By, rule.Since = by, at
	set.Watch = append(others, rule)
	return set, nil
}

// removed removes a rule.
func removed(set bot.Settings, name string) (bot.Settings, error) {
	others := withoutRule(set, name)
	if len(others) == len(set.Watch) {
		return set, errNoRule
	}
	set.Watch = others
	return set, nil
}

// withoutRule are the rules of other names; nil if there are none.
func withoutRule(set bot.Settings, name string) []bot.WatchRule {
	var others []bot.WatchRule
	for _, rule := range set.Watch {
		if !strings.EqualFold(rule.Name, name) {
			others = append(others, rule)
		}
	}
	return others
}

// quarantined begins a quarantine, in place of one of the same bot.
func quarantined(set bot.Settings, q bot.Quarantine, now time.Time) (bot.Settings, error) {
	others := withoutQuarantine(running(set.Quarantines, now), q.Bot)
	if len(others) >= bot.MaxQuarantines {
		return set, errManyRules
	}
	set.Quarantines = append(others, q)
	return set, nil
}

// released ends the quarantine of a bot.
func released(set bot.Settings, ref bot.BotRef, now time.Time) (bot.Settings, error) {
	left := running(set.Quarantines, now)
	others := withoutQuarantine(left, ref)
	if len(others) == len(left) {
		return set, errNotQuarantined
	}
	if set.Quarantines = others; len(others) == 0 {
		set.Quarantines = nil
	}
	return set, nil
}

func withoutQuarantine(all []bot.Quarantine, ref bot.BotRef) []bot.Quarantine {
	return slices.DeleteFunc(slices.Clone(all), func(q bot.Quarantine) bool { return q.Bot.Same(ref) })
}
