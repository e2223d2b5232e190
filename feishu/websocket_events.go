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

// otherEvents are event types that an app may subscribe to and that we ignore, one a line: all that the SDK has a
// constant for, and others that were seen.
//
//go:embed events.txt
var otherEvents string

// maxUnknownTypes limits the types that are added at runtime; each costs a reconnection.
const maxUnknownTypes = 100

// eventHandlers returns the SDK's dispatcher with one handler for all types. The dispatcher asks the platform to send
// events of unregistered types again, so the ignored types are registered too.
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
	d.OnCustomizedEvent("", s.handleEvent) // no type: dropped with a log line
	return d
}

// handleEvent opens an event and delivers it. An event that can't be opened is dropped, unless it may be opened
// later.
func (s *Socket) handleEvent(ctx context.Context, req *larkevent.EventReq) error {
	ctx = context.WithoutCancel(ctx) // an event that arrived is stored even if the connection ends
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

// handlePress delivers the press of a button; its result is sent in the acknowledgement. The SDK rejects values that
// are not objects, which ours always are.
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

// addUnknownType adds a type without a handler and ends the connection, since handlers are registered before
// connecting. The platform sends the event again, and the next connection acknowledges it.
func (s *Socket) addUnknownType(ctx context.Context, kind string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.unknown[kind] || len(s.unknown) >= maxUnknownTypes {
		return
	}
	s.unknown[kind] = true
	s.log.WarnContext(ctx, "event type unknown, connecting again", "event_type", kind)
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

// logSniffer is the SDK's logger for the websocket. It discards everything, but detects event types without a
// handler, which the SDK reports only in its log.
type logSniffer struct {
	discardLogger

	onUnknownType func(ctx context.Context, kind string)
}

// Error detects event types without a handler.
func (e logSniffer) Error(ctx context.Context, args ...any) {
	for _, arg := range args {
		text, _ := arg.(string)
		_, rest, _ := strings.Cut(text, "err: event type: ")
		if kind, _, found := strings.Cut(rest, ", not found handler"); found {
			e.onUnknownType(ctx, kind)
		}
	}
}
