package recall_test

import (
	"context"
	"errors"
	"slices"
	"sync"
	"testing"
	"time"

	"go.uber.org/goleak"

	"recallbot/bot"
)

const self = bot.AppID("cli_self")

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// platform answers as the real one does: it knows chats and messages, takes back our own posts everywhere and
// anybody's message where our bot is a manager, and writes down what it is asked.
type platform struct {
	mu       sync.Mutex
	chats    map[bot.ChatID]bot.Chat
	messages map[bot.MessageID]bot.Message
	// unreadable is set where the app lacks the scope to read the messages of groups.
	unreadable bool
	// faults are what happens to the next calls, by call; then all is well again.
	faults map[string][]fault
	calls  []string
	// slow, when set, is what the answer to a question about a chat waits for. The answer is what was true before.
	slow chan struct{}
}

// fault is a call that fails: before the platform acts, or on the way back.
type fault struct {
	err   error
	acted bool
}

func (p *platform) Recall(_ context.Context, id bot.MessageID) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	fault := p.called("DELETE " + string(id))
	if fault.err != nil && !fault.acted {
		return fault.err
	}
	return errors.Join(fault.err, p.delete(id))
}

func (p *platform) delete(id bot.MessageID) error {
	op := "recall " + string(id)
	msg, ok := p.messages[id]
	switch {
	case !ok:
		return said(bot.NotFound, op, 99992354, bot.ReasonUnknownMessage)
	case msg.Gone:
		return said(bot.NotFound, op, 230110, bot.ReasonGone)
	case msg.Kind != bot.KindOwn && p.chats[msg.Chat].Rank(self) != bot.RankManager:
		return said(bot.Denied, op, 230026, bot.ReasonNotAllowed)
	}
	msg.Gone = true
	p.messages[id] = msg
	return nil
}

func (p *platform) Message(_ context.Context, id bot.MessageID) (bot.Message, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	op := "read " + string(id)
	if fault := p.called("GET " + string(id)); fault.err != nil {
		return bot.Message{}, fault.err
	}
	if p.unreadable {
		return bot.Message{}, said(bot.Denied, op, 230027, bot.ReasonScope)
	}
	msg, ok := p.messages[id]
	if !ok {
		return bot.Message{}, said(bot.NotFound, op, 99992354, bot.ReasonUnknownMessage)
	}
	return msg, nil
}

// IsSender tells of our own messages and of others', as the platform does of those that it does not show.
func (p *platform) IsSender(_ context.Context, id bot.MessageID) (bool, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if fault := p.called("SENT " + string(id)); fault.err != nil {
		return false, fault.err
	}
	msg, ok := p.messages[id]
	if !ok {
		return false, said(bot.NotFound, "ask who sent "+string(id), 99992354, bot.ReasonUnknownMessage)
	}
	return msg.Kind == bot.KindOwn, nil
}

func (p *platform) Chat(ctx context.Context, id bot.ChatID) (bot.Chat, error) {
	p.mu.Lock()
	fault, slow := p.called("CHAT "+string(id)), p.slow
	chat, ok := p.chats[id]
	p.mu.Unlock()
	if slow != nil {
		select {
		case <-slow:
		case <-ctx.Done():
			return bot.Chat{}, bot.Errorf(bot.Unavailable, "ask for %s: %w", id, ctx.Err())
		}
	}
	if fault.err != nil {
		return bot.Chat{}, fault.err
	}
	if !ok {
		return bot.Chat{}, said(bot.Denied, "ask for "+string(id), 232011, bot.ReasonNotInChat)
	}
	return chat, nil
}

func (p *platform) called(call string) fault {
	p.calls = append(p.calls, call)
	queued := p.faults[call]
	if len(queued) == 0 {
		return fault{}
	}
	p.faults[call] = queued[1:]
	return queued[0]
}

// fail makes the next call of the kind fail before anything is done.
func (p *platform) fail(call string, err error) {
	p.faults[call] = append(p.faults[call], fault{err: err})
}

// loseAnswer cuts the line while the next recall of our post is under way.
func (p *platform) loseAnswer(acted bool) {
	err := &bot.Error{Kind: bot.Unavailable, Op: "recall om_own", Reason: bot.ReasonUnavailable, MayHaveActed: true}
	p.faults[takeOwn] = append(p.faults[takeOwn], fault{err: err, acted: acted})
}

