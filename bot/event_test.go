package bot_test

import (
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"recallbot/bot"
)

// events are one of each type with every field set, and their JSON in the queue, which replicas of other versions read. A field
// with a message's content would have to appear here.
func events() []struct {
	event bot.Event
	where bot.ChatID
	wire  string
} {
	said := bot.Said{
		Message: bot.Message{
			ID: "om_1", Chat: "oc_1", Kind: bot.KindPerson, Sender: 7, Thread: 8,
			At: time.UnixMilli(1717050000123).UTC(), Answer: true, Gone: true,
		},
		Watch: &bot.WatchFacts{Rules: []string{"flood"}, Sender: "ou_3", Name: "News"},
		Root:  "om_root", Parent: "om_parent", Thread: "omt_1", By: "ou_1", P2P: true,
		Command: &bot.Command{
			Verb: bot.VerbLog, Args: []string{"5"}, Unknown: "x", Meant: "/recall log", Reason: "typo", Dashed: true, Elsewhere: true, Chinese: true,
			Mentions: []bot.Mentioned{{Key: "@_user_1", ID: "ou_2", Bot: true, Self: true, Name: "News"}},
		},
	}
	reacted := bot.Reacted{Message: "om_1", Emoji: "CrossMark", By: "ou_1", At: time.UnixMilli(1717050001803).UTC()}
	pressed := bot.Pressed{
		Press: bot.Press{Action: bot.ActConfirm, Job: "j1", Key: "k1", Post: "p_1", Word: "clean", Chat: "oc_2", Chinese: true}, Message: "om_1", Chat: "oc_1", By: "ou_1",
		At: time.UnixMilli(1717050001803).UTC(), Form: map[string][]string{"quorum": {"3"}},
	}
	return []struct {
		event bot.Event
		where bot.ChatID
		wire  string
	}{
		{
			bot.Event{ID: "e1", Type: bot.TypeSaid, Body: said},
			"oc_1",
			`{"message":{"id":"om_1","chat":"oc_1","kind":3,"sender":7,"thread":8,"at":"2024-05-30T06:20:00.123Z","answer":true,"gone":true},` +
				`"root":"om_root","parent":"om_parent","thread":"omt_1","by":"ou_1","p2p":true,` +
				`"command":{"verb":"log","args":["5"],"mentions":[{"key":"@_user_1","id":"ou_2","bot":true,"self":true,"name":"News"}],"unknown":"x","meant":"/recall log","reason":"typo","dashed":true,"elsewhere":true,"chinese":true},` +
				`"watch":{"rules":["flood"],"sender":"ou_3","name":"News"}}`,
		},
		{
			bot.Event{ID: "e2", Type: bot.TypeReacted, Body: reacted},
			"",
			`{"message":"om_1","emoji":"CrossMark","by":"ou_1","at":"2024-05-30T06:20:01.803Z"}`,
		},
		{
			bot.Event{ID: "e7", Type: bot.TypeUnreacted, Body: bot.Unreacted(reacted)},
			"",
			`{"message":"om_1","emoji":"CrossMark","by":"ou_1","at":"2024-05-30T06:20:01.803Z"}`,
		},
		{
			bot.Event{ID: "e8", Type: bot.TypePressed, Body: pressed},
			"oc_1",
			`{"press":{"a":"confirm","j":"j1","k":"k1","p":"p_1","w":"clean","c":"oc_2","z":true},"message":"om_1","chat":"oc_1","by":"ou_1",` +
				`"at":"2024-05-30T06:20:01.803Z","form":{"quorum":["3"]}}`,
		},
		{
			bot.Event{ID: "e9", Type: bot.TypeDue, Body: bot.Due{Chat: "oc_1", Name: "all", At: time.Unix(1717050001, 0).UTC(), Since: time.Unix(1717050000, 0).UTC()}},
			"oc_1", `{"chat":"oc_1","name":"all","at":"2024-05-30T06:20:01Z","since":"2024-05-30T06:20:00Z"}`,
		},
		{
			bot.Event{ID: "e10", Type: bot.TypeWatchDue, Body: bot.WatchDue{
				Chat: "oc_1", Notice: "k1", Report: true, Bot: bot.BotRef{Me: true, Any: true, App: "cli_1", User: "ou_3", Name: "News"}, At: time.Unix(1717050001, 0).UTC(),
			}},
			"oc_1", `{"chat":"oc_1","notice":"k1","report":true,"bot":{"me":true,"any":true,"app":"cli_1","user":"ou_3","name":"News"},"at":"2024-05-30T06:20:01Z"}`,
		},
		{bot.Event{ID: "e3", Type: bot.TypeRecalled, Body: bot.Recalled{Message: "om_1", Chat: "oc_1"}}, "oc_1", `{"message":"om_1","chat":"oc_1"}`},
		{
			bot.Event{ID: "e9", Type: bot.TypeRevoked, Body: bot.Revoked{Who: "ou_1", At: reacted.At}},
			"",
			`{"who":"ou_1","at":"2024-05-30T06:20:01.803Z"}`,
		},
		{bot.Event{ID: "e4", Type: bot.TypeChatUpdated, Body: bot.ChatUpdated{Chat: "oc_1"}}, "oc_1", `{"chat":"oc_1"}`},
		{bot.Event{ID: "e5", Type: bot.TypeDisbanded, Body: bot.ChatLeft{Chat: "oc_1"}}, "oc_1", `{"chat":"oc_1"}`},
		{bot.Event{ID: "e6", Type: bot.TypeBotRemoved, Body: bot.ChatLeft{Chat: "oc_1"}}, "oc_1", `{"chat":"oc_1"}`},
	}
}

