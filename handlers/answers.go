package handlers

import (
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"time"

	"recallbot/bot"
	"recallbot/handlers/text"
	"recallbot/recall"
	"recallbot/recall/policy"
)

const (
	// remember is how long an answer that must not be sent twice is remembered.
	remember = 12 * time.Hour
	// reactionQuiet is the least time between two answers to a person about refused reactions.
	reactionQuiet = 10 * time.Minute
	// doneEmoji is put on a command that succeeded, elsewhereEmoji on one in a group that is answered in the two-person chat.
	doneEmoji      = "DONE"
	elsewhereEmoji = "GLANCE"
)

// Answers tells people the result: success by an emoji, all else to the person who asked, privately where that is possible. It
// is safe for concurrent use.
type Answers struct {
	Speaker  Speaker
	Cards    Cards
	Once     Once
	Settings Settings
	// Recaller records what is refused.
	Recaller Recaller
	Rights   Rights
	// Chat gives a chat that was read at most so long ago.
	Chat func(ctx context.Context, id bot.ChatID, age time.Duration) (bot.Chat, error)
	// Self is the bot's name, or "" while it is not known.
	Self func() string
	Log  *slog.Logger
	// MayGrant is set where owners can authorise the bot.
	MayGrant bool
	// Defaults gives what holds now in chats that chose nothing.
	Defaults func() ChatDefaults
}

// recipient is the person who gets an answer, and how to reach them.
type recipient struct {
	work   bot.EventID
	person bot.UserID
	chat   bot.ChatID
	// command is the message to reply to as the last resort; empty for reactions.
	command bot.MessageID
	lang    text.Language
	// p2p is set for the two-person chat, noWhisper where else a card for one person alone is impossible.
	p2p, noWhisper bool
	// repeated is set for a press that the same person made a moment ago.
	repeated bool
	// aside follows the answer where only the person reads it: it mentions others.
	aside string
}

// inPrivate is a card with the aside.
func (to recipient) inPrivate(shown bot.Card) bot.Card {
	if to.aside != "" && len(shown.Parts) > 0 {
		shown.Parts = slices.Clone(shown.Parts)
		shown.Parts[0].Text += to.aside
	}
	return shown
}

// recipient is the person who gave a command, or pressed a button that means one. The answer is in the command's language if
// it was Chinese, else in the chat's.
func (a *Answers) recipient(ctx context.Context, d bot.Delivery, said bot.Said) recipient {
	to := recipient{
		work: d.Event.ID, person: said.By, chat: said.Message.Chat, command: said.Message.ID,
		lang: a.language(ctx, said.Message.Chat, commandLanguage(said)), p2p: said.P2P,
	}
	if body, ok := d.Event.Body.(bot.Pressed); ok {
		to.noWhisper = body.Chat != to.chat // the person looks at another chat
	}
	return to
}

// pressQuiet is how long a second press of the same button is answered as one.
const pressQuiet = time.Minute

// presser is the person who pressed a button.
func (a *Answers) presser(ctx context.Context, d bot.Delivery, body bot.Pressed) recipient {
	press := sha256.Sum256(fmt.Appendf(nil, "%s %s %+v", body.By, body.Message, body.Press))
	first, err := a.Once.Keep(ctx, "press/"+hex.EncodeToString(press[:16]), string(d.Event.ID), pressQuiet)
	return recipient{
		work: d.Event.ID, person: body.By, chat: body.Chat, lang: a.language(ctx, body.Chat, ""), repeated: err == nil && first != string(d.Event.ID),
	}
}

// reason is the sentence of a reason.
func (a *Answers) reason(to recipient, reason bot.Reason) string {
	if reason == bot.ReasonStale && to.repeated {
		return a.say(to, text.PressedTwice)
	}
	return a.say(to, text.Reason(reason))
}

// done puts the emoji of success on the command.
func (a *Answers) done(ctx context.Context, command bot.MessageID) error {
	return a.sign(ctx, command, doneEmoji)
}

// sign puts an emoji on a command, if there is one; a button has none. It returns an error only for a rate limit; any other failure
// is logged.
func (a *Answers) sign(ctx context.Context, command bot.MessageID, emoji string) error {
	if command == "" {
		return nil
	}
	err := a.Speaker.React(ctx, command, emoji)
	if bot.KindOf(err) == bot.RateLimited {
		return err
	}
	if err != nil {
		a.Log.InfoContext(ctx, "emoji not added", "message_id", string(command), "error", err)
	}
	return nil
}

// reject records a refusal and answers with the reason.
func (a *Answers) reject(ctx context.Context, to recipient, req recall.Request, rule policy.Rule, reason bot.Reason) error {
	if err := a.Recaller.Refuse(ctx, req, rule, reason); err != nil {
		return err
	}
	return a.refuse(ctx, to, reason)
}

