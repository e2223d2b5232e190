package sandbox

import (
	"fmt"
	"slices"
	"time"
)

// maxFlood limits the posts of one flood.
const maxFlood = 10_000

// Flood makes a bot post n messages at once without limits: texts, some of them repeated, and cards. App "" is any
// bot of the chat except ours. It returns their ids, the oldest first.
func (f *Feishu) Flood(chat, app string, n int) ([]string, error) {
	return f.FloodOver(chat, app, n, time.Duration(n)*time.Millisecond)
}

// FloodOver is Flood with posts spread evenly over the last span of time.
func (f *Feishu) FloodOver(chat, app string, n int, span time.Duration) ([]string, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	c, ok := f.world.chats[chat]
	if !ok {
		return nil, fmt.Errorf("flood: no chat %q", chat)
	}
	if i := slices.IndexFunc(c.Bots, func(id string) bool { return id != f.world.app.ID }); app == "" && i >= 0 {
		app = c.Bots[i]
	}
	if !c.hasBot(app) || n < 1 || n > maxFlood {
		return nil, fmt.Errorf("flood of %s: %d posts of %q: want a bot of the chat and 1 to %d", chat, n, app, maxFlood)
	}
	ids, start := make([]string, n), f.now().Add(-span)
	for i := range ids {
		d := floodPost(i)
		d.chat, d.sender, d.at = chat, app, start.Add(span*time.Duration(i+1)/time.Duration(n))
		m, err := f.insertDraft(d)
		if err != nil {
			return ids[:i], err
		}
		f.emitMessage(m)
		ids[i] = m.ID
	}
	return ids, nil
}

// floodPost is one post of a flood: each seventh a card, each fifth a repetition.
func floodPost(i int) draft {
	offers := []string{
		"限时特惠，全场 1 折！Flash sale, 90% off everything!",
		"恭喜您中奖了，请领取。You have won, claim your prize.",
		"点击领取新人红包。Tap for your welcome bonus.",
		"您有一条未读通知。You have one unread notification.",
	}
	text := fmt.Sprintf("%s #%d", offers[i%len(offers)], i+1)
	switch {
	case i%7 == 6:
		return draft{kind: "interactive", content: plainCard("今日推荐 Pick of the day\n" + text)}
	case i%5 == 4:
		text = offers[0]
	}
	return draft{kind: "text", content: textContent(text)}
}
