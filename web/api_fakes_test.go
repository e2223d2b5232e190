package web_test

import (
	"context"
	"errors"
	"iter"
	"log/slog"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"recallbot/audit"
	"recallbot/bot"
	"recallbot/recall"
	"recallbot/recall/jobs"
	"recallbot/recall/policy"
	"recallbot/web"
)

// mainChat is the chat of all messages, otherChat another one.
const (
	mainChat  bot.ChatID = "oc_here"
	otherChat bot.ChatID = "oc_elsewhere"
)

// backend is all dependencies of the API in memory, with the real recaller and jobs.
type backend struct {
	mu              sync.Mutex
	tokens          map[string]bot.Token
	wrong           map[string]int    // by address
	expired         map[string]string // by bearer, why the token is invalid
	spent           map[bot.TokenID]int
	posts           []bot.Post
	unownedMessages []bot.Message // posted by no team
	recalls         []bot.MessageID
	entries         []audit.Entry
	jobs            map[bot.JobID]bot.Job
	once            map[string]string
	kept            map[bot.ChatID]int
	down            error // Redis is away
	refusal         error // of the platform
	recaller        *recall.Recaller
	keys            int
	seen            map[string]int // calls by operation and status
	ended           chan string    // receives each call, if set
	alerts          *fakeAlerts
}

func newBackend() *backend {
	o := &backend{
		tokens: map[string]bot.Token{}, wrong: map[string]int{}, spent: map[bot.TokenID]int{}, jobs: map[bot.JobID]bot.Job{},
		once: map[string]string{}, kept: map[bot.ChatID]int{},
		seen: map[string]int{},
	}
	o.recaller = recall.New(recall.Config{Self: "cli_self"}, recall.Deps{
		Decision: recall.DecisionDeps{
			Rules: recall.Rules{Policy: policy.New(policy.Config{})}.Always(), Roles: recall.NewRoles(o.Chat, fakeIndex{o}, func() time.Duration { return time.Minute }, time.Now), Posts: o,
		},
		Platform: o, Index: fakeIndex{o}, Record: o.Record, Log: slog.New(slog.DiscardHandler), Now: time.Now,
	})
	return o
}

// api returns the dependencies of the server.
func (o *backend) api() web.API {
	receive := o.Receive
	if o.alerts != nil {
		receive = o.alerts.Receive
	}
	return web.API{
		CallDeps: web.CallDeps{Tokens: o, Observe: o.observe},
		PostDeps: web.PostDeps{Posts: o, Book: o, Once: o.Keep},
		RecallDeps: web.RecallDeps{
			Recaller: o.recaller, ListJobs: jobStore{o}.List, Select: o.Select, CountArchived: o.Count,
			Jobs: jobs.New(jobs.Config{Log: slog.New(slog.DiscardHandler), Now: time.Now, Key: o.key}, jobs.Deps{
				Store: jobStore{o}, Turns: o, Steps: o, Rights: o.recaller,
			}),
			CheckNotify: func(address string) error {
				if !strings.HasPrefix(address, "https://told.example.com/") {
					return bot.Errorf(bot.Invalid, "it may not be reached")
				}
				return nil
			},
		},
		ReadDeps:      web.ReadDeps{Index: o, Recent: o.Recent, Chats: o.Chats},
		APIConfig:     web.APIConfig{Say: codeSentences{}, Zone: func() *time.Location { return time.UTC }, Now: time.Now, Key: o.key},
		ReceiveAlerts: receive,
	}
}

func (o *backend) observe(operation string, status int) {
	o.mu.Lock()
	defer o.mu.Unlock()
	call := operation + " " + strconv.Itoa(status)
	o.seen[call]++
	if o.ended != nil {
		o.ended <- call
	}
}

func (o *backend) key() string {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.keys++
	return "key" + strconv.Itoa(o.keys)
}

// Check accepts "rb_ID_good" for the token ID.
func (o *backend) Check(_ context.Context, bearer, address string) (bot.Token, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	token, ok := o.tokens[bearer]
	switch {
	case o.down != nil:
		return bot.Token{}, o.down
	case ok:
		return token, nil
	case o.wrong[address] >= 3:
		return bot.Token{}, &bot.Error{Kind: bot.RateLimited, RetryAfter: 42 * time.Second}
	case o.expired[bearer] != "":
		return bot.Token{}, &bot.Error{Kind: bot.Denied, Err: errors.New(o.expired[bearer])}
	}
	o.wrong[address]++
	return bot.Token{}, &bot.Error{Kind: bot.Denied, Op: "check a token"}
}

