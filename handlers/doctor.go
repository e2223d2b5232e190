package handlers

import (
	"context"
	"slices"
	"strings"

	"recallbot/bot"
	"recallbot/handlers/card"
	"recallbot/handlers/text"
	"recallbot/recall/policy"
)

// Doctor is /recall doctor: what the bot may do in this chat, and what to fix first. A button shows all checks.
type Doctor struct {
	Answers *Answers
	// MayBatch allows moderators of all chats: they are the operators, who see the findings about the whole set-up too.
	MayBatch func(who bot.UserID, via bot.Via) policy.Decision
	// Check checks a chat and the bot's set-up.
	Check func(ctx context.Context, chat bot.ChatID) []bot.Finding
	// Site is the app in the developer console.
	Site text.Site
}

// Handlers implements Behaviour.
func (h *Doctor) Handlers() []bot.Handler {
	wantDetails := func(body bot.Pressed) bool { return body.By != "" && body.Press.Action == bot.ActDoctor }
	return []bot.Handler{
		h.Answers.command(bot.VerbDoctor, h.examine),
		h.Answers.commanded("doctor_press", wantDetails, bot.VerbDoctor, h.details),
	}
}

func (h *Doctor) examine(ctx context.Context, d bot.Delivery, said bot.Said) error {
	return h.show(ctx, d, said, card.Locale.Checkup)
}

func (h *Doctor) details(ctx context.Context, d bot.Delivery, said bot.Said) error {
	return h.show(ctx, d, said, card.Locale.CheckupDetails)
}

// show checks, and shows the result to a person who may recall in the chat.
func (h *Doctor) show(ctx context.Context, d bot.Delivery, said bot.Said, draw func(card.Locale, card.Checkup) bot.Card) error {
	to := h.Answers.recipient(ctx, d, said)
	if ok, err := h.Answers.allows(ctx, to, said); !ok {
		return err
	}
	chat, err := h.Answers.Chat(ctx, to.chat, chatNameAge)
	if err != nil {
		h.Answers.Log.InfoContext(ctx, "chat owner unknown", "chat_id", string(to.chat), "error", err)
	}
	view := card.Checkup{
		Operator: h.MayBatch(said.By, bot.ViaReply).Allow, NoGrant: !h.Answers.MayGrant, Site: h.Site,
		Details: bot.Press{Action: bot.ActDoctor, Chat: to.chat, Chinese: to.lang == text.Chinese},
	}
	for _, f := range h.Check(ctx, to.chat) {
		if view.Operator || concerns(f.Name, said.P2P, said.P2P || chat.Owner == said.By) {
			view.Found = append(view.Found, f)
		}
	}
	_, err = h.Answers.show(ctx, to, draw(h.Answers.locale(to.lang), view))
	return err
}

// concerns reports whether a finding is about chats of this kind, and about a person who does or does not own one.
func concerns(name string, p2p, owns bool) bool {
	switch {
	case name == "scope_owner" || name == "redirect":
		return owns
	case p2p:
		return name != "scope_chat" && !strings.HasPrefix(name, "scope_group")
	default:
		return !slices.Contains([]string{"scope_p2p", "rank_p2p"}, name)
	}
}
