package handlers_test

import (
	"context"
	"slices"
	"testing"
	"time"

	"go.uber.org/goleak"

	"recallbot/audit"
	"recallbot/bot"
	"recallbot/recall"
	"recallbot/recall/policy"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// speaker records what arrived in which chat. Texts with the same key arrive once.
type speaker struct {
	arrived []string
	keys    map[string]bool
	// faults are the failures of the next calls, by verb.
	faults map[string][]fault
}

// fault is a call that fails before it has an effect, or whose answer is lost.
type fault struct {
	err   error
	acted bool
}

func (s *speaker) say(verb, line, key string) error {
	var f fault
	if queued := s.faults[verb]; len(queued) > 0 {
		f, s.faults[verb] = queued[0], queued[1:]
	}
	if f.err != nil && !f.acted {
		return f.err
	}
	if key == "" || !s.keys[key] {
		s.arrived = append(s.arrived, verb+" "+line)
	}
	s.keys[key] = true
	return f.err
}

func (s *speaker) React(_ context.Context, id bot.MessageID, emoji string) error {
	return s.say("react", string(id)+" "+emoji, "")
}

func (s *speaker) Whisper(_ context.Context, chat bot.ChatID, to bot.UserID, said string) error {
	return s.say("whisper", string(chat)+" "+string(to)+": "+said, "")
}

func (s *speaker) Tell(_ context.Context, to bot.UserID, said, key string) error {
	return s.say("tell", string(to)+": "+said, key)
}

func (s *speaker) Say(_ context.Context, chat bot.ChatID, said, key string) error {
	return s.say("say", string(chat)+": "+said, key)
}

func (s *speaker) Reply(_ context.Context, to bot.MessageID, _ bot.UserID, said, key string) error {
	return s.say("reply", string(to)+": "+said, key)
}

// fail makes the next calls of the verb fail before anything arrives.
func (s *speaker) fail(verb string, errs ...error) {
	for _, err := range errs {
		s.faults[verb] = append(s.faults[verb], fault{err: err})
	}
}

// recaller returns what the test has set, and records its requests.
type recaller struct {
	requests []recall.Request
	// refused are the rules and reasons of what was refused before any message was looked at.
	refused []string
	out     recall.Outcome
	err     error
	// answer, when set, is the target, an answer of ours.
	answer bot.Message
	// then and thenErr are the answer to a quorum.
	then    recall.Outcome
	thenErr error
	// tidyErr is the error when a command is to be removed.
	tidyErr error

	may    policy.Decision
	mayErr error
	asked  []string
	// gone is a person who left the chats.
	gone bot.UserID

	// manage is the answer to who may change settings; changes are those that were asked for, made on set.
	manage  policy.Decision
	changes []recall.SettingRequest
	set     *chatSettings
	alone   bool
	// made are the changes of each piece of work, which a second run returns.
	made map[bot.EventID][]bot.SettingDiff
}

func (r *recaller) Recall(ctx context.Context, req recall.Request) (recall.Outcome, error) {
	if req.Unless != nil && req.Unless(ctx) {
		return recall.Outcome{}, nil
	}
	if req.OnAnswer != nil && r.answer.ID != "" {
		if err := req.OnAnswer(ctx, r.answer); err != nil {
			return recall.Outcome{}, err
		}
	}
	req.Unless, req.OnAnswer = nil, nil // functions can't be compared
	r.requests = append(r.requests, req)
	if req.Via == bot.ViaTidy {
		return recall.Outcome{}, r.tidyErr
	}
	if req.Via == bot.ViaQuorum {
		return r.then, r.thenErr
	}
	return r.out, r.err
}

func (r *recaller) Refuse(_ context.Context, _ recall.Request, rule policy.Rule, reason bot.Reason) error {
	r.refused = append(r.refused, string(rule)+"/"+string(reason))
	return nil
}

func (r *recaller) May(_ context.Context, who bot.UserID, chat bot.ChatID, p2p bool) (policy.Decision, error) {
	line := string(who) + " in " + string(chat)
	if p2p {
		line += " (p2p)"
	}
	r.asked = append(r.asked, line)
	if who == r.gone && who != "" {
		return policy.Decision{Reason: bot.ReasonNoSay}, r.mayErr
	}
	return r.may, r.mayErr
}

func (r *recaller) Manage(context.Context, bot.UserID, bot.ChatID, bool) (policy.Decision, error) {
	return r.manage, r.mayErr
}

func (r *recaller) Alone(context.Context, bot.UserID, bot.ChatID, bool) (bool, error) {
	return r.alone, nil
}

func (r *recaller) Configure(_ context.Context, req recall.SettingRequest) (policy.Decision, []bot.SettingDiff, error) {
	r.changes = append(r.changes, req)
	if !r.manage.Allow || r.mayErr != nil {
		return r.manage, nil, r.mayErr
	}
	if made, ok := r.made[req.CauseID]; ok {
		return r.manage, made, nil
	}
	before := r.set.chats[req.Chat]
	after, err := req.Change(before)
	if err != nil {
		return r.manage, nil, err
	}
	if r.made == nil {
		r.made = map[bot.EventID][]bot.SettingDiff{}
	}
	r.set.chats[req.Chat], r.made[req.CauseID] = after, bot.DiffSettings(before, after)
	return r.manage, r.made[req.CauseID], nil
}

// chatSettings are what is set in each chat.
type chatSettings struct {
	chats map[bot.ChatID]bot.Settings
	err   error
}

func (s *chatSettings) Settings(_ context.Context, chat bot.ChatID) (bot.Settings, error) {
	return s.chats[chat], s.err
}

func (s *chatSettings) Emoji(key string) bool {
	return s.any(func(set bot.Settings) bool { return slices.Contains(set.Emoji, key) })
}

func (s *chatSettings) Quorums() bool {
	return s.any(func(set bot.Settings) bool { return set.Quorum > 0 })
}

func (s *chatSettings) Cascades() bool {
	return s.any(func(set bot.Settings) bool { return set.Cascade })
}

func (s *chatSettings) any(wish func(bot.Settings) bool) bool {
	for _, set := range s.chats {
		if wish(set) {
			return true
		}
	}
	return false
}

// votes count people by message; a person who removes any emoji is not counted.
type votes struct {
	people map[bot.MessageID][]bot.UserID
	err    error
}

func (v *votes) Vote(
	_ context.Context, id bot.MessageID, who bot.UserID, _ string, _ time.Time, stands bool,
) ([]bot.UserID, error) {
	v.people[id] = slices.DeleteFunc(v.people[id], func(u bot.UserID) bool { return u == who })
	if stands {
		v.people[id] = append(v.people[id], who)
	}
	return slices.Clone(v.people[id]), v.err
}

// fakeHistory is what is known of a chat's messages: the index, the answers that were remembered, and the platform's history.
type fakeHistory struct {
	index   map[bot.MessageID]bot.Message
	replies map[bot.MessageID][]bot.MessageID
	pages   []bot.HistoryPage
	err     error
	asked   []bot.HistoryQuery
}

func (p *fakeHistory) Find(_ context.Context, id bot.MessageID) (bot.Message, bool, error) {
	m, ok := p.index[id]
	return m, ok, nil
}

func (p *fakeHistory) To(_ context.Context, id bot.MessageID) ([]bot.MessageID, error) {
	return p.replies[id], nil
}

func (p *fakeHistory) History(_ context.Context, q bot.HistoryQuery) (bot.HistoryPage, error) {
	p.asked = append(p.asked, q)
	if p.err != nil || len(p.pages) == 0 {
		return bot.HistoryPage{}, p.err
	}
	page := p.pages[0]
	p.pages = p.pages[1:]
	return page, nil
}

// cards shows cards, and keeps them; faults are by verb.
type cards struct {
	speaker *speaker
	shown   []bot.Card
}

func (c *cards) show(verb, line, key string, card bot.Card) (bot.CardRef, error) {
	err := c.speaker.say(verb, line+": "+card.Title, key)
	if err != nil {
		return bot.CardRef{}, err
	}
	c.shown = append(c.shown, card)
	return bot.CardRef{ID: "om_card", Private: verb == "whisper_card"}, nil
}

func (c *cards) WhisperCard(_ context.Context, chat bot.ChatID, to bot.UserID, card bot.Card) (bot.CardRef, error) {
	return c.show("whisper_card", string(chat)+" "+string(to), "", card)
}

func (c *cards) TellCard(_ context.Context, to bot.UserID, card bot.Card, key string) (bot.CardRef, error) {
	return c.show("tell_card", string(to), key, card)
}

func (c *cards) PostCard(_ context.Context, at bot.Place, _ bot.UserID, card bot.Card, key string) (bot.CardRef, error) {
	if at.Message == "" {
		return c.show("post_card", string(at.Chat), key, card)
	}
	return c.show("reply_card", string(at.Message), key, card)
}

func (c *cards) EditCard(_ context.Context, ref bot.CardRef, card bot.Card) error {
	_, err := c.show("edit_card", string(ref.ID), "", card)
	return err
}

func (c *cards) DropWhisper(_ context.Context, ref bot.CardRef) error {
	return c.speaker.say("drop_whisper", string(ref.ID), "")
}

// once keeps its keys by the harness's clock.
type once struct {
	now    func() time.Time
	until  map[string]time.Time
	kept   map[string]string
	err    error
	forget error
}

func (o *once) First(_ context.Context, key string, within time.Duration) (bool, error) {
	if o.err != nil {
		return false, o.err
	}
	if o.now().Before(o.until[key]) {
		return false, nil
	}
	o.until[key] = o.now().Add(within)
	return true, nil
}

func (o *once) Keep(ctx context.Context, key, value string, within time.Duration) (string, error) {
	if kept, err := o.Kept(ctx, key); err != nil || kept != "" {
		return kept, err
	}
	o.kept[key], o.until[key] = value, o.now().Add(within)
	return value, nil
}

func (o *once) Kept(_ context.Context, key string) (string, error) {
	if !o.now().Before(o.until[key]) {
		delete(o.kept, key)
	}
	return o.kept[key], o.err
}

func (o *once) Forget(_ context.Context, key string) error {
	if o.forget == nil {
		delete(o.until, key)
		delete(o.kept, key)
	}
	return o.forget
}

// topic is what the platform and the index say is the newest own post, and how they were asked.
type topic struct {
	platform    bot.Message
	platformErr error
	index       bot.Message
	indexErr    error
	asked       []string
}

func (p *topic) NewestOwn(
	ctx context.Context, _ bot.ChatID, thread bot.ThreadID, before time.Time, isPost func(context.Context, bot.Message) (bool, error),
) (bot.Message, error) {
	p.asked = append(p.asked, "platform "+string(thread)+" "+before.Format(time.TimeOnly))
	if p.platformErr != nil {
		return p.platform, p.platformErr
	}
	if post, err := isPost(ctx, p.platform); err != nil || !post {
		return bot.Message{}, bot.Errorf(bot.NotFound, "no post")
	}
	return p.platform, nil
}

func (p *topic) newestKnown(_ context.Context, chat bot.ChatID, thread bot.ThreadID, before time.Time) (bot.Message, bool, error) {
	p.asked = append(p.asked, "index "+string(chat)+" "+string(thread)+" "+before.Format(time.TimeOnly))
	return p.index, p.index.ID != "", p.indexErr
}

// records are the audit of a chat, newest first, what the platform says of their messages, and what the archive has of a take.
type records struct {
	entries []audit.Entry
	seen    map[bot.MessageID]bot.Seen
	read    []bot.MessageID
	texts   map[bot.JobID]string
	bots    []bot.ChatBot
	chat    bot.ChatID // asked for last
	err     error
}

func (r *records) Read(_ context.Context, id bot.MessageID) (bot.Seen, error) {
	r.read = append(r.read, id)
	seen, ok := r.seen[id]
	if !ok {
		return bot.Seen{}, &bot.Error{Kind: bot.Denied}
	}
	return seen, nil
}

func (r *records) Excerpt(_ context.Context, _ bot.ChatID, take bot.JobID, _ bot.MessageID) (string, error) {
	return r.texts[take], nil
}

func (r *records) Recent(_ context.Context, chat bot.ChatID, n int) ([]audit.Entry, error) {
	var found []audit.Entry
	r.chat = chat
	for _, e := range r.entries {
		if e.Chat == chat && len(found) < n {
			found = append(found, e)
		}
	}
	return found, r.err
}

type leftChats struct {
	left []bot.ChatID
	err  error
}

func (r *leftChats) Leave(_ context.Context, chat bot.ChatID) error {
	r.left = append(r.left, chat)
	return r.err
}
