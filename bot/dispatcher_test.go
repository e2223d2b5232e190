package bot_test

import (
	"context"
	"errors"
	"io"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"recallbot/bot"
)

func TestNamesOfHandlersDiffer(t *testing.T) {
	t.Parallel()
	if _, err := bot.NewDispatcher(handler("a", true, nil), handler("b", true, nil)); err != nil {
		t.Errorf("two names: %v", err)
	}
	_, err := bot.NewDispatcher(handler("a", true, nil), handler("b", true, nil), handler("a", true, nil))
	if err == nil || !strings.Contains(err.Error(), `"a"`) {
		t.Errorf("the same name twice: %v, want an error that tells the name", err)
	}
}

func TestDispatcherWantsWhatAnyHandlerWants(t *testing.T) {
	t.Parallel()
	rows := []struct {
		name     string
		handlers []bot.Handler
		event    bot.Event
		want     bool
	}{
		{"no handlers", nil, updated(), false},
		{"none wants it", []bot.Handler{handler("a", false, nil), handler("b", false, nil)}, updated(), false},
		{"the last wants it", []bot.Handler{handler("a", false, nil), handler("b", true, nil)}, updated(), true},
		{"a body of another type", []bot.Handler{handler("a", true, nil)}, bot.Event{Body: bot.ChatLeft{Chat: "oc_1"}}, false},
		{"no body", []bot.Handler{handler("a", true, nil)}, bot.Event{ID: "e1"}, false},
	}
	for _, row := range rows {
		d, err := bot.NewDispatcher(row.handlers...)
		if err != nil {
			t.Fatal(err)
		}
		if got := d.Wants(row.event); got != row.want {
			t.Errorf("%s: Wants = %t, want %t", row.name, got, row.want)
		}
	}
}

func TestDispatchRunsAllHandlersAndNamesTheFailed(t *testing.T) {
	t.Parallel()
	var ran []string
	note := func(name string, wants bool, err error) bot.Handler {
		return bot.On(name, func(bot.ChatUpdated) bool { return wants },
			func(_ context.Context, d bot.Delivery, body bot.ChatUpdated) error {
				if d.Attempt != 2 || !d.Redelivered || body.Chat != "oc_1" {
					t.Errorf("handler %s got %+v with %+v", name, d, body)
				}
				ran = append(ran, name)
				return err
			})
	}
	limited := &bot.Error{Kind: bot.RateLimited, Op: "recall om_1"}
	d, err := bot.NewDispatcher(note("a", true, io.EOF), note("b", true, nil), note("c", false, nil), note("d", true, limited))
	if err != nil {
		t.Fatal(err)
	}
	err = d.Dispatch(t.Context(), bot.Delivery{Event: updated(), Attempt: 2, Redelivered: true})
	if diff := cmp.Diff([]string{"a", "b", "d"}, ran); diff != "" {
		t.Errorf("handlers that ran (-want +got):\n%s", diff)
	}
	if want := "a: EOF\nd: recall om_1"; err == nil || err.Error() != want {
		t.Errorf("Dispatch = %v, want %q", err, want)
	}
	if !errors.Is(err, io.EOF) || bot.KindOf(err) != bot.RateLimited {
		t.Errorf("Dispatch = %v, want the causes kept", err)
	}
}

func TestDispatchOfSuccessIsNoError(t *testing.T) {
	t.Parallel()
	d, err := bot.NewDispatcher(handler("a", true, nil), handler("b", false, io.EOF))
	if err != nil {
		t.Fatal(err)
	}
	if err := d.Dispatch(t.Context(), bot.Delivery{Event: updated()}); err != nil {
		t.Errorf("Dispatch = %v", err)
	}
}

func TestHandlerRefusesAForeignBody(t *testing.T) {
	t.Parallel()
	err := handler("a", true, nil).Handle(t.Context(), bot.Delivery{Event: bot.Event{Body: bot.ChatLeft{}}})
	if bot.KindOf(err) != bot.Internal || !strings.Contains(err.Error(), "handler a got a bot.ChatLeft") {
		t.Errorf("Handle = %v", err)
	}
}

func updated() bot.Event {
	return bot.Event{ID: "e1", Type: bot.TypeChatUpdated, Body: bot.ChatUpdated{Chat: "oc_1"}}
}

func handler(name string, wants bool, err error) bot.Handler {
	return bot.On(name, func(bot.ChatUpdated) bool { return wants },
		func(context.Context, bot.Delivery, bot.ChatUpdated) error { return err })
}
