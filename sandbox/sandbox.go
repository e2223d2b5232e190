// Package sandbox is a Feishu that lives on localhost: the open API, event push over webhook and websocket,
// and a chat page, with the platform's rules, limits and error codes. It speaks only what Feishu speaks on
// the wire and imports nothing of the bot, so the bot under test can't tell the difference and can't be helped.
package sandbox

import (
	"context"
	"crypto/rand"
	"fmt"
	"log/slog"
	"net/http"
	"sync"
	"sync/atomic"
	"time"
)

// Config says what kind of Feishu to be. The zero value is a working one.
type Config struct {
	AppID             string // our app; default "cli_" and 16 hex digits
	AppSecret         string // default random
	AppName           string // default "RecallBot"
	VerificationToken string // default random
	EncryptKey        string // empty: events go out plain and unsigned, as on the platform

	EventURL      string          // where events and card callbacks are posted; see SetEventURL
	RetryAfter    []time.Duration // waits before each further attempt; default 15 s, 5 min, 1 h, 6 h
	AckWithin     time.Duration   // how long an answer to an event may take; default 3 s
	TokenLife     time.Duration   // life of a tenant token; default 2 h
	UserTokenLife time.Duration   // life of a person's access token; default 2 h
	SocketPing    time.Duration   // how often a websocket's client is to ping, in whole seconds; default 90 s
	SocketPart    int             // largest part of an event over the websocket, in bytes; default: events come whole

	Scopes  []string // granted scopes; default DefaultScopes
	Limits  Limits   // request limits; zero fields take the platform's values
	Seed    string   // makes every id repeatable; empty: random
	IDStyle IDStyle  // shape of message ids

	Lark          bool // be Lark rather than Feishu
	OwnGet        bool // a bot may GET its own group message without im:message.group_msg
	MuteOwnRecall bool // no im.message.recalled_v1 for what the bot itself recalled
	KeepTimestamp bool // a retry carries the timestamp header of the first attempt
	Extras        bool // messages carry message_app_link and sender.sender_name, which no document promises
	Documented    bool // a bad receive_id is 230034 and a wrong secret 10015, as documented; 230001 and 10014 are what is seen

	BatchStep time.Duration // how long a batch recall takes for each message; default 10 ms, negative: no time

	Hosts []string // names, besides localhost, by which the page and the control API may be called

	Logger *slog.Logger // default: discard
}

// Feishu is one platform with one tenant. All methods are safe for concurrent use.
type Feishu struct {
	cfg    Config
	log    *slog.Logger
	ids    *ids
	ctx    context.Context //nolint:containedctx // the life of the push goroutines, ended by Close
	cancel context.CancelFunc
	wg     sync.WaitGroup
	client *http.Client

	ahead atomic.Int64 // how far the platform's time is ahead of the machine's, in nanoseconds

	mu       sync.Mutex // guards everything below
	changed  chan struct{}
	advanced chan struct{} // closed when ahead grows
	version  int64
	world    *world
	limiter  *limiter
	faults   []*fault
	// faultNames take away the faults that the control API has put in place; faultCount is how many it ever had.
	faultNames map[string]func()
	faultCount int
	down       bool
	consents   *consents
	cards      map[string]*cardToken
	entities   map[string]*entity   // cards that were made and not yet, or once, sent; by card_id
	files      map[string]*resource // by image_key or file_key
	// fileOrder are the keys of uploads, the oldest first; fileBytes is how large they are.
	fileOrder []string
	fileBytes int
	push      *push
	tickets   map[string]*app // for websockets, handed out and not used
	record    *record
	wire      *wireLog
	// registrations of apps, by device code.
	registrations map[string]*registration
	// commands are lines for a shell that the page offers.
	commands []Command
}

// New returns a Feishu with our app in it and nobody else. Close ends it.
func New(cfg Config) (*Feishu, error) {
	seed := cfg.Seed
	if seed == "" {
		seed = rand.Text()
	}
	ids := &ids{seed: seed}
	cfg = withDefaults(cfg)
	ctx, cancel := context.WithCancel(context.Background()) //nolint:forbidigo // the platform's own life, ended by Close
	f := &Feishu{
		cfg: cfg, log: cfg.Logger, ids: ids, ctx: ctx, cancel: cancel,
		client:     pushClient(),
		changed:    make(chan struct{}),
		advanced:   make(chan struct{}),
		world:      newWorld(ids),
		limiter:    newLimiter(cfg.Limits),
		cards:      map[string]*cardToken{},
		faultNames: map[string]func(){},
		entities:   map[string]*entity{},
		files:      map[string]*resource{},
		consents:   newConsents(),
		push:       newPush(),
		tickets:    map[string]*app{},
		record:     newRecord(),
		wire:       &wireLog{},
	}
	own, err := f.install(cfg.AppName, Credentials{cfg.AppID, cfg.AppSecret, cfg.VerificationToken, cfg.EncryptKey}, cfg.Scopes)
	if err != nil {
		cancel()
		return nil, err
	}
	own.eventURL, f.world.app = cfg.EventURL, own
	f.cfg.AppID, f.cfg.AppSecret, f.cfg.VerificationToken = own.ID, own.AppSecret, own.VerificationToken
	return f, nil
}

func withDefaults(cfg Config) Config {
	cfg.AppName = orElse(cfg.AppName, "RecallBot")
	cfg.AckWithin = orElse(cfg.AckWithin, 3*time.Second)
	cfg.TokenLife = orElse(cfg.TokenLife, 2*time.Hour)
	cfg.UserTokenLife = orElse(cfg.UserTokenLife, 2*time.Hour)
	cfg.SocketPing = orElse(cfg.SocketPing, 90*time.Second)
	cfg.BatchStep = orElse(cfg.BatchStep, 10*time.Millisecond)
	cfg.Logger = orElse(cfg.Logger, slog.New(slog.DiscardHandler))
	if cfg.RetryAfter == nil {
		cfg.RetryAfter = []time.Duration{15 * time.Second, 5 * time.Minute, time.Hour, 6 * time.Hour}
	}
	if cfg.Scopes == nil {
		cfg.Scopes = DefaultScopes()
	}
	cfg.Limits = cfg.Limits.withDefaults()
	return cfg
}

func orElse[T comparable](v, fallback T) T {
	var zero T
	if v == zero {
		return fallback
	}
	return v
}

// Config returns the configuration in force, with the generated ids and secrets filled in.
func (f *Feishu) Config() Config { return f.cfg }

// Close drops every websocket, stops every delivery and waits for their goroutines.
func (f *Feishu) Close() {
	f.cancel()
	f.mu.Lock()
	f.closeSockets()
	f.mu.Unlock()
	f.wg.Wait()
	f.client.CloseIdleConnections()
}

// notify tells everybody who waits that the world has changed in the named chats. The caller holds mu.
func (f *Feishu) notify(chats ...string) {
	f.version++
	for _, id := range chats {
		if c := f.world.chats[id]; c != nil {
			c.version = f.version
		}
	}
	close(f.changed)
	f.changed = make(chan struct{})
}

// Wait blocks until ok holds for the world or ctx ends. It looks again after every change; ok must not call
// back into Feishu.
func (f *Feishu) Wait(ctx context.Context, ok func(State) bool) error {
	for {
		f.mu.Lock()
		done, changed := ok(State{f}), f.changed
		f.mu.Unlock()
		if done {
			return nil
		}
		select {
		case <-ctx.Done():
			return fmt.Errorf("wait for the sandbox: %w", ctx.Err())
		case <-changed:
		}
	}
}
