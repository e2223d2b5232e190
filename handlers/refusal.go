package handlers

import (
	"context"
	"slices"

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
