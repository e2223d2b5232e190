package card

import (
	"slices"
	"strings"
	"time"

	"recallbot/bot"
	"recallbot/handlers/text"
)

// What is a clean-up's filter in words: whose messages, and each condition.
func (l Locale) What(job bot.Job) string {
	f := job.Filter
	conditions := l.conditions(job)
	if f.Any {
		either := l.either(f)
		return l.Say(text.WhatEither) + l.List(append(either, conditions...))
	}
	subject := l.Say(text.WhatMine)
	switch names := l.named(f); {
	case slices.ContainsFunc(f.Bots, func(b bot.BotRef) bool { return b.Any }):
		subject = l.Say(text.WhatBots)
	case len(names) > 0:
		subject = l.Say(text.WhatOf, "names", l.List(names))
	}
	return strings.Join(slices.Concat([]string{subject}, conditions, l.contents(f)), l.Say(text.ListOfCounts))
}

// named are the bots and people that a filter names.
func (l Locale) named(f bot.Filter) []string {
	var names []string
	for _, b := range f.Bots {
		switch {
		case b.Me:
			names = append(names, l.me())
		case b.Name != "":
			names = append(names, text.Plain(b.Name))
		default:
			names = append(names, text.Plain(b.String()))
		}
	}
	for _, id := range f.By {
		names = append(names, bot.Mention(id))
	}
	return names
}

// either are the conditions of a filter of which one is enough.
func (l Locale) either(f bot.Filter) []string {
	var list []string
	if slices.ContainsFunc(f.Bots, func(b bot.BotRef) bool { return b.Any }) {
		list = append(list, l.Say(text.WhatBots))
		f.Bots = nil
	}
	if names := l.named(f); len(names) > 0 {
		list = append(list, l.Say(text.WhatOf, "names", l.List(names)))
	}
	return append(list, l.contents(f)...)
}

// contents are the conditions on the content of messages.
func (l Locale) contents(f bot.Filter) []string {
	var list []string
	for _, words := range f.Match {
		list = append(list, l.Say(text.WhatMatch, "word", text.Plain(words)))
	}
	for _, words := range f.Regex {
		list = append(list, l.Say(text.WhatRegex, "word", text.Plain(words)))
	}
	if len(f.Types) > 0 {
		list = append(list, l.Say(text.WhatTypes, "types", l.Types(f.Types)))
	}
	if len(f.Links) > 0 {
		list = append(list, l.links(f.Links))
	}
	if f.Dup {
		list = append(list, l.Say(text.WhatDup))
	}
	return list
}

// links is a condition on the hosts of links.
func (l Locale) links(hosts []string) string {
	said := text.Plain(strings.ReplaceAll(strings.Join(hosts, ", "), "!", ""))
	if strings.HasPrefix(hosts[0], "!") {
		return l.Say(text.WhatOtherLinks, "hosts", said)
	}
	return l.Say(text.WhatLinks, "hosts", said)
}

// conditions are those that bound the search.
func (l Locale) conditions(job bot.Job) []string {
	f := job.Filter
	var list []string
	if f.Last > 0 {
		list = append(list, l.Say(text.WhatLast, "count", f.Last))
	}
	switch ago := job.Asked.Sub(f.Since); {
	case f.Since.IsZero():
	case ago > 0 && ago%time.Minute == 0:
		list = append(list, l.Say(text.WhatWithin, "time", l.Lifetime(ago)))
	default:
		list = append(list, l.Say(text.WhatSince, "time", l.Moment(f.Since, job.Asked)))
	}
	if !f.Until.IsZero() {
		list = append(list, l.Say(text.WhatUntil, "time", l.Moment(f.Until, job.Asked)))
	}
	switch {
	case f.FromReply:
		list = append(list, l.Say(text.WhatFromReply))
	case !f.From.IsZero():
		list = append(list, l.Say(text.WhatFrom, "message", text.Plain(f.From.String())))
	}
	if !f.To.IsZero() {
		list = append(list, l.Say(text.WhatTo, "message", text.Plain(f.To.String())))
	}
	if f.Thread {
		list = append(list, l.Say(text.WhatThread))
	}
	if f.WithPinned {
		list = append(list, l.Say(text.WhatPinned))
	}
	return list
}