// asked counts the calls of a kind so far.
func (p *platform) asked(call string) int {
	p.mu.Lock()
	defer p.mu.Unlock()
	return len(slices.DeleteFunc(slices.Clone(p.calls), func(c string) bool { return c != call }))
}

// promote makes people, or bots, managers of the group; no event tells of it.
func (p *platform) promote(users []bot.UserID, bots ...bot.AppID) {
	p.mu.Lock()
	defer p.mu.Unlock()
	chat := p.chats[here]
	chat.Managers, chat.BotManagers = append(slices.Clone(chat.Managers), users...), bots
	p.chats[here] = chat
}

func said(kind bot.ErrorKind, op string, code int, reason bot.Reason) error {
	return &bot.Error{Kind: kind, Op: op, Code: code, LogID: "log_" + op, Reason: reason}
}

// index remembers messages until they are gone, and then that they are.
type index struct {
	mu       sync.Mutex
	messages map[bot.MessageID]bot.Message
	findErr  error
	addErr   error
	// forgetErr is what happens to attempts to note that a message is gone.
	forgetErr error
}

func (x *index) Find(_ context.Context, id bot.MessageID) (bot.Message, bool, error) {
	x.mu.Lock()
	defer x.mu.Unlock()
	msg, ok := x.messages[id]
	return msg, ok, x.findErr
}

func (x *index) Add(_ context.Context, messages ...bot.Message) error {
	x.mu.Lock()
	defer x.mu.Unlock()
	if x.addErr != nil {
		return x.addErr
	}
	for _, msg := range messages {
		msg.Gone = x.messages[msg.ID].Gone
		x.messages[msg.ID] = msg
	}
	return nil
}

func (x *index) Forget(_ context.Context, id bot.MessageID) error {
	x.mu.Lock()
	defer x.mu.Unlock()
	if x.forgetErr != nil {
		return x.forgetErr
	}
	msg := x.messages[id]
	msg.ID, msg.Gone = id, true
	x.messages[id] = msg
	return nil
}

// audit keeps one record for each key. While err is set, calls fail; while lost is set, they do after the record was
// kept.
type audit struct {
	mu       sync.Mutex
	keys     map[string]bool
	entries  []bot.AuditEntry
	observed []bot.AuditEntry
	err      error
	lost     error
}

func (a *audit) Record(_ context.Context, key string, entry bot.AuditEntry) (bool, error) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.err != nil {
		return false, a.err
	}
	fresh := !a.keys[key]
	if fresh {
		a.keys[key] = true
		a.entries = append(a.entries, entry)
	}
	return fresh && a.lost == nil, a.lost
}

func (a *audit) observe(entry bot.AuditEntry) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.observed = append(a.observed, entry)
}

// results are what was recorded, as "om_1 recalled by ou_owner via reply (owner)".
func (a *audit) results() []string {
	a.mu.Lock()
	defer a.mu.Unlock()
	var list []string
	for _, e := range a.entries {
		list = append(list, string(e.Message)+" "+string(e.Result)+" for "+string(e.Who)+" via "+string(e.Via)+" ("+e.Rule+")")
	}
	return list
}

// cache keeps roles as the store does: an answer to a question from before a drop is not kept.
type cache struct {
	mu       sync.Mutex
	chats    map[bot.ChatID]bot.Chat
	versions map[bot.ChatID]int64
	ttl      time.Duration
	loadErr  error
	keepErr  error
}

func (c *cache) Load(_ context.Context, id bot.ChatID) (chat bot.Chat, version int64, ok bool, err error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	chat, ok = c.chats[id]
	return chat, c.versions[id], ok, c.loadErr
}

func (c *cache) Keep(_ context.Context, chat bot.Chat, version int64, ttl time.Duration) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.keepErr == nil && version == c.versions[chat.ID] {
		c.chats[chat.ID], c.ttl = chat, ttl
	}
	return c.keepErr
}

func (c *cache) drop(id bot.ChatID) {
	c.mu.Lock()
	defer c.mu.Unlock()
	delete(c.chats, id)
	c.versions[id]++
}
