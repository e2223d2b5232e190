package feishu

import (
	"context"
	"encoding/json"
	"net/http"

	larkcore "github.com/larksuite/oapi-sdk-go/v3/core"
	larkim "github.com/larksuite/oapi-sdk-go/v3/service/im/v1"

	"recallbot/bot"
)

// typeCard is the platform's msg_type of cards.
const typeCard = "interactive"

// WhisperCard is Whisper for a card with buttons. The card can be deleted but not edited.
func (c *Client) WhisperCard(ctx context.Context, chat bot.ChatID, user bot.UserID, shown bot.Card) (bot.CardRef, error) {
	id, err := c.whisper(ctx, chat, user, draw(shown))
	if err != nil {
		return bot.CardRef{}, err
	}
	return bot.CardRef{ID: id, Chat: chat, Private: true, Edited: c.cfg.now()}, nil
}

// DropWhisper deletes a card that one person sees. A card that is gone already is no error.
func (c *Client) DropWhisper(ctx context.Context, ref bot.CardRef) error {
	if ref.ID == "" {
		return nil
	}
	var body struct {
		larkcore.CodeError
	}
	req := &larkcore.ApiReq{
		HttpMethod: http.MethodPost,
		ApiPath:    "/open-apis/ephemeral/v1/delete",
		Body: struct {
			ID string `json:"message_id"`
		}{string(ref.ID)},
	}
	_, err := c.raw(ctx, "ephemeral.delete", "delete the card "+string(ref.ID), req, &body, &body.CodeError)
	if err != nil && bot.KindOf(err) != bot.NotFound {
		return err
	}
	return nil
}

// TellCard is Tell for a card.
func (c *Client) TellCard(ctx context.Context, user bot.UserID, shown bot.Card, key string) (bot.CardRef, error) {
	return c.ref(c.answer(ctx, user, typeCard, CardContent(shown), key))
}

// PostCard shows a card to all of a chat, and reports it as an answer to a person; with the same key once within an hour.
func (c *Client) PostCard(
	ctx context.Context, at bot.Place, to bot.UserID, shown bot.Card, key string,
) (bot.CardRef, error) {
	if at.Message != "" {
		return c.ref(c.reply(ctx, at.Message, to, typeCard, CardContent(shown), key))
	}
	op := "show a card in " + string(at.Chat)
	if err := checkID(op, at.Chat); err != nil {
		return bot.CardRef{}, err
	}
	data, err := c.create(ctx, op, bot.Outgoing{Chat: at.Chat, Type: typeCard, Body: CardContent(shown), Key: key})
	if err == nil {
		c.reportAnswer(ctx, data, to)
	}
	return c.ref(data, err)
}

// EditCard replaces a card that we sent (PATCH im/v1/messages/:message_id), without a notification. NotFound means
// that it is gone, Expired that it is older than 14 days. While a button press on it is unanswered, the platform
// restores the old card.
func (c *Client) EditCard(ctx context.Context, ref bot.CardRef, shown bot.Card) error {
	op := "edit the card " + string(ref.ID)
	if err := checkID(op, ref.ID); err != nil {
		return err
	}
	req := larkim.NewPatchMessageReqBuilder().MessageId(string(ref.ID)).
		Body(larkim.NewPatchMessageReqBodyBuilder().Content(CardContent(shown)).Build()).Build()
	return c.call(ctx, request{
		api: "message.patch", limitKey: bot.LimitEdits + string(ref.ID), op: op,
		do: func(ctx context.Context, token larkcore.RequestOptionFunc) (response, error) {
			resp, err := c.im.Message.Patch(ctx, req, token)
			if err != nil {
				return response{}, err
			}
			return response{resp.ApiResp, resp.CodeError}, nil
		},
	})
}

// ref identifies a card that was sent.
func (c *Client) ref(data larkim.CreateMessageRespData, err error) (bot.CardRef, error) {
	if err != nil {
		return bot.CardRef{}, err
	}
	return bot.CardRef{
		ID: bot.MessageID(value(data.MessageId)), Chat: bot.ChatID(value(data.ChatId)), Edited: c.cfg.now(),
	}, nil
}

// CardContent is the card as JSON in the platform's format.
func CardContent(shown bot.Card) string {
	content, _ := json.Marshal(draw(shown)) // strings and numbers always marshal
	return string(content)
}
