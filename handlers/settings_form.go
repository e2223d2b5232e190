package handlers

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"time"

	"recallbot/bot"
	"recallbot/bot/command"
	"recallbot/handlers/card"
	"recallbot/handlers/text"
	"recallbot/recall"
)

// offerFor is how long the card of the settings can be used.
const offerFor = time.Hour

// offer is what a card's key stands for. The key is the only thing in a press that is looked at, and tells no more than
// that somebody could see the card.
type offer struct {
	key  string
	Chat bot.ChatID `json:"chat"`
	// Who was shown the card; in a group whoever may manage it may use the card.
	Who  bot.UserID    `json:"who"`
	P2P  bool          `json:"p2p,omitempty"`
	Lang text.Language `json:"lang,omitempty"`
}

func offerKey(key string) string { return "settings/" + key }

func offerCardKey(key string) string { return "settings_card/" + key }

// offer makes the card's key: the same for each run of the same work.
func (s *ChatSettings) offer(ctx context.Context, to recipient, said bot.Said) (offer, error) {
	o := offer{Chat: said.Message.Chat, Who: said.By, P2P: said.P2P, Lang: to.lang}
	key, err := s.Once.Keep(ctx, "settings_key/"+string(to.work), rand.Text(), offerFor)
	if err != nil {
		return o, err
	}
	data, err := json.Marshal(o)
	if err != nil {
		return o, bot.Errorf(bot.Internal, "encode the offer of a settings card: %w", err)
	}
	_, err = s.Once.Keep(ctx, offerKey(key), string(data), offerFor)
	o.key = key
	return o, err
}

// remember keeps where the card is shown, to take away its fields once they are used. That it could not be kept costs no
// more than a card that does nothing any more.
func (s *ChatSettings) remember(ctx context.Context, o offer, ref bot.CardRef) error {
	data, err := json.Marshal(ref)
	if err != nil {
		return bot.Errorf(bot.Internal, "encode where a settings card is: %w", err)
	}
	_, err = s.Once.Keep(ctx, offerCardKey(o.key), string(data), offerFor)
	return err
}

// offered gives what a key stands for; false where it stands for nothing, or no longer.
func (s *ChatSettings) offered(ctx context.Context, key string) (o offer, ok bool, err error) {
	if key == "" {
		return o, false, nil
	}
	kept, err := s.Once.Kept(ctx, offerKey(key))
	if err != nil || kept == "" {
		return o, false, err
	}
	err = json.Unmarshal([]byte(kept), &o)
	o.key = key
	return o, err == nil, err
}

func (s *ChatSettings) wantPress(body bot.Pressed) bool {
	return body.By != "" && body.Press.Action == bot.ActSettings
}

// press saves what the card's fields hold. Who pressed must have the right now; a card saves once.
func (s *ChatSettings) press(ctx context.Context, d bot.Delivery, body bot.Pressed) error {
	o, ok, err := s.offered(ctx, body.Press.Key)
	if err != nil {
		return err
	}
	to := recipient{work: d.Event.ID, person: body.By, chat: body.Chat, noWhisper: ok && (o.P2P || body.Chat != o.Chat)}
	to.lang = s.Answers.language(ctx, o.Chat, o.Lang)
	switch {
	case !ok:
		return s.Answers.refuse(ctx, to, bot.ReasonStale)
	case o.P2P && body.By != o.Who:
		return s.Answers.refuse(ctx, to, bot.ReasonNotYours)
	}
	req := recall.SettingRequest{
		CauseID: d.Event.ID, Via: bot.ViaButton, Who: body.By, Asked: body.At, Chat: o.Chat, P2P: o.P2P, Change: keepSettings,
	}
	manages, err := s.Changer.Manage(ctx, body.By, o.Chat, o.P2P)
	if err != nil {
		return err
	}
	if !manages.Allow {
		return s.change(ctx, to, req) // is refused, and recorded as that
	}
	return s.save(ctx, to, req, o, body.Form)
}

func keepSettings(set bot.Settings) (bot.Settings, error) { return set, nil }

func (s *ChatSettings) save(
	ctx context.Context, to recipient, req recall.SettingRequest, o offer, form map[string][]string,
) error {
	changes, err := command.ParseSettings(form)
	if err != nil {
		return s.fault(ctx, to, err)
	}
	req.Change = func(set bot.Settings) (bot.Settings, error) {
		for _, change := range changes {
			var err error
			if set, err = change.Apply(set); err != nil {
				return set, err
			}
		}
		return set, nil
	}
	used, err := s.Once.Keep(ctx, offerKey(o.key)+"/used", string(to.work), offerFor)
	if err != nil {
		return err
	}
	if used != string(to.work) {
		return s.Answers.refuse(ctx, to, bot.ReasonStale)
	}
	if err := s.change(ctx, to, req); err != nil {
		return err
	}
	s.close(ctx, to, o)
	return nil
}

// close takes the fields off the card. It is no more than tidiness: they do nothing any more.
func (s *ChatSettings) close(ctx context.Context, to recipient, o offer) {
	kept, err := s.Once.Kept(ctx, offerCardKey(o.key))
	var ref bot.CardRef
	if err != nil || kept == "" || json.Unmarshal([]byte(kept), &ref) != nil {
		return
	}
	if ref.Private {
		err = s.Cards.DropWhisper(ctx, ref)
	} else {
		var set bot.Settings
		if set, err = s.Settings.Settings(ctx, o.Chat); err == nil {
			err = s.Cards.EditCard(ctx, ref, card.Settings(to.lang, set, s.Emoji, text.SettingsHint))
		}
	}
	if err != nil {
		s.Answers.Log.InfoContext(ctx, "settings card stays as it was", "message_id", string(ref.ID), "error", err)
	}
}
