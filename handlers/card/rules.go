package card

import (
	"strconv"
	"time"

	"recallbot/bot"
	"recallbot/handlers/text"
)

// rulesKey is the key of all buttons of lists of rules: what a press does needs rights in the chat, not a key.
const rulesKey = "rules"

// Rules are the rules and quarantines of a chat.
type Rules struct {
	Chat  bot.ChatID
	Rules []bot.WatchRule
	// Caught is how many posts each rule caught in 7 days. Ready are the ready-made rules that the chat does not have.
	Caught      map[string]int
	Ready       []bot.WatchRule
	Quarantines []bot.Quarantine
	// Visibility says how posts of other bots are seen, Warning that our bot can't recall them here.
	Visibility, Warning string
	Now                 time.Time
}

// Rules is the card of /recall watch.
func (l Locale) Rules(r Rules) bot.Card {
	shown := bot.Card{Title: l.Say(text.RulesTitle), Tone: bot.ToneInfo}
	if len(r.Rules) == 0 {
		shown.Parts = append(shown.Parts, bot.CardPart{Text: l.Say(text.WatchNone)})
	}
	for _, rule := range r.Rules {
		counted := l.Say(text.WatchCounted, "state", l.Say(text.WatchState(rule.State)),
			"caught", l.Say(text.WatchCaught, "count", strconv.Itoa(r.Caught[rule.Name])))
		shown.Parts = append(shown.Parts,
			bot.CardPart{Heading: text.Plain(rule.Name)}, bot.CardPart{Text: l.Rule(rule) + "\n" + counted},
			bot.CardPart{Buttons: l.ruleButtons(r.Chat, rule)})
	}
	for _, q := range r.Quarantines {
		shown.Parts = append(shown.Parts, bot.CardPart{Text: l.InQuarantine(q, r.Now)})
	}
	if len(r.Ready) > 0 {
		var ready []bot.Button
		for _, rule := range r.Ready {
			ready = append(ready, l.ruleButton(r.Chat, rule.Name, bot.WatchOn, l.Say(text.RuleReady, "name", l.Say(text.ReadyRule(rule.Name)))))
		}
		shown.Parts = append(shown.Parts, bot.CardPart{Heading: l.Say(text.RulesReady)}, bot.CardPart{Buttons: ready})
	}
	for _, note := range []string{r.Visibility, r.Warning} {
		if note != "" {
			shown.Parts = append(shown.Parts, bot.CardPart{Note: note})
		}
	}
	return shown
}

// Rule is what a rule does, in words.
func (l Locale) Rule(rule bot.WatchRule) string {
	first := rule.When.Count
	if rule.When.Kind != bot.WatchMoreThan {
		first-- // the threshold is the first post that is caught
	}
	when := l.Say(text.WatchWhen(rule.When.Kind), "count", strconv.Itoa(first), "time", l.Duration(rule.When.Within))
	said := when
	if rule.Act != "" { // a rehearsal may have none
		said = l.Say(text.WatchRule, "when", when, "act", l.Say(text.WatchActs(rule.Act)))
	}
	only := l.contents(rule.Filter)
	if names := l.named(rule.Filter); len(names) > 0 {
		only = append([]string{l.Say(text.WhatOf, "names", l.List(names))}, only...)
	}
	if len(only) > 0 {
		said += "\n" + l.Say(text.WatchOnly, "what", l.List(only))
	}
	return said
}

// ruleButtons switch a rule to its other states.
func (l Locale) ruleButtons(chat bot.ChatID, rule bot.WatchRule) []bot.Button {
	var buttons []bot.Button
	for _, state := range []bot.WatchState{bot.WatchOn, bot.WatchShadow, bot.WatchOff} {
		if state != rule.State {
			buttons = append(buttons, l.ruleButton(chat, rule.Name, state, l.Say(text.RuleSwitch(state))))
		}
	}
	return buttons
}

func (l Locale) ruleButton(chat bot.ChatID, name string, state bot.WatchState, said string) bot.Button {
	return bot.Button{Text: said, Press: bot.Press{Action: bot.ActRule, Key: rulesKey, Chat: chat, Word: name + " " + string(state), Chinese: l.Language == text.Chinese}}
}

// InQuarantine says until when a bot is in quarantine.
func (l Locale) InQuarantine(q bot.Quarantine, now time.Time) string {
	return l.Say(text.Quarantined, "bot", l.BotName(q.Bot), "time", l.Moment(q.Until, now))
}
