package feishu

import (
	"context"
	_ "embed"
	"encoding/json"
	"slices"
	"strings"

	larkcore "github.com/larksuite/oapi-sdk-go/v3/core"
	larkevent "github.com/larksuite/oapi-sdk-go/v3/event"
	"github.com/larksuite/oapi-sdk-go/v3/event/dispatcher"
	"github.com/larksuite/oapi-sdk-go/v3/event/dispatcher/callback"

	"recallbot/bot"
)

// otherEvents are the types of events that an app may have subscribed to without our using them, one a line: all that
// the SDK has a name for, and what else was seen.
//
//go:embed events.txt
var otherEvents string

// maxUnknownTypes is how many further types are learned; each costs a connection.
const maxUnknownTypes = 100

// eventHandlers gives the SDK's dispatcher one handler for everything. It has to know the types by name, and has what it
// does not know sent again, so what we do nothing about is named too.
func (s *Socket) eventHandlers() *dispatcher.EventDispatcher {
	d := dispatcher.NewEventDispatcher("", "")
	d.InitConfig(larkevent.WithLogger(discardLogger{}), larkevent.WithLogLevel(larkcore.LogLevelError))
	wanted := append(wantedEvents(), bot.TypeRevoked)
	for _, kind := range wanted {
		d.OnCustomizedEvent(kind, s.handleEvent)
	}
	d.OnP2CardActionTrigger(s.handlePress)
	ignore := func(context.Context, *larkevent.EventReq) error { return nil }
	for _, kind := range append(strings.Fields(otherEvents), s.unknownTypes()...) {
		if !slices.Contains(wanted, kind) {
			d.OnCustomizedEvent(kind, ignore)
		}
	}
	d.OnCustomizedEvent("", s.handleEvent) // no type at all: is dropped with a word
	return d
}

// handleEvent opens an event and delivers it. One that can't be opened is dropped, unless it is to be sent again.
func (s *Socket) handleEvent(ctx context.Context, req *larkevent.EventReq) error {
	ctx = context.WithoutCancel(ctx) // what has come is kept, also when the connection ends meanwhile
	envelope, err := s.opener.OpenTrusted(req.Body)
	if bot.KindOf(err) == bot.Unavailable {
		return err
	}
	if err != nil {
		s.drop(ctx, err)
		return nil
	}
	return s.callbacks.Deliver(ctx, envelope)
}

// handlePress takes the press of a button, as the SDK hands it on with its body as it came; what it returns goes back in the
// acknowledgement. The SDK itself turns down a value that is no object: none of ours.
func (s *Socket) handlePress(ctx context.Context, e *callback.CardActionTriggerEvent) (*callback.CardActionTriggerResponse, error) {
	ctx = context.WithoutCancel(ctx)
	response := new(callback.CardActionTriggerResponse)
	envelope, err := s.opener.OpenTrusted(e.Body)
	if err != nil {
		s.drop(ctx, err)
		return response, nil
	}
	if err := s.callbacks.Deliver(ctx, envelope); err != nil {
		return nil, err
	}
	return response, json.Unmarshal(Answer(envelope.Event), response)
}

func (s *Socket) drop(ctx context.Context, err error) {
	s.log.WarnContext(ctx, "event dropped", "error", err)
	s.callbacks.Dropped(err)
}

// addUnknownType takes note of a type that the SDK has no handler for, and ends the connection: the next one knows it, and the
// platform, which was told to send the event again, is rid of it then.
func (s *Socket) addUnknownType(ctx context.Context, kind string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.unknown[kind] || len(s.unknown) >= maxUnknownTypes {
		return
	}
	s.unknown[kind] = true
	s.log.WarnContext(ctx, "event type that is new to us: connecting again to take it", "event_type", kind)
	s.disconnect()
}

func (s *Socket) unknownTypes() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	var kinds []string
	for kind := range s.unknown {
		kinds = append(kinds, kind)
	}
	return kinds
}

// logSniffer is the SDK's logger on this way: silent too, but it hears of a type without a handler, which the SDK says in its
// log and nowhere else.
type logSniffer struct {
	discardLogger

	onUnknownType func(ctx context.Context, kind string)
}

// Error listens.
func (e logSniffer) Error(ctx context.Context, args ...any) {
	for _, arg := range args {
		text, _ := arg.(string)
		_, rest, _ := strings.Cut(text, "err: event type: ")
		if kind, _, found := strings.Cut(rest, ", not found handler"); found {
			e.onUnknownType(ctx, kind)
		}
	}
}
