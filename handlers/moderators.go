package handlers

import (
	"context"
	"slices"

	"recallbot/bot"
	"recallbot/handlers/text"
)

// maxHelpers is how many of the people who may recall in a group are named or asked.
const maxHelpers = 5

// helpers are the moderators of a chat as mentions.
func (a *Answers) helpers(ctx context.Context, chat bot.ChatID, without bot.UserID) []string {
	var people []string
	for _, id := range a.moderators(ctx, chat, without) {
		people = append(people, bot.Mention(id))
	}
	return people
}

// moderators are some of the people in a group who may recall there, without the one who asks; nil where they are unknown.
func (a *Answers) moderators(ctx context.Context, chat bot.ChatID, without bot.UserID) []bot.UserID {
	found, err := a.Chat(ctx, chat, chatNameAge)
	if err != nil || found.P2P {
		return nil
	}
	set, err := a.Settings.Settings(ctx, chat)
	if err != nil {
		a.Log.InfoContext(ctx, "moderators unknown", "chat_id", string(chat), "error", err)
	}
	var people []bot.UserID
	for _, id := range slices.Concat([]bot.UserID{found.Owner}, found.Managers, set.Moderators) {
		if id != "" && id != without && !slices.Contains(people, id) && len(people) < maxHelpers {
			people = append(people, id)
		}
	}
	return people
}

// tellModerators sends the moderators of a chat a card, each in the two-person chat. A moderator who may no longer recall there, perhaps
// because that person left, gets none. The key names the card: it is sent once.
func (a *Answers) tellModerators(ctx context.Context, rights Rights, chat bot.ChatID, shown bot.Card, key string) ([]bot.CardRef, error) {
	var refs []bot.CardRef
	for _, id := range a.moderators(ctx, chat, "") {
		may, err := rights.May(ctx, id, chat, false)
		if err != nil {
			return nil, err
		}
		if !may.Allow {
			continue
		}
		ref, err := a.Cards.TellCard(ctx, id, shown, key+"/"+string(id))
		switch {
		case err == nil:
			refs = append(refs, ref)
		case bot.Retryable(err):
			return nil, err
		default:
			a.Log.InfoContext(ctx, "moderator not told", "user_id", string(id), "error", err)
		}
	}
	return refs, nil
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
	return a.askThem(to, people)
}

// askPeople is the sentence that names who may recall in the chat; empty if they are unknown.
func (a *Answers) askPeople(ctx context.Context, to recipient) string {
	return a.askThem(to, a.helpers(ctx, to.chat, to.person))
}

func (a *Answers) askThem(to recipient, people []string) string {
	if len(people) == 0 {
		return ""
	}
	return to.lang.Join(a.say(to, text.AskPeople, "people", to.lang.List(people)))
}
