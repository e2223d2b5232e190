package sandbox

import (
	"fmt"
	"net/http"
	"slices"
	"strings"
)

// React adds an emoji to a message as a person.
func (f *Feishu) React(user, message, emoji string) error {
	return f.reactAs(user, message, emoji)
}

// ReactAsApp adds an emoji to a message as a bot; app "" is ours.
func (f *Feishu) ReactAsApp(app, message, emoji string) error {
	return f.reactAs(orElse(app, f.world.app.ID), message, emoji)
}

func (f *Feishu) reactAs(who, message, emoji string) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	m, ok := f.world.messages[message]
	if !ok || !f.world.chats[m.Chat].hasMember(who) {
		return fmt.Errorf("react: %q can't see %q", who, message)
	}
	_, err := f.addReaction(m, who, emoji)
	return err
}

// Unreact removes a person's emoji from a message.
func (f *Feishu) Unreact(user, message, emoji string) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	m, ok := f.world.messages[message]
	if !ok {
		return fmt.Errorf("unreact: no message %q", message)
	}
	i := slices.IndexFunc(m.Reactions, func(r Reaction) bool { return r.By == user && r.Emoji == emoji })
	if i < 0 {
		return fmt.Errorf("unreact: %q has no %s on %q", user, emoji, message)
	}
	f.dropReaction(m, i)
	return nil
}

// addReaction is idempotent: a repeated emoji is not added and sends no event.
func (f *Feishu) addReaction(m *Message, who, emoji string) (Reaction, error) {
	switch {
	case f.world.chats[m.Chat].Disbanded:
		return Reaction{}, refuse(codeDissolved, "")
	case m.Deleted:
		return Reaction{}, refuse(codeReactGone, "")
	case m.Type == "system":
		return Reaction{}, refuse(codeReactType, "")
	case !isEmoji(emoji):
		return Reaction{}, refuse(codeBadEmoji, "")
	}
	for _, r := range m.Reactions {
		if r.By == who && r.Emoji == emoji {
			return r, nil
		}
	}
	r := Reaction{ID: "ZCaCIjUBVVWSrm5L-" + f.ids.hex(12), Emoji: emoji, By: who, At: f.now()}
	m.Reactions = append(m.Reactions, r)
	f.emitReaction("im.message.reaction.created_v1", m, r)
	f.notify(m.Chat)
	return r, nil
}

// controlEmoji lists the emoji that can be added to a message.
func controlEmoji(w http.ResponseWriter, _ *http.Request) {
	writeJSON(w, http.StatusOK, map[string]any{"items": strings.Fields(emojiKeys)})
}

func (f *Feishu) dropReaction(m *Message, i int) {
	r := m.Reactions[i]
	m.Reactions = slices.Delete(m.Reactions, i, i+1)
	r.At = f.now()
	f.emitReaction("im.message.reaction.deleted_v1", m, r)
	f.notify(m.Chat)
}

// emojiKeys are the platform's usual emoji keys, which are case sensitive.
const emojiKeys = " OK THUMBSUP THANKS MUSCLE FINGERHEART APPLAUSE FISTBUMP JIAYI DONE SMILE BLUSH LAUGH SMIRK LOL " +
	"FACEPALM LOVE WINK PROUD WITTY SMART SCOWL THINKING SOB CRY ERROR NOSEPICK HAUGHTY SLAP SPITBLOOD TOASTED " +
	"GLANCE DULL INNOCENTSMILE JOYFUL WOW TRICK YEAH ENOUGH TEARS EMBARRASSED KISS SMOOCH DROOL OBSESSED MONEY " +
	"TEASE SHOWOFF COMFORT CLAP PRAISE STRIVE XBLUSH SILENT WAVE WHAT FROWN SHY DIZZY LOOKDOWN CHUCKLE WAIL " +
	"CRAZY WHIMPER HUG BLUBBER WRONGED HUSKY SHHH SMUG ANGRY HAMMER SHOCKED TERROR PETRIFIED SKULL SWEAT " +
	"SPEECHLESS SLEEP DROWSY YAWN SICK PUKE BETRAYED HEADSET EatingFood MeMeMe Sigh Typing Lemon Get LGTM " +
	"OnIt OneSecond VRHeadset YouAreTheBest SALUTE SHAKE HIGHFIVE UPPERLEFT ThumbsDown SLIGHT TONGUE EYESCLOSED " +
	"RoarForYou CALF BEAR BULL RAINBOWPUKE ROSE HEART PARTY LIPS BEER CAKE GIFT CUCUMBER Drumstick Pepper " +
	"CANDIEDHAWS BubbleTea Coffee Yes No OKR CheckMark CrossMark MinusOne Hundred AWESOMEN Pin Alarm Loudspeaker " +
	"Trophy Fire BOMB Music XmasTree Snowman XmasHat FIREWORKS 2022 REDPACKET FORTUNE LUCK FIRECRACKER " +
	"StickyRiceBalls HEARTBROKEN POOP StatusFlashOfInspiration 18X CLEAVER Soccer Basketball "

func isEmoji(key string) bool {
	return key != "" && !strings.Contains(key, " ") && strings.Contains(emojiKeys, " "+key+" ")
}
