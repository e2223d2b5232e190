package recalltest

import (
	"context"
	"errors"
	"slices"
	"sync"

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
	// Slow, when set, delays the answers about chats until it is closed. They have the state from before the delay.
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