func TestEventsSurviveTheQueue(t *testing.T) {
	t.Parallel()
	for _, row := range events() {
		t.Run(row.event.Type, func(t *testing.T) {
			t.Parallel()
			complete(t, reflect.ValueOf(row.event.Body))
			wire, err := row.event.Encode()
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(row.wire, string(wire)); diff != "" {
				t.Errorf("Encode (-want +got):\n%s", diff)
			}
			got, err := bot.DecodeEvent(row.event.ID, row.event.Type, wire)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(row.event, got); diff != "" {
				t.Errorf("DecodeEvent (-want +got):\n%s", diff)
			}
			if got.Where() != row.where {
				t.Errorf("Where = %q, want %q", got.Where(), row.where)
			}
		})
	}
}

// complete fails when a field of a body is not set, so that events has all fields.
func complete(t *testing.T, v reflect.Value) {
	t.Helper()
	if v.IsZero() {
		t.Errorf("a %s is not set", v.Type())
	}
	if v.Kind() == reflect.Pointer {
		v = v.Elem()
	}
	if v.Kind() != reflect.Struct || v.Type() == reflect.TypeFor[time.Time]() {
		return
	}
	for about, field := range v.Fields() {
		if about.Tag.Get("json") != "-" { // not stored
			complete(t, field)
		}
	}
}

func TestMessageWithoutACommand(t *testing.T) {
	t.Parallel()
	talk := bot.Event{ID: "e1", Type: bot.TypeSaid, Body: bot.Said{Message: bot.Message{ID: "om_1", Chat: "oc_1"}}}
	wire, err := talk.Encode()
	if err != nil {
		t.Fatal(err)
	}
	got, err := bot.DecodeEvent("e1", bot.TypeSaid, wire)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(talk, got); diff != "" {
		t.Errorf("DecodeEvent (-want +got):\n%s", diff)
	}
}

func TestDecodeEventRefusesWhatItCannotRead(t *testing.T) {
	t.Parallel()
	for _, row := range events() {
		for _, data := range []string{"", "{", "[]", `"om_1"`, "7", "\x00", row.wire[:len(row.wire)-1], row.wire + "}"} {
			if _, err := bot.DecodeEvent("e1", row.event.Type, []byte(data)); bot.KindOf(err) != bot.Invalid {
				t.Errorf("DecodeEvent(%s, %q) = %v, want an invalid one", row.event.Type, data, err)
			}
		}
	}
	for _, kind := range []string{"", "im.message.message_read_v1", "IM.MESSAGE.RECEIVE_V1"} {
		e, err := bot.DecodeEvent("e1", kind, []byte(`{}`))
		if bot.KindOf(err) != bot.Invalid || e.Body != nil {
			t.Errorf("DecodeEvent(%q) = %+v, %v; want an invalid one without a body", kind, e, err)
		}
	}
}

func TestEncodeSaysWhichEventFailed(t *testing.T) {
	t.Parallel()
	_, err := bot.Event{ID: "e9", Body: make(chan int)}.Encode()
	if err == nil || !strings.HasPrefix(err.Error(), "encode event e9: ") {
		t.Errorf("Encode of what is no data = %v, want an error that names the event", err)
	}
}
