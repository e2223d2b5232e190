// Package watch judges the posts of bots by the rules of a chat, without keeping what they say.
package watch

import (
	"context"
	"strconv"
	"strings"
	"sync"
	"time"

	"recallbot/bot"
	"recallbot/recall/search"
)

// Settings are the chats' settings. Watched reads memory.
type Settings interface {
	Watched(chat bot.ChatID) bool
	Settings(ctx context.Context, chat bot.ChatID) (bot.Settings, error)
}

// Windows are the recent posts that rules count, for all replicas.
type Windows interface {
	// Judge adds a message. What it returns waits for the verdicts: in which windows it is over the threshold.
	Judge(ctx context.Context, post bot.WindowPost, windows ...bot.WatchWindow) (verdicts func() ([]bool, error))
}

// Noter judges messages at intake, in the order in which they come. For chats without rules it does nothing. It is safe for concurrent use.
type Noter struct {
	settings Settings
	windows  Windows
	tests    tests
}

// NewNoter makes a noter.
func NewNoter(settings Settings, windows Windows) *Noter {
	return &Noter{settings: settings, windows: windows}
}

// Note judges the message of an event. What it returns waits for the verdicts, and returns the event with them; it is nil where no rule is about the
// message. Its errors are Unavailable. A message that is judged again gets the same verdicts.
func (n *Noter) Note(ctx context.Context, e bot.Event) (noted func() (bot.Event, error), err error) {
	said, ok := e.Body.(bot.Said)
	if !ok || !n.settings.Watched(said.Message.Chat) {
		return nil, nil //nolint:nilnil // no rule is about it
	}
	set, err := n.settings.Settings(ctx, said.Message.Chat)
	if err != nil {
		return nil, err
	}
	return n.start(ctx, set, e, said), nil
}

// start sends what is to be judged.
func (n *Noter) start(ctx context.Context, set bot.Settings, e bot.Event, said bot.Said) func() (bot.Event, error) {
	switch windows := loops(set); {
	case said.Message.Kind == bot.KindPerson && windows != nil:
		m := said.Message
		verdicts := n.windows.Judge(ctx, bot.WindowPost{Chat: m.Chat, ID: m.ID, At: m.At}, windows...)
		return func() (bot.Event, error) {
			_, err := verdicts()
			return e, err
		}
	case said.Message.Kind != bot.KindPerson && said.Content != nil:
		caught := n.judge(ctx, set, said)
		return func() (bot.Event, error) {
			facts, err := caught()
			said.Watch = facts
			e.Body = said
			return e, err
		}
	default:
		return nil
	}
}

// loops are the windows in which a person's message ends the turns of bots.
func loops(set bot.Settings) (windows []bot.WatchWindow) {
	for _, rule := range set.Watch {
		if rule.State != bot.WatchOff && rule.When.Kind == bot.WatchLoop {
			windows = append(windows, bot.WatchWindow{Name: rule.Name, When: rule.When})
		}
	}
	return windows
}

// judge asks which rules catch a post of a bot; the facts are nil where none does and no bot is in quarantine. Which bot a rule is about is not
// looked at: each bot has windows of its own, and in a loop all bots take turns.
func (n *Noter) judge(ctx context.Context, set bot.Settings, said bot.Said) (facts func() (*bot.WatchFacts, error)) {
	post, m := candidate{said: said}, said.Message
	caught, windows := n.conditions(set, &post)
	verdicts := func() ([]bool, error) { return nil, nil }
	if windows != nil {
		verdicts = n.windows.Judge(ctx, bot.WindowPost{Chat: m.Chat, ID: m.ID, Sender: said.Sender, At: m.At}, windows...)
	}
	return func() (*bot.WatchFacts, error) {
		over, err := verdicts()
		if err != nil {
			return nil, err
		}
		for i := range over {
			if over[i] {
				rule, _, _ := strings.Cut(windows[i].Name, " ")
				caught = append(caught, rule)
			}
		}
		if caught == nil && !quarantines(set, m.Kind == bot.KindOwn, m.At) {
			return nil, nil //nolint:nilnil // no rule caught it
		}
		return &bot.WatchFacts{Rules: caught, Sender: said.Sender, Name: post.read().Name}, nil
	}
}

// conditions returns the rules that catch a post for itself, and the windows of those that count it.
func (n *Noter) conditions(set bot.Settings, post *candidate) (caught []string, windows []bot.WatchWindow) {
	own := post.said.Message.Kind == bot.KindOwn
	for _, rule := range set.Watch {
		switch {
		case rule.State == bot.WatchOff || !rule.Means(own) || !n.matches(rule, post):
		case rule.When.Kind.Counts():
			windows = append(windows, bot.WatchWindow{Name: windowName(rule, post.said.Sender, post.hash), When: rule.When})
		default:
			caught = append(caught, rule.Name)
		}
	}
	return caught, windows
}

// candidate is a post whose content is read when the first rule needs it.
type candidate struct {
	said   bot.Said
	seen   bot.Seen
	isRead bool
	print  uint64
	hashed bool
}

func (c *candidate) read() bot.Seen {
	if !c.isRead {
		c.seen, c.isRead = c.said.Content(), true
	}
	return c.seen
}

// hash is the hash of its content; zero if that can't be compared.
func (c *candidate) hash() uint64 {
	if !c.hashed {
		c.print, c.hashed = search.HashContent(c.read()), true
	}
	return c.print
}

// windowName tells the windows of a chat apart: that of the rule, and of the bot or its content where those are counted by themselves.
func windowName(rule bot.WatchRule, sender string, content func() uint64) string {
	switch rule.When.Kind {
	case bot.WatchMoreThan:
		return rule.Name + " " + sender
	case bot.WatchAgain:
		return rule.Name + " " + sender + " " + strconv.FormatUint(content(), 36)
	default:
		return rule.Name
	}
}

// Matches reports whether a single post meets the conditions of a rule on its content. A post whose content can't be compared repeats nothing.
func (n *Noter) Matches(rule bot.WatchRule, post bot.Seen) bool {
	return n.matches(rule, &candidate{seen: post, isRead: true})
}

func (n *Noter) matches(rule bot.WatchRule, post *candidate) bool {
	if rule.Filter.ReadsText() {
		test, ok := n.tests.of(rule.Filter)
		if !ok || !test.Matches(post.read()) {
			return false
		}
	}
	switch rule.When.Kind {
	case bot.WatchAgain:
		return post.hash() != 0
	case bot.WatchPlaceholder:
		return hasPlaceholder(post.read().Text)
	default:
		return true
	}
}

// quarantines reports whether our own bot, or any other, was in quarantine at a time.
func quarantines(set bot.Settings, own bool, at time.Time) bool {
	for _, q := range set.Quarantines {
		if q.Bot.Me == own && !at.Before(q.Since) && at.Before(q.Until) {
			return true
		}
	}
	return false
}

// maxTests is the maximum of filters whose expressions are kept compiled.
const maxTests = 1000

// tests are the compiled filters of rules.
type tests struct {
	mu    sync.Mutex
	known map[string]*search.Content
}

func (t *tests) of(f bot.Filter) (*search.Content, bool) {
	key := bot.Filter{Match: f.Match, Regex: f.Regex, Types: f.Types, Links: f.Links}.String()
	t.mu.Lock()
	defer t.mu.Unlock()
	if test, ok := t.known[key]; ok {
		return test, test != nil
	}
	test, err := search.NewContent(f)
	if err != nil {
		test = nil
	}
	if t.known == nil || len(t.known) >= maxTests {
		t.known = map[string]*search.Content{}
	}
	t.known[key] = test
	return test, test != nil
}