func (o *backend) Spend(_ context.Context, token bot.Token) error {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.spent[token.ID]++
	if token.Rate > 0 && o.spent[token.ID] > token.Rate {
		return &bot.Error{Kind: bot.RateLimited, RetryAfter: 7 * time.Second}
	}
	return nil
}

// issue adds a token and returns its bearer.
func (o *backend) issue(token bot.Token) string {
	bearer := "rb_" + string(token.ID) + "_good"
	o.tokens[bearer] = token
	return bearer
}

func (o *backend) Accept(_ context.Context, order bot.PostOrder) ([]bot.Post, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	var made []bot.Post
	for i, chat := range order.Chats {
		p := bot.Post{
			ID: bot.PostID("p_" + strings.ReplaceAll(string(order.CauseID), "/", "_") + strconv.Itoa(i)), State: bot.PostQueued, Group: order.Group, Team: order.By.Team,
			Author: order.Author, Chat: chat, Kind: bot.KindOwn, Type: order.Type, Created: time.Now(),
		}
		if p.Group == "" {
			p.Group = "made-up"
		}
		made = append(made, p)
		if !slices.ContainsFunc(o.posts, func(q bot.Post) bool { return q.ID == p.ID }) {
			o.posts = append(o.posts, p)
		}
	}
	return made, nil
}

func (o *backend) Register(_ context.Context, order bot.RegisterOrder) ([]bot.Post, error) {
	var made []bot.Post
	for _, id := range order.Messages {
		for _, known := range o.known() {
			if known.ID == id && !policy.Reaches(order.By, known.Chat) {
				return nil, &bot.Error{Kind: bot.Denied, Reason: bot.ReasonOtherChat}
			}
		}
		if p := o.post(id); p != nil && p.Team != order.By.Team {
			return nil, &bot.Error{Kind: bot.Denied, Reason: bot.ReasonNotYours}
		}
		made = append(made, bot.Post{ID: "p_registered", Message: id, Team: order.By.Team, State: bot.PostSent, Registered: true})
	}
	return made, nil
}

func (o *backend) Complete(context.Context, bot.TeamID, bot.GroupID) error { return o.down }

func (o *backend) Cancel(_ context.Context, id bot.PostID, by bot.Cancellation) (bot.Post, bool, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	for i := range o.posts {
		if o.posts[i].ID != id {
			continue
		}
		fresh := o.posts[i].State == bot.PostQueued
		if fresh {
			o.posts[i].State, o.posts[i].CancelledBy = bot.PostCancelled, &by
		}
		return o.posts[i], fresh, nil
	}
	return bot.Post{}, false, bot.Errorf(bot.NotFound, "no post %s", id)
}

// Principal returns the rights of a token.
func (o *backend) Principal(_ context.Context, id bot.TokenID) (*bot.Principal, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	for _, token := range o.tokens {
		if token.ID == id {
			by := token.Principal()
			by.Over = !token.Good(time.Now())
			return by, o.down
		}
	}
	return &bot.Principal{Token: id, Over: true}, o.down
}

// send marks all queued posts as sent.
func (o *backend) send() {
	o.mu.Lock()
	defer o.mu.Unlock()
	for i, p := range o.posts {
		if p.State == bot.PostQueued {
			o.posts[i].State, o.posts[i].Sent = bot.PostSent, time.Now()
			o.posts[i].Message = bot.MessageID("om_" + strconv.Itoa(i))
		}
	}
}

func (o *backend) post(id bot.MessageID) *bot.Post {
	o.mu.Lock()
	defer o.mu.Unlock()
	for _, p := range o.posts {
		if p.Message == id && id != "" {
			return &p
		}
	}
	return nil
}

func (o *backend) Of(_ context.Context, id bot.MessageID) (*bot.Post, error) { return o.post(id), nil }

