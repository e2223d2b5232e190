package handlers

import (
	"context"
	"slices"
	"time"

	"recallbot/bot"
	"recallbot/handlers/text"
	"recallbot/recall"
)

// refuse answers with the reason why nothing was done, and names who may do it.
func (a *Answers) refuse(ctx context.Context, to recipient, reason bot.Reason) error {
	switch reason {
	case bot.ReasonNoSay:
		to.aside = a.askPeople(ctx, to)
	case bot.ReasonOnlyOwners, bot.ReasonOnlyOwner:
		to.aside = a.askOwners(ctx, to, reason == bot.ReasonOnlyOwner)
	default:
	}
	return a.tell(ctx, to, a.reason(to, reason))
}

// askOwners is the sentence that names the owner of the chat, and the admins unless only the owner may do it; empty if they are
// unknown.
func (a *Answers) askOwners(ctx context.Context, to recipient, only bool) string {
	chat, err := a.Chat(ctx, to.chat, chatNameAge)
	if err != nil || chat.P2P || chat.Owner == "" {
		return ""
	}
	people := []string{bot.Mention(chat.Owner)}
	for _, id := range chat.Managers {
		if !only && len(people) < maxHelpers {
			people = append(people, bot.Mention(id))
		}
	}
	return to.lang.Join(a.say(to, text.AskPeople, "people", to.lang.List(people)))
}

// askPeople is the sentence that names who may recall in the chat; empty if they are unknown.
func (a *Answers) askPeople(ctx context.Context, to recipient) string {
	people := a.helpers(ctx, to.chat, to.person)
	if len(people) == 0 {
		return ""
	}
	return to.lang.Join(a.say(to, text.AskPeople, "people", to.lang.List(people)))
}

// outcome answers with the reason why a message was not recalled, as it is for this person, and with the buttons that help them.
func (a *Answers) outcome(ctx context.Context, to recipient, out recall.Outcome) error {
	if out.Chat != nil && out.Chat.Topics {
		to.noWhisper = true
	}
	said, buttons, err := a.refusal(ctx, &to, out)
	if err != nil {
		return err
	}
	said += to.lang.Reference(out.Code, out.LogID)
	if len(buttons) == 0 {
		return a.tell(ctx, to, said)
	}
	_, err = a.show(ctx, to, bot.Card{Parts: []bot.CardPart{{Text: said}, {Buttons: buttons}}})
	return err
}

// refusal is what an outcome says to the person, and the buttons that help them. It sets the aside.
func (a *Answers) refusal(ctx context.Context, to *recipient, out recall.Outcome) (said string, buttons []bot.Button, err error) {
	chat := bot.Chat{}
	if out.Chat != nil {
		chat = *out.Chat
	}
	said = a.say(*to, text.Reason(out.Reason))
	switch out.Reason {
	case bot.ReasonNoRight:
		to.aside = a.askPeople(ctx, *to)
		buttons, err = a.askButton(ctx, *to, out)
		return said, buttons, err
	case bot.ReasonPerson:
		if to.person == chat.Owner || slices.Contains(chat.Managers, to.person) {
			said += to.lang.Join(a.say(*to, text.PeopleSetting))
		}
	case bot.ReasonNoRank:
		said, buttons = a.noRank(to, out.Target, chat)
	default:
	}
	return said, buttons, nil
}

// noRank is what is said about a message that the bot may recall only as an admin, and the owner's button to authorise it.
func (a *Answers) noRank(to *recipient, target bot.Message, chat bot.Chat) (said string, buttons []bot.Button) {
	who := text.PostedByBot
	if target.Kind == bot.KindPerson {
		who = text.PostedByPerson
	}
	said = a.say(*to, who) + to.lang.Join(a.say(*to, text.Reason(bot.ReasonNoRank)))
	switch {
	case chat.Owner == "":
		return said, nil
	case chat.Owner != to.person:
		to.aside = to.lang.Join(a.say(*to, text.AskOwner, "owner", bot.Mention(chat.Owner)))
		return said, nil
	case !a.MayGrant:
		return said + to.lang.Join(a.say(*to, text.MakeAdmin)), nil
	}
	press := bot.Press{Action: bot.ActOpen, Word: string(bot.VerbAuthorize), Chat: target.Chat, Chinese: to.lang == text.Chinese}
	return said + to.lang.Join(a.say(*to, text.MakeAdminOrGrant)), []bot.Button{
		{Text: a.say(*to, text.HelpButton(bot.VerbAuthorize)), Style: bot.StylePrimary, Press: press},
	}
}

const (
	// askLife is how long moderators can be asked about a message, and how long they can answer.
	askLife = 24 * time.Hour
	// askQuiet is the least time between two questions of one person.
	askQuiet = time.Minute
	// maxAsks is how many questions the moderators of a group get within askWindow.
	maxAsks   = 10
	askWindow = time.Hour
)

// asked is a message that a person asks the moderators to recall.
type asked struct {
	Chat    bot.ChatID    `json:"chat"`
	Message bot.MessageID `json:"message"`
	Who     bot.UserID    `json:"who"`
	Lang    text.Language `json:"lang,omitempty"`
}

// askButton is the button that asks the moderators of a group to recall the message, if it is one of a bot there.
func (a *Answers) askButton(ctx context.Context, to recipient, out recall.Outcome) ([]bot.Button, error) {
	ofBot := out.Target.Kind == bot.KindOwn || out.Target.Kind == bot.KindBot
	if !ofBot || out.Target.Chat == "" || out.Chat == nil || out.Chat.P2P || len(a.helpers(ctx, out.Target.Chat, to.person)) == 0 {
		return nil, nil
	}
	key, _, err := newState(ctx, a.Once, "ask", to.work, asked{out.Target.Chat, out.Target.ID, to.person, to.lang}, askLife)
	if err != nil {
		return nil, err
	}
	return []bot.Button{{Text: a.say(to, text.AskButton), Press: bot.Press{Action: bot.ActAsk, Key: key}}}, nil
}
