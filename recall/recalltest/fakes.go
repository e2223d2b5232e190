package recalltest

import (
	"context"
	"errors"
	"slices"
	"sync"
	"testing/synctest"
	"time"

	"recallbot/audit"
	"recallbot/bot"
	"recallbot/recall"
)

// Self is our app.
const Self = bot.AppID("cli_self")

// platform is a fake of the platform: it recalls our own posts, and every message where our bot is a manager. It records the
// calls.
type platform struct {
	recall.Platform // batches are not simulated

	mu       sync.Mutex
	Chats    map[bot.ChatID]bot.Chat
	Messages map[bot.MessageID]bot.Message
	// Unreadable is set where the app lacks the scope to read the messages of groups.
	Unreadable bool
	// faults are the results of the next calls, by call.
	faults map[string][]fault
	Calls  []string
	// Slow, when set, delays the answers about chats until it is closed. They are from before.
	Slow chan struct{}
}

// fault is a call that fails before the platform acts, or whose answer is lost.
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
	return errors.Join(fault.err, p.Delete(id))
}

func (p *platform) Delete(id bot.MessageID) error {
	op := "recall " + string(id)
	msg, ok := p.Messages[id]
	switch {
	case !ok:
		return Fault(bot.NotFound, op, 99992354, bot.ReasonUnknownMessage)
	case msg.Gone:
		return Fault(bot.NotFound, op, 230110, bot.ReasonGone)
	case msg.Kind != bot.KindOwn && p.Chats[msg.Chat].Rank(Self) != bot.RankManager:
		return Fault(bot.Denied, op, 230026, bot.ReasonNotAllowed)
	}
	msg.Gone = true
	p.Messages[id] = msg
	return nil
}

func (p *platform) Message(_ context.Context, id bot.MessageID) (bot.Message, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	op := "read " + string(id)
	if fault := p.called("GET " + string(id)); fault.err != nil {
		return bot.Message{}, fault.err
	}
	if p.Unreadable {
		return bot.Message{}, Fault(bot.Denied, op, 230027, bot.ReasonScope)
	}
	msg, ok := p.Messages[id]
	if !ok {
		return bot.Message{}, Fault(bot.NotFound, op, 99992354, bot.ReasonUnknownMessage)
	}
	return msg, nil
}

// IsSender reports our own messages, also those that the app may not see.
func (p *platform) IsSender(_ context.Context, id bot.MessageID) (bool, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if fault := p.called("SENT " + string(id)); fault.err != nil {
		return false, fault.err
	}
	msg, ok := p.Messages[id]
	if !ok {
		return false, Fault(bot.NotFound, "ask who sent "+string(id), 99992354, bot.ReasonUnknownMessage)
	}
	return msg.Kind == bot.KindOwn, nil
}

func (p *platform) Chat(ctx context.Context, id bot.ChatID) (bot.Chat, error) {
	p.mu.Lock()
	fault, slow := p.called("CHAT "+string(id)), p.Slow
	chat, ok := p.Chats[id]
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
		return bot.Chat{}, Fault(bot.Denied, "ask for "+string(id), 232011, bot.ReasonNotInChat)
	}
	return chat, nil
}

func (p *platform) called(call string) fault {
	p.Calls = append(p.Calls, call)
	queued := p.faults[call]
	if len(queued) == 0 {
		return fault{}
	}
	p.faults[call] = queued[1:]
	return queued[0]
}

// Fail makes the next such call fail without an effect.
func (p *platform) Fail(call string, err error) {
	p.faults[call] = append(p.faults[call], fault{err: err})
}

// LoseAnswer loses the answer of the next recall of om_own.
func (p *platform) LoseAnswer(acted bool) {
	err := &bot.Error{Kind: bot.Unavailable, Op: "recall om_own", Reason: bot.ReasonUnavailable, MayHaveActed: true}
	p.faults[TakeOwn] = append(p.faults[TakeOwn], fault{err: err, acted: acted})
}

// Asked counts such calls so far.
func (p *platform) Asked(call string) int {
	p.mu.Lock()
	defer p.mu.Unlock()
	return len(slices.DeleteFunc(slices.Clone(p.Calls), func(c string) bool { return c != call }))
}

// Promote makes people or bots managers of the group, without an event.
func (p *platform) Promote(users []bot.UserID, bots ...bot.AppID) {
	p.mu.Lock()
	defer p.mu.Unlock()
	chat := p.Chats[Here]
	chat.Managers, chat.BotManagers = append(slices.Clone(chat.Managers), users...), bots
	p.Chats[Here] = chat
}

// Fault is an error of the platform.
func Fault(kind bot.ErrorKind, op string, code int, reason bot.Reason) error {
	return &bot.Error{Kind: kind, Op: op, Code: code, LogID: "log_" + op, Reason: reason}
}

// index is an index in memory.
type index struct {
	mu       sync.Mutex
	Messages map[bot.MessageID]bot.Message
	FindErr  error
	AddErr   error
	// ForgetErr is the result of Forget.
	ForgetErr error
}

func (x *index) Find(_ context.Context, id bot.MessageID) (bot.Message, bool, error) {
	x.mu.Lock()
	defer x.mu.Unlock()
	msg, ok := x.Messages[id]
	return msg, ok, x.FindErr
}

func (x *index) Add(_ context.Context, messages ...bot.Message) error {
	x.mu.Lock()
	defer x.mu.Unlock()
	if x.AddErr != nil {
		return x.AddErr
	}
	for _, msg := range messages {
		msg.Gone = x.Messages[msg.ID].Gone
		x.Messages[msg.ID] = msg
	}
	return nil
}

