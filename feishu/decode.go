package feishu

import (
	"slices"
	"strings"

	"recallbot/bot"
)

// decode turns a request into an event. Events of types that we do not use have no body.
func (o *Opener) decode(w *wire) (bot.Event, error) {
	id, kind, v2, err := w.head()
	if err != nil {
		return bot.Event{}, err
	}
	event := bot.Event{ID: id, Type: kind}
	if !v2 {
		return event, nil // we subscribe to no events of schema 1.0
	}
	decode, known := o.decoderOf(kind)
	if !known {
		return event, nil
	}
	if w.mistyped && kind == bot.TypePressed {
		return event, nil // an error would be shown to the person who pressed the button
	}
	if w.mistyped {
		return event, invalid("a field has the wrong type")
	}
	w.Event.created = w.Header.CreateTime
	event.Body, event.DedupeID, err = decode(w.Event)
	return event, err
}

type decoder func(*wireEvent) (body any, dedupeID string, err error)

// decoderOf is the table of the event types that we use.
func (o *Opener) decoderOf(kind string) (decoder, bool) {
	switch kind {
	case bot.TypeSaid:
		return o.said, true
	case bot.TypeReacted:
		return reacted, true
	case bot.TypeUnreacted:
		return unreacted, true
	case bot.TypeRecalled:
		return recalled, true
	case bot.TypePressed:
		return pressed, true
	case bot.TypeChatUpdated:
		return chatUpdated, true
	case bot.TypeRevoked:
		return revoked, true
	case bot.TypeDisbanded, bot.TypeBotRemoved:
		return chatLeft, true
	default:
		return nil, false
	}
}

func (o *Opener) said(e *wireEvent) (any, string, error) {
	m := &e.Message
	at, ok := parseTime(string(m.CreateTime))
	if m.ID == "" || m.ChatID == "" || !ok {
		return nil, "", invalid("a message without id, chat or time")
	}
	kind := o.kindOf(e.Sender)
	said := bot.Said{
		Message: bot.Message{
			ID:     bot.MessageID(m.ID),
			Chat:   bot.ChatID(m.ChatID),
			Kind:   kind,
			Thread: bot.HashOf(m.ThreadID),
			At:     at,
		},
		Root:   bot.MessageID(m.RootID),
		Parent: bot.MessageID(m.ParentID),
		Thread: bot.ThreadID(m.ThreadID),
		P2P:    m.inP2P(),
	}
	if kind != bot.KindOwn {
		said.Message.Sender = bot.HashOf(e.Sender.ID.OpenID)
	}
	if kind == bot.KindBot {
		said.Sender = e.Sender.ID.OpenID
		said.Content = func() bot.Seen { return o.seenOf(e, said) }
	}
	if kind == bot.KindPerson {
		said.By = bot.UserID(e.Sender.ID.OpenID)
		cmd, err := o.commandIn(m)
		if err != nil {
			return nil, "", err
		}
		// Which post a topic's command means is looked up later, so a command for another bot counts only if it
		// quotes a post.
		if cmd != nil && (!cmd.Elsewhere || said.Quotes()) {
			said.Command = cmd
		}
	}
	return said, m.ID, nil
}

// seenOf is the content of another bot's message. Its sender is an open_id here, while the history has an app id.
func (o *Opener) seenOf(e *wireEvent, said bot.Said) bot.Seen {
	m := &e.Message
	seen := bot.Seen{
		Message: said.Message, Topic: said.Thread, Root: said.Root, Parent: said.Parent, Type: m.Type,
		From: e.Sender.ID.OpenID, Open: bot.UserID(e.Sender.ID.OpenID),
	}
	if m.Type == "text" {
		seen.Body, seen.Text, seen.Opaque = readText(m.Content)
	} else {
		seen.Body = contentOf(m.Type, m.Content)
		seen.Text, seen.Opaque = visibleText(seen.Type, seen.Body, nil), isOpaque(seen.Type, seen.Body)
	}
	for _, mention := range m.Mentions {
		seen.Mentions = append(seen.Mentions, bot.Mentioned{Key: mention.Key, ID: mention.openID()})
	}
	return seen
}

// readText returns contentOf, visibleText and isOpaque of a text. It decodes the text once: intake reads the texts of all bots in a chat with rules.
func readText(content string) (body, visible string, opaque bool) {
	text, ok := textOf("text", content)
	switch {
	case !ok:
		return content, "", true
	case isFallbackText(text) && slices.Contains(fallbackTexts(), strings.ToLower(text)):
		return "", "", true
	}
	visible = oneLine(text)
	return content, visible, visible == "" || isFallbackText(text)
}

// kindOf is the kind of a message's sender; events use "bot" where the API uses "app".
func (o *Opener) kindOf(s wireSender) bot.Kind {
	switch s.Type {
	case "user":
		return bot.KindPerson
	case "bot", "app":
		self := o.self.Load()
		if s.ID.AppID == o.cfg.AppID || (self != nil && s.ID.OpenID == string(self.OpenID)) {
			return bot.KindOwn
		}
		return bot.KindBot
	default:
		return bot.KindUnknown
	}
}

func reacted(e *wireEvent) (any, string, error) {
	at, ok := parseTime(string(e.ActionTime))
	if e.MessageID == "" || e.Reaction.EmojiType == "" || !ok {
		return nil, "", invalid("a reaction without message, emoji or time")
	}
	body := bot.Reacted{Message: bot.MessageID(e.MessageID), Emoji: e.Reaction.EmojiType, At: at}
	if e.OperatorType == "user" {
		body.By = bot.UserID(e.UserID.OpenID)
	}
	return body, "", nil
}

func unreacted(e *wireEvent) (any, string, error) {
	body, dedupeID, err := reacted(e)
	if err != nil {
		return nil, "", err
	}
	r, _ := body.(bot.Reacted) // reacted returns no other type
	return bot.Unreacted(r), dedupeID, nil
}

func recalled(e *wireEvent) (any, string, error) {
	if e.MessageID == "" || e.ChatID == "" {
		return nil, "", invalid("a recall without message or chat")
	}
	return bot.Recalled{Message: bot.MessageID(e.MessageID), Chat: bot.ChatID(e.ChatID)}, "", nil
}

func chatUpdated(e *wireEvent) (any, string, error) {
	if e.ChatID == "" {
		return nil, "", invalid("a chat without id")
	}
	return bot.ChatUpdated{Chat: bot.ChatID(e.ChatID)}, "", nil
}

func chatLeft(e *wireEvent) (any, string, error) {
	if e.ChatID == "" {
		return nil, "", invalid("a chat without id")
	}
	return bot.ChatLeft{Chat: bot.ChatID(e.ChatID)}, "", nil
}

// revoked uses the header's time: the event itself has none.
func revoked(e *wireEvent) (any, string, error) {
	at, ok := parseTime(string(e.created))
	if e.OpenID == "" || !ok {
		return nil, "", invalid("a revoked token without user or time")
	}
	return bot.Revoked{Who: bot.UserID(e.OpenID), At: at}, "", nil
}
