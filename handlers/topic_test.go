package handlers_test

import (
	"errors"
	"testing"

	"github.com/google/go-cmp/cmp"

	"recallbot/bot"
	"recallbot/handlers/text"
)

// inTopic is /recall in a topic that quotes no particular message.
func (d *harness) inTopic() bot.Said {
	said := d.reply(bot.Command{})
	said.Root, said.Parent, said.Thread = "om_root", "om_root", "omt_1"
	return said
}

func TestTopicMeansItsNewestOwnPost(t *testing.T) {
	t.Parallel()
	newest := bot.Message{ID: "om_new", Chat: "oc_1", Kind: bot.KindOwn}
	older := bot.Message{ID: "om_older", Chat: "oc_1", Kind: bot.KindOwn}
	denied, none := bot.Errorf(bot.Denied, "no scope"), bot.Errorf(bot.NotFound, "no post")
	const askPlatform, askIndex = "platform omt_1 09:59:00", "index oc_1 omt_1 09:59:00"
	answer := bot.Message{ID: "om_answer", Chat: "oc_1", Kind: bot.KindOwn}
	marked := bot.Message{ID: "om_marked", Chat: "oc_1", Kind: bot.KindOwn, Answer: true}
	rows := []struct {
		name   string
		topic  topic
		target bot.MessageID
		answer bot.Reason
		asked  []string
	}{
		{"the platform knows", topic{platform: newest, index: older}, "om_new", "", []string{askPlatform}},
		{"the platform knows of none", topic{platformErr: none, index: older}, "", "nothing_here", []string{askPlatform}},
		{"what we said ourselves, as the index knows", topic{platform: answer}, "", "nothing_here", []string{askPlatform}},
		{"what we said ourselves, as it shows", topic{platform: marked}, "", "nothing_here", []string{askPlatform}},
		{"it may not be asked", topic{platformErr: denied, index: older}, "om_older", "", []string{askPlatform, askIndex}},
		{"it may not be asked, and none was seen", topic{platformErr: denied}, "", "topic_unseen", []string{askPlatform, askIndex}},
	}
	for _, row := range rows {
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			d := newHarness(t)
			*d.topic = row.topic
			known := answer
			known.Answer = true
			d.history.index["om_answer"] = known
			d.recaller.out.Result = bot.Done
			d.does(t, d.inTopic())
			if diff := cmp.Diff(row.asked, d.topic.asked); diff != "" {
				t.Errorf("asked (-want +got):\n%s", diff)
			}
			if row.answer != "" {
				d.heard(t, "whisper oc_1 ou_1: "+zh(text.Reason(row.answer)))
				return
			}
			d.heard(t, "react om_cmd DONE")
			if got := d.recaller.requests[0]; got.Target != row.target || got.Known == nil || got.Known.ID != row.target {
				t.Errorf("request %+v, want the known target %s", got, row.target)
			}
		})
	}
}

// TestTopicMeansTheSamePostInEveryRun: the post that the first run chose is gone in the second one, which must not choose the
// next newest.
func TestTopicMeansTheSamePostInEveryRun(t *testing.T) {
	t.Parallel()
	d := newHarness(t)
	d.topic.platform = bot.Message{ID: "om_new", Chat: "oc_1", Kind: bot.KindOwn}
	d.recaller.err = errAway
	first := bot.Delivery{Event: bot.Event{ID: "e1", Body: d.inTopic()}, Attempt: 1}
	if err := d.deliver(t, first); !errors.Is(err, errAway) {
		t.Fatalf("handling = %v, want a try later", err)
	}
	d.recaller.err, d.recaller.out.Result = nil, bot.Done
	for _, second := range []topic{
		{platform: bot.Message{ID: "om_older", Chat: "oc_1", Kind: bot.KindOwn}},
		{platformErr: bot.Errorf(bot.NotFound, "no post")},
	} {
		*d.topic, d.recaller.requests = second, nil
		if err := d.deliver(t, bot.Delivery{Event: first.Event, Attempt: 2, Redelivered: true}); err != nil {
			t.Fatal(err)
		}
		if got := d.recaller.requests; len(got) != 1 || got[0].Target != "om_new" || got[0].Known != nil {
			t.Errorf("requests %+v, want one for what the first run chose", got)
		}
	}
}

func TestQuoteInATopicMeansTheQuotedMessage(t *testing.T) {
	t.Parallel()
	d := newHarness(t)
	d.recaller.out.Result = bot.Done
	said := d.inTopic()
	said.Parent = "om_quoted"
	d.does(t, said)
	if got := d.recaller.requests[0]; got.Target != "om_quoted" || got.Known != nil || d.topic.asked != nil {
		t.Errorf("request %+v after asking %q, want what was quoted", got, d.topic.asked)
	}
}

func TestTopicIsLookedThroughAgain(t *testing.T) {
	t.Parallel()
	denied := bot.Errorf(bot.Denied, "no scope")
	rows := []struct {
		name  string
		topic topic
		last  bool
		kind  bot.ErrorKind
		want  []string
	}{
		{"platform away", topic{platformErr: errAway}, false, bot.Unavailable, nil},
		{"platform away for good", topic{platformErr: errAway}, true, bot.Unavailable, []string{"whisper oc_1 ou_1: " + zh("reasons.unavailable.full")}},
		{"rate limit", topic{platformErr: errLimited}, true, bot.RateLimited, nil},
		{"index away", topic{platformErr: denied, indexErr: errAway}, false, bot.Unavailable, nil},
	}
	for _, row := range rows {
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			d := newHarness(t)
			*d.topic = row.topic
			err := d.deliver(t, bot.Delivery{Event: bot.Event{ID: "e1", Body: d.inTopic()}, Attempt: 9, Last: row.last})
			if bot.KindOf(err) != row.kind || !errors.Is(err, row.topic.platformErr) && !errors.Is(err, row.topic.indexErr) {
				t.Errorf("handling = %v, want a try later", err)
			}
			d.heard(t, row.want...)
			if d.recaller.requests != nil {
				t.Errorf("requests %+v, want none", d.recaller.requests)
			}
		})
	}
}

// TestATopicThatIsNamedAlone: a message that is sent directly into a topic names neither a parent nor a root.
func TestATopicThatIsNamedAlone(t *testing.T) {
	t.Parallel()
	for _, where := range [][2]bot.MessageID{{"", ""}, {"om_root", ""}, {"om_root", "om_root"}} {
		d := newHarness(t)
		d.topic.platform = bot.Message{ID: "om_new", Chat: "oc_1", Kind: bot.KindOwn}
		d.recaller.out.Result = bot.Done
		said := d.inTopic()
		said.Root, said.Parent = where[0], where[1]
		d.does(t, said)
		if got := d.recaller.requests; len(got) != 1 || got[0].Target != "om_new" {
			t.Errorf("%q: asked %+v", where, got)
		}
	}
}
