package command

import (
	"slices"
	"strings"

	"recallbot/bot"
)

// CheckEmoji checks the key of an emoji in the configuration: a wrong key would silently match no reaction.
func CheckEmoji(key string) error {
	known := emojiKeys()
	if slices.Contains(known, key) {
		return nil
	}
	if meant, ok := emojiIn(key); ok && len(meant) == 1 && !strings.EqualFold(meant[0], key) {
		return bot.WrongSetting("", "write %s instead of %q", meant[0], key)
	}
	if near := nearestEmoji(key); near != "" {
		return bot.WrongSetting("", "%q is not an emoji of Feishu; did you mean %s?", key, near)
	}
	return bot.WrongSetting("", "%q is not an emoji of Feishu", key)
}

// nearestEmoji is the key of an emoji that a wrong one resembles, or "".
func nearestEmoji(key string) string {
	known := emojiKeys()
	lower := make([]string, len(known))
	for i, other := range known {
		lower[i] = strings.ToLower(other)
	}
	const short = 4 // all short words are similar
	near := strings.ToLower(key)
	if len(key) > short {
		near = Nearest(key, lower)
	}
	if i := slices.Index(lower, near); i >= 0 {
		return known[i]
	}
	return ""
}

// emojiIn are the keys that a word means: a key, without regard to case and brackets, or signs beside each other.
func emojiIn(word string) (keys []string, ok bool) {
	word = strings.Trim(word, "[]")
	known := emojiKeys()
	if slices.Contains(known, word) {
		return []string{word}, true
	}
	if i := slices.IndexFunc(known, func(key string) bool { return strings.EqualFold(key, word) }); i >= 0 {
		return []string{known[i]}, true
	}
	for _, r := range bot.Typed(word) {
		if isSkin(r) {
			continue
		}
		key, ok := bot.EmojiKey(string(r))
		if !ok {
			return nil, false
		}
		keys = append(keys, key)
	}
	return keys, len(keys) > 0
}

// isSkin reports a modifier that gives the emoji before it a colour of skin.
func isSkin(r rune) bool { return r >= '\U0001F3FB' && r <= '\U0001F3FF' }

// emojiKeys are the documented emoji of reactions.
func emojiKeys() []string {
	return words("18X 2021 2022 ANGRY APPLAUSE ATTENTION AWESOME AWESOMEN Alarm BEAR BEER BETRAYED BIGKISS BLACKFACE BLUBBER " +
		"BLUSH BOMB BULL Basketball BubbleTea CAKE CALF CANDIEDHAWS CHUCKLE CLAP CLEAVER COMFORT CRAZY CRY CUCUMBER " +
		"CheckMark Coffee CrossMark DETERGENT DIZZY DONE DONNOTGO DROOL DROWSY DULL DULLSTARE Drumstick EATING " +
		"EMBARRASSED ENOUGH ERROR EYESCLOSED EatingFood FACEPALM FINGERHEART FIRECRACKER FIREWORKS FISTBUMP FOLLOWME " +
		"FORTUNE FROWN Fire GIFT GLANCE GOODJOB Get HAMMER HAUGHTY HEADSET HEART HEARTBROKEN HIGHFIVE HUG HUSKY " +
		"Hundred INNOCENTSMILE JIAYI JOYFUL KISS LAUGH LGTM LIPS LOL LOOKDOWN LOVE LUCK Lemon Loudspeaker MONEY " +
		"MUSCLE MeMeMe MinusOne Music NOSEPICK No OBSESSED OK OKR OnIt OneSecond PARTY PETRIFIED POOP PRAISE PROUD " +
		"PUKE Pepper Pin RAINBOWPUKE REDPACKET ROSE RoarForYou SALUTE SCOWL SHAKE SHHH SHOCKED SHOWOFF SHY SICK " +
		"SILENT SKULL SLAP SLEEP SLIGHT SMART SMILE SMIRK SMOOCH SMUG SOB SPEECHLESS SPITBLOOD STRIVE SWEAT Sigh " +
		"Snowman Soccer StatusFlashOfInspiration StickyRiceBalls TEARS TEASE TERROR THANKS THINKING THUMBSUP TOASTED " +
		"TONGUE TRICK ThumbsDown Trophy Typing UPPERLEFT VRHeadset WAIL WAVE WELLDONE WHAT WHIMPER WINK WITTY WOW " +
		"WRONGED XBLUSH XmasHat XmasTree YAWN YEAH Yes YouAreTheBest ")
}