func (o *backend) OfAll(_ context.Context, ids []bot.MessageID) ([]*bot.Post, error) {
	posts := make([]*bot.Post, len(ids))
	for i, id := range ids {
		posts[i] = o.post(id)
	}
	return posts, nil
}

func (o *backend) Find(_ context.Context, id bot.PostID) (bot.Post, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	for _, p := range o.posts {
		if p.ID == id {
			return p, nil
		}
	}
	return bot.Post{}, bot.Errorf(bot.NotFound, "no post %s", id)
}

func (o *backend) Group(_ context.Context, team bot.TeamID, group bot.GroupID, _ string) ([]bot.Post, string, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	var page []bot.Post
	for _, p := range o.posts {
		if p.Team == team && p.Group == group {
			page = append(page, p)
		}
	}
	return page, "", nil
}

func (o *backend) List(_ context.Context, q bot.PostQuery) ([]bot.Post, string, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if q.Cursor != "" {
		return nil, "", bot.Errorf(bot.Invalid, "no cursor of ours")
	}
	var page []bot.Post
	for _, p := range slices.Backward(o.posts) {
		if (q.All || p.Team == q.Team) && (q.Group == "" || p.Group == q.Group) && len(page) < q.Limit {
			page = append(page, p)
		}
	}
	return page, "", nil
}

// known are all messages: posts, and those that no team posted.
func (o *backend) known() []bot.Message {
	o.mu.Lock()
	defer o.mu.Unlock()
	list := slices.Clone(o.unownedMessages)
	for _, p := range o.posts {
		if p.Message != "" {
			list = append(list, bot.Message{ID: p.Message, Chat: p.Chat, Kind: bot.KindOwn, At: p.Sent, Gone: slices.Contains(o.recalls, p.Message)})
		}
	}
	return list
}

func (o *backend) Walk(_ context.Context, chat bot.ChatID, _, _ time.Time) iter.Seq2[bot.Message, error] {
	return func(yield func(bot.Message, error) bool) {
		for _, m := range slices.Backward(o.known()) {
			if m.Chat == chat && !yield(m, nil) {
				return
			}
		}
	}
}

func (o *backend) Known(_ context.Context, ids []bot.MessageID) ([]bot.Message, error) {
	found := make([]bot.Message, len(ids))
	for _, m := range o.known() {
		if i := slices.Index(ids, m.ID); i >= 0 {
			found[i] = m
		}
	}
	return found, nil
}

// Select finds our messages that the token may see.
func (o *backend) Select(
	ctx context.Context, job bot.Job, _ func(context.Context, []bot.Seen) error,
) (bot.Preview, error) {
	p, messages := bot.Preview{}, o.known()
	hides := o.recaller.Hidden(job.By)
	for _, m := range messages {
		if m.Chat != job.Chat || m.Kind != bot.KindOwn || m.Gone {
			continue
		}
		if hides != nil {
			if hidden, err := hides(ctx, []bot.Message{m}); err != nil || hidden[0] {
				continue
			}
		}
		p.Total++
		p.Samples = append(p.Samples, bot.Sample{ID: m.ID, At: m.At, Kind: m.Kind})
		p.Groups = append(p.Groups, bot.Group{Text: "secret words"})
	}
	return p, nil
}

func (o *backend) Recall(_ context.Context, id bot.MessageID) error {
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.refusal != nil {
		return o.refusal
	}
	o.recalls = append(o.recalls, id)
	return nil
}

func (o *backend) RecallBatch(ctx context.Context, id bot.MessageID) error { return o.Recall(ctx, id) }

func (o *backend) BatchProgress(context.Context, bot.MessageID) (bot.BatchProgress, error) {
	return bot.BatchProgress{}, nil
}

func (o *backend) Message(ctx context.Context, id bot.MessageID) (bot.Message, error) {
	m, found, err := fakeIndex{o}.Find(ctx, id)
	if err != nil || !found {
		return bot.Message{}, &bot.Error{Kind: bot.NotFound, Reason: bot.ReasonUnknownMessage}
	}
	return m, nil
}

// IsSender is not needed here, since Message knows all messages.
func (o *backend) IsSender(context.Context, bot.MessageID) (bool, error) { return false, nil }

var errDown = bot.Errorf(bot.Unavailable, "redis is away: %w", errors.New("dial tcp: refused"))
