package handlers

import (
	"maps"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"recallbot/bot"
)

// Advice is a finding as people read it: what was found, and of what is not fine what to do about it and where.
type Advice struct {
	Text string
	Fix  string
	Link string
}

// Site is where an app is set up: the platform's address and the app.
type Site struct {
	BaseURL string
	App     bot.AppID
}

// Advise says a finding in a language.
func Advise(f bot.Finding, lang Language, site Site) Advice {
	s, ok := findingSentences()[f.Name]
	if !ok {
		return Advice{Text: f.Name + " " + strings.Join(f.Args, " ")}
	}
	if f.Level == bot.LevelOK {
		return Advice{Text: fill(s.fine.in(lang), f.Args)}
	}
	advice := Advice{Text: fill(s.fault.in(lang), f.Args), Fix: fill(s.fix.in(lang), f.Args)}
	if s.where != nil {
		advice.Link = s.where(site, f)
	}
	return advice
}

// FindingNames are the names of all findings, in order.
func FindingNames() []string {
	var names []string
	for name := range findingSentences() {
		names = append(names, name)
	}
	slices.Sort(names)
	return names
}

// Sign is what a line of a level begins with.
func Sign(level bot.Level) string {
	switch level {
	case bot.LevelOK:
		return "✅"
	case bot.LevelWarn:
		return "⚠️"
	default:
		return "❌"
	}
}

// fill puts the arguments where the format names them; a format need not name all.
func fill(format string, args []string) string {
	for i, arg := range args {
		format = strings.ReplaceAll(format, "{"+strconv.Itoa(i)+"}", arg)
	}
	return format
}

// pair is a sentence in both languages.
type pair struct{ zh, en string }

func (p pair) in(lang Language) string {
	if lang == English {
		return p.en
	}
	return p.zh
}

// findingSentence is how a finding is said; {0}, {1} are its arguments.
type findingSentence struct {
	fine, fault, fix pair
	where            func(Site, bot.Finding) string
}

// console is a page of the app in the developer console.
func (s Site) console(page string) string {
	return strings.TrimRight(s.BaseURL, "/") + "/app/" + string(s.App) + "/" + page
}

func onPage(page string) func(Site, bot.Finding) string {
	return func(s Site, _ bot.Finding) string { return s.console(page) }
}

// scopePage is the list of scopes, with the missing one looked up.
func scopePage(s Site, f bot.Finding) string {
	return s.console("auth?q=" + url.QueryEscape(strings.Join(f.Args, ",")) + "&token_type=tenant")
}

func at(address string) func(Site, bot.Finding) string {
	return func(Site, bot.Finding) string { return address }
}

func findingSentences() map[string]findingSentence {
	all := platformFindings()
	for _, part := range []map[string]findingSentence{scopeFindings(), redisFindings(), redisFaults(), certificateFindings(), ownFindings()} {
		maps.Copy(all, part)
	}
	return all
}
