package post_test

import (
	"context"
	"fmt"
	"log/slog"
	"maps"
	"slices"
	"sync"
	"testing"
	"time"

	"recallbot/audit"
	"recallbot/bot"
	"recallbot/post"
	"recallbot/recall"
	"recallbot/recall/policy"
)

// env is the stores and the platform, which survive a crash of the process. All calls run one after the other.
type env struct {
	clock  time.Time
	posts  map[bot.PostID]bot.Post
	orders map[bot.OrderID][]bot.Post
	bodies map[bot.OrderID]string
	open   map[bot.OrderID]map[bot.PostID]bool
	lines  map[string][]bot.PostID
	// holding guards holder and held, because holds are renewed beside the sending.
	holding sync.Mutex
	holder  map[string]string
	held    map[string]time.Time
	work    []job
	seen    map[string]bool
	later   map[string]job

	// byKey are the sent messages by their keys, chat their order in each chat.
	byKey map[string]bot.Message
	chat  map[bot.ChatID][]string
	// answers are the failures of the next calls of the platform, in order.
	answers   []answer
	published int
	gone      map[bot.MessageID]bool
	record    map[string]audit.Entry
	over      map[bot.TokenID]bool
	epochs    map[bot.GroupID]int
	announced map[bot.GroupID][]bot.OrderID
	known     map[bot.MessageID]bot.Message
	visible   map[bot.MessageID]bot.Message
	offered   []bot.PostID
	unoffered []bot.PostID
	// withdrawn is when the group was recalled.
	withdrawn time.Time

	// at has functions that run during a call, by its number; calls is the number of calls so far.
	at    map[int]func()
	calls int
	// killAfter is the number of calls until the process is killed, before or after the effect of the call; -1 is never.
	killAfter int
	after     bool
	dry       bool
	key       int
}

// answer is a failure of the platform; acted is set where the call had its effect.
type answer struct {
	err   error
	acted bool
	// meanwhile happens while the call is under way.
	meanwhile func()
}

// job is a piece of queued work.
type job struct {
	kind, id, key string
	at            time.Time
}

func newEnv() *env {
	return &env{
		clock: time.Date(2026, 9, 1, 10, 0, 0, 0, time.UTC), killAfter: -1,
		posts: map[bot.PostID]bot.Post{}, orders: map[bot.OrderID][]bot.Post{}, bodies: map[bot.OrderID]string{},
		open: map[bot.OrderID]map[bot.PostID]bool{}, lines: map[string][]bot.PostID{}, holder: map[string]string{},
		held: map[string]time.Time{}, seen: map[string]bool{}, later: map[string]job{}, byKey: map[string]bot.Message{},
		chat: map[bot.ChatID][]string{}, known: map[bot.MessageID]bot.Message{}, visible: map[bot.MessageID]bot.Message{},
		gone: map[bot.MessageID]bool{}, record: map[string]audit.Entry{}, over: map[bot.TokenID]bool{}, epochs: map[bot.GroupID]int{},
		announced: map[bot.GroupID][]bot.OrderID{}, at: map[int]func(){},
	}
}

func (w *env) poster(window time.Duration) *post.Poster {
	return post.New(post.Config{
		DryRun: func() bool { return w.dry }, Window: window, Log: slog.New(slog.DiscardHandler), Now: func() time.Time { return w.clock },
		Key: func() string { w.key++; return fmt.Sprint("key", w.key) },
	}, post.Deps{
		Stores: post.Stores{Store: postStore{w}, Groups: postStore{w}, Orders: orders{w}, Lines: lines{w}}, Work: work{w}, Platform: platform{w},
		Index: index{w}, Recaller: w.recaller(), Principal: tokens{w}.Principal, Buttons: buttons{w},
	})
}

// recaller is a recaller over the env.
func (w *env) recaller() *recall.Recaller {
	now := func() time.Time { return w.clock }
	return recall.New(recall.Config{Self: "cli_self"}, recall.Deps{
		Decision: recall.DecisionDeps{
			Rules: recall.Rules{Policy: policy.New(policy.Config{}), DryRun: w.dry}.Always(), Posts: postStore{w}, Principal: tokens{w}.Principal,
			Roles: recall.NewRoles(platform{w}.Chat, platform{w}, func() time.Duration { return time.Minute }, now),
		},
		Platform: platform{w}, Index: index{w}, Record: record{w}.Record, Log: slog.New(slog.DiscardHandler), Now: now,
	})
}

// results counts the records by result: of posts that were not sent, and of messages.
func (w *env) results() map[bot.Result]int {
	n := map[bot.Result]int{}
	for _, entry := range w.record {
		n[entry.Result]++
	}
	return n
}

var errKilled = bot.Errorf(bot.Unavailable, "killed")

