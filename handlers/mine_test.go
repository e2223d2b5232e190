package handlers_test

import (
	"context"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"recallbot/bot"
	"recallbot/handlers"
	"recallbot/handlers/text"
)

// fakePosts is what was posted through the API, the newest first, and what it says.
type fakePosts struct {
	posts []bot.Post
	err   error
	chats map[bot.ChatID]bot.Chat
}

func (s *fakePosts) Find(_ context.Context, id bot.PostID) (bot.Post, error) {
	for _, post := range s.posts {
		if post.ID == id {
			return post, s.err
		}
	}
	return bot.Post{}, &bot.Error{Kind: bot.NotFound}
}

func (s *fakePosts) ByAuthor(_ context.Context, who bot.UserID, chat bot.ChatID, n int) ([]bot.Post, error) {
	var found []bot.Post
	for _, post := range s.posts {
		if post.Author == who && (chat == "" || post.Chat == chat) && len(found) < n {
			found = append(found, post)
		}
	}
	return found, s.err
}

func (s *fakePosts) OfAll(ctx context.Context, ids []bot.MessageID) ([]*bot.Post, error) {
	posts := make([]*bot.Post, len(ids))
	for i, id := range ids {
		posts[i], _ = s.Of(ctx, id)
	}
	return posts, nil
}

func (s *fakePosts) Of(context.Context, bot.MessageID) (*bot.Post, error) { return nil, s.err }

func (s *fakePosts) Group(_ context.Context, team bot.TeamID, group bot.GroupID, _ string) ([]bot.Post, string, error) {
	return slices.DeleteFunc(slices.Clone(s.posts), func(p bot.Post) bool { return p.Team != team || p.Group != group }), "", s.err
}

func (s *fakePosts) Post(_ context.Context, id bot.MessageID) (bot.Seen, error) {
	return bot.Seen{Text: "what " + string(id) + " says"}, nil
}

func (s *fakePosts) Chat(_ context.Context, id bot.ChatID, _ time.Duration) (bot.Chat, error) {
	chat := s.chats[id]
	chat.ID, chat.Name, chat.P2P = id, "Room "+string(id), strings.HasPrefix(string(id), "oc_p2p")
	return chat, nil
}

func posted() []bot.Post {
	at := time.Date(2026, 9, 1, 9, 0, 0, 0, time.UTC)
	one := bot.Post{State: bot.PostSent, Kind: bot.KindOwn, Team: "red", Author: "ou_1", Key: "key", Sent: at}
	posts := []bot.Post{one, one, one, one}
	posts[0].ID, posts[0].Chat, posts[0].Message, posts[0].Group = "p_1", "oc_1", "om_1", "launch"
	posts[1].ID, posts[1].Chat, posts[1].Message, posts[1].Group = "p_2", "oc_2", "om_2", "launch"
	posts[2].ID, posts[2].Chat, posts[2].Message = "p_3", "oc_1", "om_3"
	posts[3].ID, posts[3].Chat, posts[3].Message, posts[3].Author = "p_4", "oc_1", "om_4", "ou_other"
	return posts
}

// presses are those that a card offers.
func presses(card bot.Card) []string {
	var all []string
	for _, part := range card.Parts {
		for _, button := range part.Buttons {
			all = append(all, string(button.Press.Action)+" "+string(button.Press.Post)+" "+button.Press.Key)
		}
	}
	return all
}

