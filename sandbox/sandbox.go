// Package sandbox simulates Feishu on localhost: the open API, event push over webhook and websocket, and a chat
// page, with the platform's rules, limits and error codes. It imports nothing of the bot; the bot under test only
// sees the platform's protocol.
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

// Config configures a sandbox. The zero value works.
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
	Limits  Limits   // request limits; zero fields are the platform's values
	Seed    string   // makes every id repeatable; empty: random
	IDStyle IDStyle  // shape of message ids

	Lark          bool // simulate Lark instead of Feishu
	OwnGet        bool // a bot may GET its own group message without im:message.group_msg
	MuteOwnRecall bool // no im.message.recalled_v1 for what the bot itself recalled
	KeepTimestamp bool // a retry carries the timestamp header of the first attempt
	Extras        bool // messages have message_app_link and sender.sender_name, which are undocumented
	Documented    bool // a bad receive_id is 230034 and a wrong secret 10015, as documented; 230001 and 10014 are what is seen

	BatchStep time.Duration // how long a batch recall takes for each message; default 10 ms, negative: no time

	Hosts []string // host names, besides localhost, of the page and the control API

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

	ahead atomic.Int64 // difference of the platform's time to the machine's, in nanoseconds

	mu       sync.Mutex // guards all fields below
	changed  chan struct{}
	advanced chan struct{} // closed when ahead grows
	version  int64
	world    *world
	limiter  *limiter
	faults   []*fault
	// faultNames remove the faults of the control API, by name; faultCount numbers them.
	faultNames map[string]func()
	faultCount int
	down       bool
	consents   *consents
	cards      map[string]*cardToken
	entities   map[string]*entity   // card entities, by card_id
	files      map[string]*resource // by image_key or file_key
	// fileOrder are the keys of uploads, the oldest first; fileBytes is their total size.
	fileOrder []string
	fileBytes int
	push      *push
	tickets   map[string]*app // unused tickets for websockets
	record    *record
	wire      *wireLog
	// registrations of apps, by device code.
	registrations map[string]*registration
	// commands are shell commands that the page shows.
	commands []Command
	hooks    Hooks
}

// New returns a Feishu with our app and no users. Close stops it.
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

// Close closes all websockets, stops all deliveries and waits for their goroutines.
func (f *Feishu) Close() {
	f.cancel()
	f.mu.Lock()
	f.closeSockets()
	f.mu.Unlock()
	f.wg.Wait()
	f.client.CloseIdleConnections()
}

// notify wakes all waiters after a change in these chats. The caller holds mu.
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

// Wait blocks until ok is true or ctx ends. It checks again after every change; ok must not call Feishu.
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
