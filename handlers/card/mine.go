package card

import (
	"strings"

	"recallbot/bot"
	"recallbot/handlers/text"
)

// Posted is a post as the list of a person's posts shows it.
type Posted struct {
	bot.Post

	// Chat is the name of its chat, Excerpt its beginning, if known.
	Chat, Excerpt string
	// Broadcast is how many posts of its broadcast the person can recall; 0 shows no button for all of them.
	Broadcast int
}

// Mine lists posts, each with its button.
func (l Locale) Mine(posts []Posted) bot.Card {
	shown := bot.Card{Title: l.Say(text.MineTitle), Tone: bot.ToneInfo}
	if len(posts) == 0 {
		shown.Parts = []bot.CardPart{{Text: l.Say(text.MineNone)}}
	}
	for _, post := range posts {
		buttons := []bot.Button{{
			Text: l.Say(text.MineTakeBack), Style: bot.StyleDanger,
			Press: bot.Press{Action: bot.ActMine, Post: post.ID, Key: post.Key},
		}}
		if n := post.Broadcast; n > 0 {
			buttons = append(buttons, bot.Button{
				Text: l.Say(text.MineAll, "count", n), Style: bot.StylePlain, Sure: l.Say(text.MineSure, "count", n),
				Press: bot.Press{Action: bot.ActMineAll, Post: post.ID, Key: post.Key},
			})
		}
		shown.Parts = append(shown.Parts, bot.CardPart{Text: l.posted(post)})
		if post.Excerpt != "" {
			shown.Parts = append(shown.Parts, bot.CardPart{Quotes: []string{post.Excerpt}})
		}
		shown.Parts = append(shown.Parts, bot.CardPart{Buttons: buttons})
	}
	return shown
}

// posted is when and where a post was made, and the name of its broadcast.
func (l Locale) posted(post Posted) string {
	at := post.Sent
	if at.IsZero() {
		at = post.Created
	}
	words := []string{at.In(l.Zone).Format("01-02 15:04"), post.Chat}
	if post.Group != "" {
		words = append(words, text.Plain(string(post.Group)))
	}
	return strings.Join(words, " · ")
}

// Offer is the card that offers the author of a post to recall it.
func Offer(lang text.Language, post bot.Post) bot.Card {
	return bot.Card{Parts: []bot.CardPart{
		{Text: lang.Say(text.MineOffer)}, {Buttons: []bot.Button{TakeBack(lang, post)}},
	}}
}

// TakeBack is the button by which the author of a post recalls it.
func TakeBack(lang text.Language, post bot.Post) bot.Button {
	return bot.Button{
		Text: lang.Say(text.MineTakeBack), Style: bot.StylePlain,
		Press: bot.Press{Action: bot.ActTakeBack, Post: post.ID, Key: post.Key},
	}
}