func (x *index) Forget(_ context.Context, id bot.MessageID) error {
	x.mu.Lock()
	defer x.mu.Unlock()
	if x.ForgetErr != nil {
		return x.ForgetErr
	}
	msg := x.Messages[id]
	msg.ID, msg.Gone = id, true
	x.Messages[id] = msg
	return nil
}

// Audit keeps one record for each key. With Err calls fail; with Lost they fail after they have recorded.
type Audit struct {
	mu       sync.Mutex
	Keys     map[string]bool
	Entries  []audit.Entry
	Observed []audit.Entry
	Err      error
	Lost     error
}

// Record is recall.Deps.Record.
func (a *Audit) Record(_ context.Context, key string, entry audit.Entry) (bool, error) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.Err != nil {
		return false, a.Err
	}
	fresh := !a.Keys[key]
	if fresh {
		a.Keys[key] = true
		a.Entries = append(a.Entries, entry)
	}
	return fresh && a.Lost == nil, a.Lost
}

// Observe notes a record.
func (a *Audit) Observe(entry audit.Entry) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.Observed = append(a.Observed, entry)
}

// Results are the records, as "om_1 recalled for ou_owner via reply (owner)".
func (a *Audit) Results() []string {
	a.mu.Lock()
	defer a.mu.Unlock()
	var list []string
	for _, e := range a.Entries {
		list = append(list, string(e.Message)+" "+string(e.Result)+" for "+string(e.Who)+" via "+string(e.Via)+" ("+e.Rule+")")
	}
	return list
}

// cache is a role cache in memory.
type cache struct {
	mu       sync.Mutex
	chats    map[bot.ChatID]bot.Chat
	versions map[bot.ChatID]int64
	TTL      time.Duration
	LoadErr  error
	KeepErr  error
}

func (c *cache) Load(_ context.Context, id bot.ChatID) (chat bot.Chat, version int64, ok bool, err error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	chat, ok = c.chats[id]
	return chat, c.versions[id], ok, c.LoadErr
}

func (c *cache) Keep(_ context.Context, chat bot.Chat, version int64, ttl time.Duration) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.KeepErr == nil && version == c.versions[chat.ID] {
		c.chats[chat.ID], c.TTL = chat, ttl
	}
	return c.KeepErr
}

func (c *cache) Drop(id bot.ChatID) {
	c.mu.Lock()
	defer c.mu.Unlock()
	delete(c.chats, id)
	c.versions[id]++
}

// settings are the settings of chats in memory, and the changes by their cause.
type settings struct {
	Chats map[bot.ChatID]bot.Settings
	done  map[bot.EventID][2]bot.Settings
	Err   error
}

func (s *settings) Settings(_ context.Context, chat bot.ChatID) (bot.Settings, error) {
	return s.Chats[chat], s.Err
}

func (s *settings) Change(
	_ context.Context, work bot.EventID, chat bot.ChatID, change func(bot.Settings) (bot.Settings, error),
) (before, after bot.Settings, err error) {
	if s.Err != nil {
		return before, after, s.Err
	}
	if done, again := s.done[work]; again {
		return done[0], done[1], nil
	}
	before = s.Chats[chat]
	if after, err = change(before); err != nil {
		return before, after, err
	}
	s.Chats[chat], s.done[work] = after, [2]bot.Settings{before, after}
	return before, after, nil
}

// marks are the keys of First.
type marks map[string]bool

func (m marks) First(_ context.Context, key string, _ time.Duration) (bool, error) {
	first := !m[key]
	m[key] = true
	return first, nil
}

// owners are grants of owners, each in one chat. With a grant the platform recalls every message.
type owners struct {
	platform *platform
	Lent     map[bot.UserID]bot.ChatID
	// Err is the result of RecallAs; Asked are the people of HasGrant.
	Err   error
	Asked []bot.UserID
	Acted []bot.MessageID
}

func (o *owners) HasGrant(_ context.Context, who bot.UserID, chat bot.ChatID) (bool, error) {
	o.Asked = append(o.Asked, who)
	return o.Lent[who] == chat && chat != "", nil
}

func (o *owners) RecallAs(_ context.Context, _ bot.UserID, _ bot.ChatID, id bot.MessageID) error {
	o.Acted = append(o.Acted, id)
	if o.Err == nil {
		msg := o.platform.Messages[id]
		msg.Gone = true
		o.platform.Messages[id] = msg
	}
	return o.Err
}

// Configure is a change by a person in the group.
func (s *Env) Configure(who bot.UserID, change func(bot.Settings) (bot.Settings, error)) recall.SettingRequest {
	return recall.SettingRequest{
		CauseID: "e1", Via: bot.ViaSettings, Who: who, Asked: s.Clock.Add(-time.Second), Chat: Here, Command: "om_cmd", Change: change,
	}
}

// Ask asks for the roles concurrently.
func (s *Env) Ask(ctx context.Context, age time.Duration) <-chan Answer {
	answers := make(chan Answer, 1)
	go func() {
		chat, err := s.Roles.Chat(ctx, Here, age)
		answers <- Answer{chat, err}
	}()
	synctest.Wait()
	return answers
}

// ErrAway is the error of an unreachable system, ErrFaulty that of a platform that answers that it is unavailable.
var (
	ErrAway   = bot.Errorf(bot.Unavailable, "no answer")
	ErrFaulty = &bot.Error{Kind: bot.Unavailable, Op: "ask", Reason: bot.ReasonUnavailable, LogID: "log_ask", MayHaveActed: true}
)

// Calls of the platform, and a record, as Env.Was lists them.
const (
	AskChat = "CHAT oc_here"
	ReadOwn = "GET om_own"
	TakeOwn = "DELETE om_own"

	Recorded = "om_own recalled for ou_owner via reply (owner)"
)

// Answer is what Ask was told of a chat.
type Answer struct {
	Chat bot.Chat
	Err  error
}