// allows reports whether the person who gave a command may recall in the chat. If not, it answers with the reason.
func (a *Answers) allows(ctx context.Context, to recipient, said bot.Said) (bool, error) {
	decision, err := a.Rights.May(ctx, said.By, said.Message.Chat, said.P2P)
	if err != nil || decision.Allow {
		return err == nil, err
	}
	return false, a.refuse(ctx, to, decision.Reason)
}

// reaction is outcome for a reaction: a person gets at most one in reactionQuiet.
func (a *Answers) reaction(ctx context.Context, to recipient, out recall.Outcome) error {
	key := "reaction/" + string(to.person)
	first, err := a.Once.First(ctx, key, reactionQuiet)
	if err != nil || !first {
		return err
	}
	if err := a.outcome(ctx, to, out); err != nil {
		return errors.Join(err, a.Once.Forget(ctx, key))
	}
	return nil
}

// tell sends a text to the person: as a card that only they see, else as a p2p message, else as a reply. A command gets one
// answer: messages have a key, and a card, which can't have one, is sent at most once.
func (a *Answers) tell(ctx context.Context, to recipient, said string) error {
	told, err := a.whisper(ctx, to, said+to.aside)
	if err != nil || told {
		return err
	}
	key := string(to.work) + "/answer"
	about := a.about(ctx, to)
	if about != "" {
		about += "\n"
	}
	err = a.Speaker.Tell(ctx, to.person, about+said+to.aside, key)
	if err == nil {
		return a.lookElsewhere(ctx, to)
	}
	if bot.Retryable(err) {
		return err
	}
	if to.command == "" {
		a.Log.InfoContext(ctx, "person not notified", "user_id", string(to.person), "error", err)
		return nil
	}
	err = a.Speaker.Reply(ctx, to.command, to.person, said, key)
	if err != nil && !bot.Retryable(err) {
		a.Log.WarnContext(ctx, "answer not sent", "user_id", string(to.person), "error", err)
		return nil
	}
	return err
}

// chatName is the name of a chat, or its id.
func (a *Answers) chatName(ctx context.Context, to recipient, id bot.ChatID) string {
	chat, err := a.Chat(ctx, id, chatNameAge)
	switch {
	case err != nil:
		a.Log.InfoContext(ctx, "chat name unknown", "chat_id", string(id), "error", err)
		return string(id)
	case chat.P2P:
		return a.say(to, text.MineP2P)
	case chat.Name == "":
		return string(id)
	default:
		return text.Plain(chat.Name)
	}
}

// about names the group of an answer that is given in the two-person chat; empty for answers about that chat, and if the name is
// unknown.
func (a *Answers) about(ctx context.Context, to recipient) string {
	if to.p2p || to.chat == "" {
		return ""
	}
	chat, err := a.Chat(ctx, to.chat, chatNameAge)
	if err != nil || chat.P2P || chat.Name == "" {
		return ""
	}
	return a.say(to, text.AboutChat, "chat", text.Plain(chat.Name))
}

// lookElsewhere puts an emoji on a command in a group whose answer is in the two-person chat. It returns an error only for a rate
// limit.
func (a *Answers) lookElsewhere(ctx context.Context, to recipient) error {
	if to.p2p {
		return nil
	}
	return a.sign(ctx, to.command, elsewhereEmoji)
}

func (a *Answers) whisper(ctx context.Context, to recipient, said string) (told bool, err error) {
	if to.p2p || to.noWhisper || to.chat == "" {
		return false, nil
	}
	key := "whisper/" + string(to.work)
	first, err := a.Once.First(ctx, key, remember)
	if err != nil || !first {
		return err == nil, err
	}
	err = a.Speaker.Whisper(ctx, to.chat, to.person, said)
	if err == nil || bot.Detail(err).MayHaveActed {
		return true, nil
	}
	permanent := !bot.Retryable(err)
	err = errors.Join(err, a.Once.Forget(ctx, key))
	if !permanent {
		return false, err
	}
	a.Log.InfoContext(ctx, "card for one person not sent", "chat_id", string(to.chat), "error", err)
	return false, nil
}

// language is the language for a chat: the one that a command chose, else the one set there, else the configuration's. It is
// the configuration's too when the settings can't be read.
func (a *Answers) language(ctx context.Context, chat bot.ChatID, chosen text.Language) text.Language {
	if chosen != "" || chat == "" {
		return cmp.Or(chosen, a.Defaults().Language)
	}
	set, err := a.Settings.Settings(ctx, chat)
	if err != nil {
		a.Log.InfoContext(ctx, "chat language unknown, default used", "chat_id", string(chat), "error", err)
	}
	return cmp.Or(text.Language(set.Language), a.Defaults().Language)
}

// say is a text in the recipient's language, else in that of the configuration.
func (a *Answers) say(to recipient, key text.Key, args ...any) string {
	return cmp.Or(to.lang, a.Defaults().Language).Say(key, args...)
}
