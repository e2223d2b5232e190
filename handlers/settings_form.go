package handlers

import (
	"context"
	"slices"
	"time"

	"recallbot/bot"
	"recallbot/bot/command"
	"recallbot/handlers/text"
	"recallbot/recall"
)

// formLife is how long the form of the settings can be used.
const formLife = time.Hour

// formState is what is stored for a form under its key. A press is trusted for its key alone, and the key proves only that a
// person could see the form.
type formState struct {
	key  string
	Chat bot.ChatID `json:"chat"`
	// Who got the form; in a group all who may manage it may use the form.
	Who  bot.UserID    `json:"who"`
	P2P  bool          `json:"p2p,omitempty"`
	Lang text.Language `json:"lang,omitempty"`
	// Was are the settings that the form showed: a field that the person left alone changes nothing.
	Was bot.Settings `json:"was"`
}

func formKey(key string) string { return stateKey("settings", key) }

func formCardKey(key string) string { return "settings_card/" + key }

// newForm makes the form's key: the same for each run of the same work.
func (s *ChatSettings) newForm(ctx context.Context, to recipient, said bot.Said, set bot.Settings) (formState, error) {
	key, o, err := newState(
		ctx, s.Once, "settings", to.work, formState{Chat: said.Message.Chat, Who: said.By, P2P: said.P2P, Lang: to.lang, Was: set}, formLife)
	o.key = key
	return o, err
}

// remember stores where the form is shown, so that its fields can be removed once they are used.
func (s *ChatSettings) remember(ctx context.Context, o formState, ref bot.CardRef) error {
	_, err := keepState(ctx, s.Once, formCardKey(o.key), ref, formLife)
	return err
}

// formOf gives the form of a key; false if there is none, or no longer.
func (s *ChatSettings) formOf(ctx context.Context, key string) (o formState, ok bool, err error) {
	if key == "" {
		return o, false, nil
	}
	o, ok, err = keptState[formState](ctx, s.Once, formKey(key))
	o.key = key
	return o, ok, err
}

func (s *ChatSettings) wantPress(body bot.Pressed) bool {
	return body.By != "" && body.Press.Action == bot.ActSettings
}

// press saves the values of the fields. The person who pressed must have the right now; a form saves once.
func (s *ChatSettings) press(ctx context.Context, d bot.Delivery, body bot.Pressed) error {
	o, ok, err := s.formOf(ctx, body.Press.Key)
	if err != nil {
		return err
	}
	to := s.Answers.presser(ctx, d, body)
	to.p2p, to.noWhisper = ok && o.P2P, ok && body.Chat != o.Chat
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
	manages, err := s.Rights.Manage(ctx, body.By, o.Chat, o.P2P)
	if err != nil {
		return err
	}
	if !manages.Allow {
		_, err := s.change(ctx, to, req) // which refuses and records it
		return err
	}
	return s.save(ctx, to, req, o, body.Form)
}

func keepSettings(set bot.Settings) (bot.Settings, error) { return set, nil }

// save saves the fields that the person changed. The form can be used again until it has saved.
func (s *ChatSettings) save(
	ctx context.Context, to recipient, req recall.SettingRequest, o formState, form map[string][]string,
) error {
	changes, err := command.ParseSettings(s.changedFields(o, form))
	if err != nil {
		return s.unsaved(ctx, to, err)
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
	used, err := s.Once.Keep(ctx, formKey(o.key)+"/used", string(to.work), formLife)
	if err != nil {
		return err
	}
	if used != string(to.work) {
		return s.Answers.refuse(ctx, to, bot.ReasonStale)
	}
	if done, err := s.change(ctx, to, req); err != nil || !done {
		return err
	}
	s.close(ctx, to, o)
	return nil
}

// changedFields are the fields of the form that do not have the value any more that the card showed.
func (s *ChatSettings) changedFields(o formState, form map[string][]string) map[string][]string {
	changed := map[string][]string{}
	for _, field := range s.Answers.locale(o.Lang).SettingFields(s.view(o.Was, o.P2P)) {
		values, ok := form[field.Name]
		was := field.Values
		if !field.Many {
			was = []string{field.Value}
		}
		if ok && !slices.Equal(slices.Sorted(slices.Values(values)), slices.Sorted(slices.Values(was))) {
			changed[field.Name] = values
		}
	}
	return changed
}

// unsaved answers all that is wrong with the fields.
func (s *ChatSettings) unsaved(ctx context.Context, to recipient, err error) error {
	said, ok := to.lang.Setting(err)
	if !ok {
		return err
	}
	return s.Answers.tell(ctx, to, said+"\n"+s.Answers.say(to, text.SettingsUnsaved))
}

// close removes the fields from the card. A failure is logged: the fields have no effect any more.
func (s *ChatSettings) close(ctx context.Context, to recipient, o formState) {
	ref, ok, err := keptState[bot.CardRef](ctx, s.Once, formCardKey(o.key))
	if err != nil || !ok {
		return
	}
	if ref.Private {
		err = s.Cards.DropWhisper(ctx, ref)
	} else {
		var set bot.Settings
		if set, err = s.Settings.Settings(ctx, o.Chat); err == nil {
			err = s.Cards.EditCard(ctx, ref, s.Answers.locale(to.lang).SettingsSaved(s.view(set, o.P2P)))
		}
	}
	if err != nil {
		s.Answers.Log.InfoContext(ctx, "settings card not updated", "message_id", string(ref.ID), "error", err)
	}
}