// does is one external call; a killed process makes no more.
func (w *env) does(effect func()) error {
	if w.killAfter == 0 {
		return errKilled
	}
	if w.killAfter > 0 {
		w.killAfter--
		if w.killAfter == 0 && !w.after {
			return errKilled
		}
	}
	effect()
	w.calls++
	if meanwhile := w.at[w.calls]; meanwhile != nil {
		delete(w.at, w.calls)
		meanwhile()
	}
	if w.killAfter == 0 {
		return errKilled
	}
	return nil
}

// live runs all work that is due within a time, and advances the clock.
func (w *env) live(t *testing.T, p *post.Poster, within time.Duration) {
	t.Helper()
	for end, rounds := w.clock.Add(within), 0; ; rounds++ {
		if rounds > 100_000 {
			t.Fatalf("no end: %+v", w.work)
		}
		for id, item := range w.later {
			if !item.at.After(w.clock) {
				delete(w.later, id)
				w.work = append(w.work, item)
			}
		}
		i := slices.IndexFunc(w.work, func(item job) bool { return !item.at.After(w.clock) })
		if i < 0 {
			next := w.nextDue(end)
			if next.After(end) || !next.After(w.clock) {
				w.clock = end
				return
			}
			w.clock = next
			continue
		}
		item := w.work[i]
		err := item.run(t.Context(), p)
		w.work = slices.Delete(w.work, i, i+1)
		if err == nil {
			continue
		}
		item.at = w.clock.Add(time.Second)
		if detail := bot.Detail(err); detail.Kind == bot.RateLimited {
			item.at = w.clock.Add(detail.RetryAfter)
		}
		w.work = append(w.work, item)
	}
}

// nextDue is when something falls due next, or a moment after the end.
func (w *env) nextDue(end time.Time) time.Time {
	next := end.Add(1)
	for _, item := range w.work {
		if item.at.Before(next) {
			next = item.at
		}
	}
	for _, item := range w.later {
		if item.at.Before(next) {
			next = item.at
		}
	}
	return next
}

func (j job) run(ctx context.Context, p *post.Poster) error {
	switch j.kind {
	case "send":
		return p.Send(ctx, j.key)
	case "offer":
		return p.Offer(ctx, bot.PostID(j.id))
	case "heal":
		return p.Heal(ctx, bot.OrderID(j.id))
	default:
		return p.Expire(ctx, bot.PostID(j.id))
	}
}

type postStore struct{ w *env }

func (s postStore) Create(_ context.Context, posts ...bot.Post) error {
	for _, p := range posts { // a kill may come between two of them
		err := s.w.does(func() {
			if _, kept := s.w.posts[p.ID]; !kept {
				s.w.posts[p.ID] = p
			}
		})
		if err != nil {
			return err
		}
	}
	return nil
}

func (s postStore) Find(_ context.Context, id bot.PostID) (found bot.Post, err error) {
	if err := s.w.does(func() {}); err != nil {
		return bot.Post{}, err
	}
	found, ok := s.w.posts[id]
	if !ok {
		return bot.Post{}, &bot.Error{Kind: bot.NotFound}
	}
	return found, nil
}

func (s postStore) Load(_ context.Context, ids ...bot.PostID) (found []bot.Post, err error) {
	err = s.w.does(func() {
		for _, id := range ids {
			if p, ok := s.w.posts[id]; ok {
				found = append(found, p)
			}
		}
	})
	return found, err
}

func (s postStore) Change(_ context.Context, id bot.PostID, change func(*bot.Post) bool) (changed bot.Post, err error) {
	if _, ok := s.w.posts[id]; !ok {
		return bot.Post{}, &bot.Error{Kind: bot.NotFound}
	}
	err = s.w.does(func() {
		changed = s.w.posts[id]
		if change(&changed) {
			s.w.posts[id] = changed
		}
	})
	return changed, err
}

func (s postStore) Of(_ context.Context, id bot.MessageID) (*bot.Post, error) {
	for _, p := range s.w.posts {
		if p.Message == id {
			return &p, nil
		}
	}
	return nil, nil
}

func (s postStore) OfAll(ctx context.Context, ids []bot.MessageID) ([]*bot.Post, error) {
	posts := make([]*bot.Post, len(ids))
	for i, id := range ids {
		posts[i], _ = s.Of(ctx, id)
	}
	return posts, nil
}

func (s postStore) Cancel(
	ctx context.Context, id bot.PostID, by bot.Cancellation,
) (cancelled bot.Post, fresh bool, err error) {
	cancelled, err = s.Change(ctx, id, func(p *bot.Post) bool {
		if fresh = p.State == bot.PostQueued; fresh {
			p.State, p.CancelledBy = bot.PostCancelled, &by
		}
		return fresh
	})
	return cancelled, fresh, err
}

func (s postStore) Announce(_ context.Context, _ bot.TeamID, group bot.GroupID, order bot.OrderID) (epoch int, err error) {
	err = s.w.does(func() {
		epoch = s.w.epochs[group]
		s.w.announced[group] = append(s.w.announced[group], order)
	})
	return epoch, err
}