func TestMine(t *testing.T) {
	t.Parallel()
	for name, row := range map[string]struct {
		args    []string
		p2p     bool
		by      bot.UserID
		presses []string
	}{
		"in a group":      {nil, false, "ou_1", []string{"mine p_1 key", "mine_all p_1 key", "mine p_3 key"}},
		"in p2p":          {nil, true, "ou_1", []string{"mine p_1 key", "mine_all p_1 key", "mine p_2 key", "mine p_3 key"}},
		"the newest":      {[]string{"1"}, true, "ou_1", []string{"mine p_1 key", "mine_all p_1 key"}},
		"more than there": {[]string{"999999"}, false, "ou_1", []string{"mine p_1 key", "mine_all p_1 key", "mine p_3 key"}},
		"of somebody":     {nil, true, "ou_other", []string{"mine p_4 key"}},
		"of nobody":       {nil, true, "ou_nobody", nil},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			d := newHarness(t, english)
			d.posts.posts = posted()
			said := d.reply(bot.Command{Verb: bot.VerbMine, Args: row.args})
			said.By, said.P2P = row.by, row.p2p
			d.does(t, said)
			card := d.cards.last()
			if got := presses(card); !slices.Equal(got, row.presses) {
				t.Errorf("offers %q, want %q", got, row.presses)
			}
			if row.presses == nil && card.Parts[0].Text != en(text.MineNone) {
				t.Errorf("says %+v", card.Parts)
			}
			if row.presses != nil && (!strings.Contains(card.Parts[0].Text, "Room oc_1") || !strings.Contains(card.Parts[1].Quotes[0], "what om_")) {
				t.Errorf("says %+v", card.Parts)
			}
		})
	}
}

func TestMineWantsANumber(t *testing.T) {
	t.Parallel()
	for _, word := range []string{"0", "-1", "all", "1e3"} {
		d := newHarness(t, english)
		d.does(t, d.reply(bot.Command{Verb: bot.VerbMine, Args: []string{word}}))
		if got := d.body(t); !strings.Contains(got, "“"+word+"”") {
			t.Errorf("%q is answered %q", word, got)
		}
	}
}

func unsent(p *bot.Post) { p.State, p.Message = bot.PostQueued, "" }

func batch(p *bot.Post) { p.Message, p.Chat = "bm-1", "" }

// TestTakeBack presses the buttons of posts: one is recalled by the Recaller, a broadcast by a job.
func TestTakeBack(t *testing.T) {
	t.Parallel()
	for name, row := range map[string]struct {
		press bot.Press
		by    bot.UserID
		post  func(*bot.Post)
		asked bot.PostID
		group bot.GroupID
		told  bot.Reason
	}{
		"its button":         {bot.Press{Action: bot.ActTakeBack, Post: "p_1", Key: "key"}, "ou_1", nil, "p_1", "", ""},
		"of the list":        {bot.Press{Action: bot.ActMine, Post: "p_1", Key: "key"}, "ou_1", nil, "p_1", "", ""},
		"of somebody else":   {bot.Press{Action: bot.ActTakeBack, Post: "p_4", Key: "key"}, "ou_1", nil, "p_4", "", ""},
		"not sent yet":       {bot.Press{Action: bot.ActMine, Post: "p_1", Key: "key"}, "ou_1", unsent, "p_1", "", ""},
		"a batch send":       {bot.Press{Action: bot.ActMine, Post: "p_1", Key: "key"}, "ou_1", batch, "", "", ""},
		"the broadcast":      {bot.Press{Action: bot.ActMineAll, Post: "p_1", Key: "key"}, "ou_1", nil, "", "launch", ""},
		"somebody's":         {bot.Press{Action: bot.ActMineAll, Post: "p_4", Key: "key"}, "ou_1", nil, "", "", bot.ReasonNotYours},
		"a wrong key":        {bot.Press{Action: bot.ActTakeBack, Post: "p_1", Key: "kex"}, "ou_1", nil, "", "", bot.ReasonStale},
		"no such post":       {bot.Press{Action: bot.ActTakeBack, Post: "p_9", Key: "key"}, "ou_1", nil, "", "", bot.ReasonStale},
		"a post without key": {bot.Press{Action: bot.ActTakeBack, Post: "p_1", Key: "key"}, "ou_1", func(p *bot.Post) { p.Key = "" }, "", "", bot.ReasonStale},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				d := newHarness(t)
				d.posts.posts = posted()
				d.recaller.out.Result = bot.Done
				if row.post != nil {
					row.post(&d.posts.posts[0])
				}
				d.does(t, bot.Pressed{Press: row.press, Message: "om_card", Chat: "oc_p2p", By: row.by, At: d.clock})
				var asked bot.PostID
				for _, req := range d.recaller.requests {
					asked = req.Post
					if req.Who != row.by || req.Via != bot.ViaButton || req.Chat == "oc_p2p" {
						t.Errorf("asked %+v", req)
					}
				}
				if asked != row.asked {
					t.Errorf("asked to recall %q, want %q", asked, row.asked)
				}
				var group bot.GroupID
				for _, req := range d.jobs.started {
					group = req.Group
					named := []bot.MessageID(nil)
					if name == "a batch send" {
						named = []bot.MessageID{"bm-1"}
					}
					if (req.Team == "red") != (group != "") || !slices.Equal(req.Named, named) || req.Who != row.by || !req.P2P || req.Kind != bot.JobPosts {
						t.Errorf("started %+v", req)
					}
				}
				if group != row.group {
					t.Errorf("started the recall of %q, want %q", group, row.group)
				}
				if row.told != "" && d.body(t) != zh(text.Reason(row.told)) {
					t.Errorf("told %q", d.speaker.arrived)
				}
			})
		})
	}
}

