package text

import (
	"net/url"
	"slices"
	"strconv"
	"strings"

	"recallbot/bot"
)

// Advice is a finding as people read it: what was found, and where it is not fine, what to do about it and where.
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

// Advise is the text of a finding; one without a text gives its name and arguments.
func Advise(f bot.Finding, lang Language, site Site) Advice {
	_, fine := lang.find(Key("findings." + f.Name + ".fine"))
	_, fault := lang.find(Key("findings." + f.Name + ".fault"))
	if !fine && !fault {
		return Advice{Text: f.Name + " " + strings.Join(f.Args, " ")}
	}
	if f.Level == bot.LevelOK {
		return Advice{Text: lang.finding(f, "fine")}
	}
	return Advice{Text: lang.finding(f, "fault"), Fix: lang.finding(f, "fix"), Link: site.link(f)}
}

// AdviseHere is a finding as the people of a chat read it, without addresses. Its text is empty if there is nothing to say, and ok is false if the finding
// is for the operator only.
func AdviseHere(f bot.Finding, lang Language) (advice Advice, ok bool) {
	part := "fine"
	if f.Level != bot.LevelOK {
		part = "fault"
	}
	_, fine := lang.find(Here(f.Name, "fine"))
	_, fault := lang.find(Here(f.Name, "fault"))
	if !fine && !fault {
		return Advice{}, false
	}
	if _, said := lang.find(Here(f.Name, part)); said {
		advice.Text = lang.Say(Here(f.Name, part), arguments(f, lang)...)
	}
	if part == "fine" {
		return advice, true
	}
	advice.Fix = lang.finding(f, "fix")
	if said, ok := lang.find(Here(f.Name, "fix")); ok {
		advice.Fix = said
	}
	return advice, true
}

func arguments(f bot.Finding, lang Language) []any {
	var args []any
	for i, arg := range f.Args {
		args = append(args, i, lang.Sentence(arg))
	}
	return args
}

func (l Language) finding(f bot.Finding, part string) string {
	key := Key("findings." + f.Name + "." + part)
	if _, ok := l.find(key); !ok {
		if part != "fix" || !strings.HasPrefix(f.Name, "scope_") {
			return ""
		}
		key = missingScope
	}
	return l.Say(key, arguments(f, l)...)
}

// FindingNames are the names of all findings, in order.
func FindingNames() []string {
	var names []string
	for key := range english() {
		if path := strings.Split(string(key), "."); path[0] == "findings" {
			names = append(names, path[1])
		}
	}
	slices.Sort(names)
	return slices.Compact(names)
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

// link is where to fix the cause of a finding: a page of the app in the developer console, or an address.
func (s Site) link(f bot.Finding) string {
	page, ok := links()[f.Name]
	switch {
	case !ok && !strings.HasPrefix(f.Name, "scope_"):
		return ""
	case !ok:
		page = "auth?q={all}&token_type=tenant"
	case strings.HasPrefix(page, "https://"):
		return page
	}
	pairs := []string{"{all}", url.QueryEscape(strings.Join(f.Args, ","))}
	for i, arg := range f.Args {
		pairs = append(pairs, "{"+strconv.Itoa(i)+"}", url.QueryEscape(arg))
	}
	return strings.TrimRight(s.BaseURL, "/") + "/app/" + string(s.App) + "/" + strings.NewReplacer(pairs...).Replace(page)
}

// links are the pages by the names of findings.
func links() map[string]string {
	const (
		redis       = "https://redis.io/docs/latest/"
		persistence = redis + "operate/oss_and_stack/management/persistence/"
		eviction    = redis + "develop/reference/eviction/"
		replication = redis + "operate/oss_and_stack/management/replication/"
		latency     = redis + "operate/oss_and_stack/management/optimization/latency/"
		memory      = redis + "operate/oss_and_stack/management/optimization/memory-optimization/"
		acl         = redis + "operate/oss_and_stack/management/security/acl/"
		receivers   = "https://www.standardwebhooks.com"
	)
	return map[string]string{
		"credentials": "baseinfo", "bot": "bot", "version": "version", "redirect": "safe", "scopes": "auth",
		"events": "event", "events_unread": "event", "callback": "event", "transport": "event", "webhook_away": "event", "webhook_key": "event",
		"scope_owner": "auth?q={0}&token_type=user",
		"receiver":    receivers, "receiver_forbidden": receivers,
		"redis_unread": acl, "redis_forbidden": acl, "redis_password": acl,
		"redis_latency": latency, "redis_eviction": eviction, "redis_memory": memory, "redis_full": memory,
		"redis_aof": persistence, "redis_fsync": persistence, "redis_disk": persistence,
		"redis_wait": replication, "redis_guard": replication, "redis_copies": replication, "redis_read_only": replication, "redis_replicas": replication,
	}
}