func (s postStore) Announced(_ context.Context, _ bot.TeamID, group bot.GroupID) (orders []bot.OrderID, err error) {
	err = s.w.does(func() { orders = slices.Clone(s.w.announced[group]) })
	return orders, err
}

func (s postStore) Listed(_ context.Context, _ bot.TeamID, group bot.GroupID, order bot.OrderID) error {
	return s.w.does(func() {
		s.w.announced[group] = slices.DeleteFunc(s.w.announced[group], func(o bot.OrderID) bool { return o == order })
	})
}

// Group gives the posts of a group that are listed, in the order of their ids.
func (s postStore) Group(_ context.Context, team bot.TeamID, group bot.GroupID, _ string) (page []bot.Post, next string, err error) {
	err = s.w.does(func() {
		for _, id := range slices.Sorted(maps.Keys(s.w.posts)) {
			if p := s.w.posts[id]; p.Team == team && p.Group == group {
				page = append(page, p)
			}
		}
	})
	return page, "", err
}

func (s postStore) Withdrawn(context.Context, bot.Post) (time.Time, error) {
	return s.w.withdrawn, nil
}

type orders struct{ w *env }

func (o orders) Keep(_ context.Context, id bot.OrderID, body string, posts []bot.Post) (kept []bot.Post, err error) {
	err = o.w.does(func() {
		if _, there := o.w.orders[id]; !there {
			o.w.orders[id], o.w.bodies[id], o.w.open[id] = posts, body, map[bot.PostID]bool{}
			for _, p := range posts {
				o.w.open[id][p.ID] = true
			}
		}
		kept = o.w.orders[id]
	})
	return kept, err
}

func (o orders) Posts(_ context.Context, id bot.OrderID) ([]bot.Post, error) {
	return o.w.orders[id], o.w.does(func() {})
}

func (o orders) Body(_ context.Context, id bot.OrderID) (string, bool, error) {
	body, ok := o.w.bodies[id]
	return body, ok, o.w.does(func() {})
}

func (o orders) Settle(_ context.Context, id bot.OrderID, settled bot.PostID) error {
	return o.w.does(func() {
		if delete(o.w.open[id], settled); len(o.w.open[id]) == 0 {
			delete(o.w.bodies, id)
		}
	})
}

type lines struct{ w *env }

func (l lines) Join(_ context.Context, line string, id bot.PostID) error {
	return l.w.does(func() {
		if !slices.Contains(l.w.lines[line], id) {
			l.w.lines[line] = append(l.w.lines[line], id)
		}
	})
}

func (l lines) Head(_ context.Context, line string) (id bot.PostID, err error) {
	err = l.w.does(func() {
		if len(l.w.lines[line]) > 0 {
			id = l.w.lines[line][0]
		}
	})
	return id, err
}

func (l lines) Leave(_ context.Context, line string, id bot.PostID) error {
	return l.w.does(func() {
		l.w.lines[line] = slices.DeleteFunc(l.w.lines[line], func(other bot.PostID) bool { return other == id })
	})
}

func (l lines) Hold(_ context.Context, line, holder string, life time.Duration) (held bool, err error) {
	l.w.holding.Lock()
	renewal := l.w.holder[line] == holder
	l.w.holding.Unlock()
	if renewal {
		return true, nil // beside what is done, and at no moment of it
	}
	err = l.w.does(func() {
		l.w.holding.Lock()
		defer l.w.holding.Unlock()
		if held = !l.w.clock.Before(l.w.held[line]); held {
			l.w.holder[line], l.w.held[line] = holder, l.w.clock.Add(life)
		}
	})
	return held, err
}

func (l lines) Release(_ context.Context, line, holder string) error {
	return l.w.does(func() {
		l.w.holding.Lock()
		defer l.w.holding.Unlock()
		if l.w.holder[line] == holder {
			delete(l.w.held, line)
		}
	})
}

type work struct{ w *env }

func (q work) put(item job) error {
	return q.w.does(func() {
		if name := item.kind + item.id + item.key; !q.w.seen[name] {
			q.w.seen[name] = true
			q.w.work = append(q.w.work, item)
		}
	})
}

func (q work) Send(_ context.Context, p bot.Post) error {
	return q.put(job{kind: "send", id: string(p.ID), key: p.LineID()})
}

func (q work) Offer(_ context.Context, p bot.Post) error {
	return q.put(job{kind: "offer", id: string(p.ID), key: string(p.Message)})
}

func (q work) Heal(_ context.Context, id bot.OrderID, at time.Time) error {
	return q.w.does(func() { q.w.later["heal"+string(id)] = job{kind: "heal", id: string(id), at: at} })
}

func (q work) Healed(_ context.Context, id bot.OrderID) error {
	return q.w.does(func() { delete(q.w.later, "heal"+string(id)) })
}

func (q work) Expire(_ context.Context, id bot.PostID, at time.Time) error {
	return q.w.does(func() { q.w.later["expire"+string(id)] = job{kind: "expire", id: string(id), at: at} })
}
