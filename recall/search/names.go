package search

import (
	"cmp"
	"context"
	"maps"
	"slices"

	"recallbot/bot"
)

// maxLearned is the most messages that are read to find the app of a mention.
const maxLearned = 1000

// names finds the messages of the apps that a filter names. A mention has an app's open_id. The index has the open_id of the
// sender of messages that came as events; the history has it only sometimes. Else the app is found by its name, and by its
// app id once a message had both; or it is the only one of the chat's bots that it can be.
type names struct {
	self bot.AppID
	refs []*namedBot
	// opens are the hashes of the open_ids of apps, by app id; zero where it is not known.
	opens map[string]bot.Hash
	// called are the names of apps in the chat's list of bots, by app id. assumed is set when one of the filter was taken for the
	// only one that it can be.
	called  map[string]string
	assumed bool
	// unidentified is set after a message with neither an open_id nor a name, anonymous after one without a name.
	unidentified, anonymous bool
}

type namedBot struct {
	bot.BotRef

	found bool
	// app is the app id that was found by the name. ambiguous is set when two apps have the name.
	app       string
	ambiguous bool
}

func newNames(refs []bot.BotRef, self bot.AppID) *names {
	n := &names{self: self, opens: map[string]bot.Hash{}, called: map[string]string{}}
	for _, ref := range refs {
		n.refs = append(n.refs, &namedBot{BotRef: ref})
	}
	return n
}

// learn takes the app of a message, and its open_id.
func (n *names) learn(x found) {
	if x.Kind != bot.KindBot || x.From == "" {
		return
	}
	if open := openOf(x); open != 0 || n.opens[x.From] == 0 {
		n.opens[x.From] = open
	}
}

// identify finds the names of the apps that posted in the chat's list of bots: by their open_id. The one app that is left may be the
// one bot that is left, if it has not left the chat: it gets that name, and is returned.
func (n *names) identify(bots []bot.ChatBot) (assumed string) {
	var unknown []string
	for app, open := range n.opens {
		at := slices.IndexFunc(bots, func(b bot.ChatBot) bool { return open != 0 && bot.Is(open, b.Open) })
		switch {
		case at >= 0:
			n.called[app] = bots[at].Name
		case open == 0:
			unknown = append(unknown, app)
		}
	}
	left := slices.DeleteFunc(slices.Clone(bots), func(b bot.ChatBot) bool {
		known := func(open bot.Hash) bool { return open != 0 && bot.Is(open, b.Open) }
		return b.Self || slices.ContainsFunc(slices.Collect(maps.Values(n.opens)), known)
	})
	if len(unknown) != 1 || len(left) != 1 {
		return ""
	}
	n.called[unknown[0]], n.opens[unknown[0]] = left[0].Name, bot.HashOf(left[0].Open)
	return unknown[0]
}

// openOf is the hash of the open_id of the app that posted a message; zero where it is not known. For messages from the history,
// the index has the hash of the app id instead.
func openOf(x found) bot.Hash {
	switch {
	case x.Open != "":
		return bot.HashOf(x.Open)
	case x.indexed.Kind != bot.KindBot, bot.Is(x.indexed.Sender, x.From):
		return 0
	default:
		return x.indexed.Sender
	}
}

// any reports whether one of the apps posted a message.
func (n *names) any(x found) bool {
	wanted := false
	for _, ref := range n.refs {
		if n.is(ref, x) {
			ref.found = true
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
		n.anonymous = n.anonymous || x.Name == "" && n.called[x.From] == ""
		return n.isCalled(ref, x)
	}
}

func (n *names) isOurs(ref *namedBot, x found) bool {
	return ref.Any || ref.Me || ref.App != "" && ref.App == n.self || ref.User == "" && n.isCalled(ref, x)
}

func (n *names) isCalled(ref *namedBot, x found) bool {
	return ref.Name != "" && bot.SameName(ref.Name, cmp.Or(x.Name, n.called[x.From]))
}

// isMentioned compares the open_id, or the name where the open_id is not known.
func (n *names) isMentioned(ref *namedBot, x found) bool {
	if x.From == "" {
		return n.isIndexed(ref, x)
	}
	open := n.opens[x.From]
	switch {
	case open != 0:
		return bot.Is(open, ref.User)
	case x.Name == "":
		n.unidentified = true
		return false
	case !n.isCalled(ref, x):
		return false
	}
	if ref.app == "" {
		ref.app = x.From
	}
	ref.ambiguous = ref.ambiguous || ref.app != x.From
	return ref.app == x.From
}

// isIndexed is isMentioned for a message of the index, which has one hash of its sender.
func (n *names) isIndexed(ref *namedBot, x found) bool {
	if bot.Is(x.Sender, ref.User) || bot.Is(x.Sender, ref.app) {
		return true
	}
	for app, open := range n.opens {
		if open != 0 && bot.Is(open, ref.User) && bot.Is(x.Sender, app) {
			return true
		}
	}
	n.unidentified = n.unidentified || x.Sender == 0
	return false
}

// checkNames returns an error, after all messages, where the app of a name is not certain.
func (m *matcher) checkNames(chat bot.ChatID) error {
	for _, ref := range m.names.refs {
		switch {
		case ref.ambiguous, ref.User != "" && !ref.found && m.names.unidentified,
			ref.User == "" && ref.Name != "" && !ref.found && m.names.anonymous:
			return refusal(chat, bot.ReasonUnknownBot, nil)
		}
	}
	return nil
}

// namesApps reports whether the filter names an app whose app id must be found.
func (m *matcher) namesApps() bool {
	return slices.ContainsFunc(m.names.refs, func(ref *namedBot) bool { return ref.User != "" || ref.Name != "" })
}

// learned reports whether the app ids of all named apps are known.
func (n *names) learned() bool {
	for _, ref := range n.refs {
		known := ref.User == "" && ref.Name == ""
		for app, open := range n.opens {
			known = known || ref.User != "" && open != 0 && bot.Is(open, ref.User) || ref.User == "" && n.called[app] != "" && bot.SameName(ref.Name, n.called[app])
		}
		if !known {
			return false
		}
	}
	return true
}

// learnApps reads the newest messages for the ids of the named apps, so that the search misses none of their messages. Where that
// does not tell them, the chat's list of bots may.
func (s *Selector) learnApps(ctx context.Context, scope Scope, within *timeRange, match *matcher) error {
	scope.Filter = bot.Filter{Thread: scope.Filter.Thread}
	scan := s.begin(ctx, scope, within)
	defer scan.close()
	for range maxLearned {
		m, ok, err := scan.next(ctx)
		if err != nil {
			return err
		}
		if !ok || scan.denied != nil {
			break
		}
		if match.names.learn(m); match.names.learned() {
			return nil
		}
	}
	bots, err := s.bots(ctx, scope.Chat)
	if err != nil {
		return err
	}
	app := match.names.identify(bots)
	match.names.assumed = app != "" && match.names.names(app)
	return nil
}

// names reports whether the filter names an app.
func (n *names) names(app string) bool {
	return slices.ContainsFunc(n.refs, func(ref *namedBot) bool {
		if ref.User != "" {
			return bot.Is(n.opens[app], ref.User)
		}
		return ref.Name != "" && bot.SameName(ref.Name, n.called[app])
	})
}
