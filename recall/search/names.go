package search

import (
	"context"

	"recallbot/bot"
)

// maxLearned is how many messages are looked at to learn which app a mention means.
const maxLearned = 1000

// names tell which messages come from the apps that a filter names. A mention names an app by its open_id, which the
// index knows of messages that we were told of, and a history says at most sometimes; by its name where nothing better
// is known; and by its app id once a message has shown both.
type names struct {
	self bot.AppID
	refs []*namedBot
	// opens are the open_ids of apps, by their app ids, as marks.
	opens map[string]bot.Hash64
	// strangers is set once a message was met of which neither open_id nor name is known; anonymous, one without a name.
	strangers, anonymous bool
}

type namedBot struct {
	bot.BotRef

	met bool
	// app is which app is taken for this one because of its name. Twins is set when two apps bear the name.
	app   string
	twins bool
}

func newNames(refs []bot.BotRef, self bot.AppID) *names {
	n := &names{self: self, opens: map[string]bot.Hash64{}}
	for _, ref := range refs {
		n.refs = append(n.refs, &namedBot{BotRef: ref})
	}
	return n
}

// learn takes what a message tells of its app.
func (n *names) learn(x found) {
	if x.Kind != bot.KindBot || x.From == "" {
		return
	}
	if open := openOf(x); open != 0 {
		n.opens[x.From] = open
	}
}

// openOf is the mark of the open_id of the app that posted a message; zero where it is not known. The index holds the
// app id's mark of what it was told by the history.
func openOf(x found) bot.Hash64 {
	switch {
	case x.Open != "":
		return bot.Hash64Of(x.Open)
	case x.indexed.Kind != bot.KindBot, bot.Is(x.indexed.Sender, x.From):
		return 0
	default:
		return x.indexed.Sender
	}
}

// any reports whether any of the apps posted a message.
func (n *names) any(x found) bool {
	wanted := false
	for _, ref := range n.refs {
		if n.is(ref, x) {
			ref.met = true
			wanted = true
		}
	}
	return wanted
}

func (n *names) is(ref *namedBot, x found) bool {
	if x.Kind == bot.KindOwn {
		return n.isOurs(ref, x)
	}
	switch {
	case x.Kind != bot.KindBot || ref.Me:
		return false
	case ref.Any:
		return true
	case ref.App != "":
		return x.From == string(ref.App) || bot.Is(x.Sender, ref.App)
	case ref.User != "":
		return n.isMentioned(ref, x)
	default:
		n.anonymous = n.anonymous || x.Name == ""
		return isCalled(ref, x)
	}
}

func (n *names) isOurs(ref *namedBot, x found) bool {
	return ref.Any || ref.Me || ref.App != "" && ref.App == n.self || ref.User == "" && isCalled(ref, x)
}

func isCalled(ref *namedBot, x found) bool {
	return ref.Name != "" && bot.SameName(ref.Name, x.Name)
}

// isMentioned goes by the open_id, and by the name only where that is not known.
func (n *names) isMentioned(ref *namedBot, x found) bool {
	if x.From == "" {
		return n.isIndexed(ref, x)
	}
	open := n.opens[x.From]
	switch {
	case open != 0:
		return bot.Is(open, ref.User)
	case x.Name == "":
		n.strangers = true
		return false
	case !isCalled(ref, x):
		return false
	}
	if ref.app == "" {
		ref.app = x.From
	}
	ref.twins = ref.twins || ref.app != x.From
	return ref.app == x.From
}

// isIndexed is isMentioned for a message that only the index knows, by the one mark that it has.
func (n *names) isIndexed(ref *namedBot, x found) bool {
	if bot.Is(x.Sender, ref.User) || bot.Is(x.Sender, ref.app) {
		return true
	}
	for app, open := range n.opens {
		if bot.Is(open, ref.User) && bot.Is(x.Sender, app) {
			return true
		}
	}
	n.strangers = n.strangers || x.Sender == 0
	return false
}

// understood reports, after all messages were met, whether it is certain which app each name means.
func (m *matcher) understood(chat bot.ChatID) error {
	for _, ref := range m.names.refs {
		switch {
		case ref.twins, ref.User != "" && !ref.met && m.names.strangers,
			ref.User == "" && ref.Name != "" && !ref.met && m.names.anonymous:
			return refusal(chat, bot.ReasonUnknownBot, nil)
		}
	}
	return nil
}

// needsLearning reports whether the filter names an app in a way that a message must explain.
func (m *matcher) needsLearning() bool {
	for _, ref := range m.names.refs {
		if ref.User != "" {
			return true
		}
	}
	return false
}

// learned reports whether the app id of each mentioned app is known.
func (n *names) learned() bool {
	for _, ref := range n.refs {
		known := ref.User == ""
		for _, open := range n.opens {
			known = known || bot.Is(open, ref.User)
		}
		if !known {
			return false
		}
	}
	return true
}

// learn looks at the newest messages for the apps that the filter mentions, so that none of their messages is passed
// over before it is known whose it is.
func (s *Selector) learn(ctx context.Context, scope Scope, within *timeRange, match *matcher) error {
	scope.Filter = bot.Filter{Thread: scope.Filter.Thread}
	scan := s.begin(ctx, scope, within)
	defer scan.close()
	for range maxLearned {
		m, ok, err := scan.next(ctx)
		if err != nil || !ok || scan.denied != nil {
			return err
		}
		if match.names.learn(m); match.names.learned() {
			return nil
		}
	}
	return nil
}