// TestTakenBackCard: the card no longer offers what is gone.
func TestTakenBackCard(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		d := newHarness(t, english)
		d.posts.posts = posted()
		d.recaller.out.Result = bot.Done
		d.wasShown(t, "om_offer", "key")
		d.does(t, bot.Pressed{
			Press: bot.Press{Action: bot.ActTakeBack, Post: "p_1", Key: "key"}, Message: "om_offer", Chat: "oc_1", By: "ou_1", At: d.clock,
		})
		if got := d.cards.last().Parts[0].Note; got != en(text.MineTakenBack) {
			t.Errorf("the offer says %q", got)
		}
		// A card for one person alone can't be edited.
		d.speaker.fail("edit_card", &bot.Error{Kind: bot.Invalid})
		d.posts.posts = d.posts.posts[2:]
		if err := d.deliver(t, bot.Delivery{Event: bot.Event{ID: "e2", Body: bot.Pressed{
			Press: bot.Press{Action: bot.ActMine, Post: "p_3", Key: "key"}, Message: "om_list", Chat: "oc_1", By: "ou_1", At: d.clock,
		}}, Attempt: 1}); err != nil {
			t.Fatal(err)
		}
		if !slices.ContainsFunc(d.speaker.arrived, func(line string) bool { return strings.HasPrefix(line, "drop_whisper om_list") }) {
			t.Errorf("arrived %q", d.speaker.arrived)
		}
	})
}

// TestOffer shows the button to the author alone, once.
func TestOffer(t *testing.T) {
	t.Parallel()
	d := newHarness(t)
	buttons := handlers.UndoButtons{Answers: d.answers(t), Add: func(content string, button bot.Button) (string, bool) {
		return content + " " + button.Text + " " + string(button.Press.Post) + " " + button.Press.Key, true
	}}
	post := posted()[0]
	if got, ok := buttons.Decorate(t.Context(), post, "card"); !ok || got != "card 撤回 p_1 key" {
		t.Errorf("decorated %q, %t", got, ok)
	}
	for range 2 {
		if err := buttons.Offer(t.Context(), post); err != nil {
			t.Fatal(err)
		}
	}
	post.Author = ""
	if err := buttons.Offer(t.Context(), post); err != nil {
		t.Fatal(err)
	}
	if len(d.speaker.arrived) != 1 || !strings.HasPrefix(d.speaker.arrived[0], "whisper_card oc_1 ou_1") {
		t.Errorf("arrived %q", d.speaker.arrived)
	}
	post.Author, d.speaker.arrived = "ou_1", nil
	if err := buttons.Withdraw(t.Context(), post); err != nil || !slices.Equal(d.speaker.arrived, []string{"drop_whisper om_card"}) {
		t.Errorf("removed by %q, %v", d.speaker.arrived, err)
	}
	other := post
	other.ID = "p_8" // it was never offered
	if err := buttons.Withdraw(t.Context(), other); err != nil || len(d.speaker.arrived) != 1 {
		t.Errorf("removed by %q, %v", d.speaker.arrived, err)
	}
	d.speaker.fail("whisper_card", &bot.Error{Kind: bot.Unavailable})
	post.ID = "p_7"
	if err := buttons.Offer(t.Context(), post); err == nil {
		t.Error("a failed offer is not made again")
	}
}

// last is the card that was shown last.
func (c *cards) last() bot.Card {
	if len(c.shown) == 0 {
		return bot.Card{Parts: []bot.CardPart{{}}}
	}
	return c.shown[len(c.shown)-1]
}
