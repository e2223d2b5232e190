package sandbox

import (
	"fmt"
	"slices"
	"time"
)

// Wild is a way in which bots go wild.
type Wild string

// The ways.
const (
	// WildRepeat: a bot posts the same text again and again.
	WildRepeat Wild = "repeat"
	// WildLeak: a bot posts templates that were not filled in.
	WildLeak Wild = "leak"
	// WildAnswer: two bots answer each other.
	WildAnswer Wild = "answer"
)

const (
	// wildPosts is how many posts of bots that go wild come, wildEvery the time between two of them.
	wildPosts = 16
	wildEvery = 150 * time.Millisecond
)

// GoWild makes the bots of a chat, except ours, go wild for some seconds.
func (f *Feishu) GoWild(chat string, how Wild) error {
	f.mu.Lock()
	c, ok := f.world.chats[chat]
	var bots []string
	if ok {
		bots = slices.DeleteFunc(slices.Clone(c.Bots), func(id string) bool { return id == f.world.app.ID })
	}
	f.mu.Unlock()
	needed := 1
	if how == WildAnswer {
		needed = 2
	}
	switch {
	case how != WildRepeat && how != WildLeak && how != WildAnswer:
		return fmt.Errorf("bots go wild: unknown way %q", how)
	case len(bots) < needed:
		return fmt.Errorf("bots go wild in %q: it needs %d other bots", chat, needed)
	}
	f.wg.Go(func() { f.goWild(chat, bots, how) })
	return nil
}

func (f *Feishu) goWild(chat string, bots []string, how Wild) {
	before := ""
	for i := range wildPosts {
		post := PostSpec{Chat: chat, App: bots[0], Text: "构建失败，正在重试。The build failed, trying again."}
		switch how {
		case WildRepeat:
		case WildLeak:
			post.Text = []string{"亲爱的 {{customer_name}}，您的订单已发货。Dear {{customer_name}}, your order is on its way.", "金额 Amount: ¥NaN", "Hello undefined"}[i%3]
		case WildAnswer:
			post.App, post.ReplyTo = bots[i%2], before
			post.Text = []string{"收到，请确认。Received, please confirm.", "已确认，请回复。Confirmed, please reply."}[i%2] + fmt.Sprintf(" #%d", i+1)
		}
		id, err := f.Post(post)
		if err != nil && post.ReplyTo != "" { // the message that it answers was recalled
			post.ReplyTo = ""
			id, err = f.Post(post)
		}
		if err != nil || how == WildLeak && i == 2 || !f.sleep(wildEvery) {
			return
		}
		before = id
	}
}
