package command

import (
	"slices"
	"strings"

	"recallbot/bot"
)

// CheckEmoji checks the key of an emoji in the configuration: a wrong key would silently match no reaction. Keys in the
// settings of chats are not checked, since clients have newer emoji than the documented list.
func CheckEmoji(key string) error {
	known := emojiKeys()
	if slices.Contains(known, key) {
		return nil
	}
	if meant := emojiKey(key); meant != key && slices.Contains(known, meant) {
		return bot.WrongSetting("", "write %s instead of %q", meant, key)
	}
	lower := make([]string, len(known))
	for i, other := range known {
		lower[i] = strings.ToLower(other)
	}
	const short = 4 // all short words are similar
	near := strings.ToLower(key)
	if len(key) > short {
		near = Nearest(key, lower)
	}
	if slices.Contains(lower, near) {
		return bot.WrongSetting("", "%q is not an emoji of Feishu; did you mean %s?", key, known[slices.Index(lower, near)])
	}
	return bot.WrongSetting("", "%q is not an emoji of Feishu", key)
}

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

// emojiKey is the platform's key of an emoji; other words are returned as they are.
func emojiKey(sign string) string {
	switch strings.Trim(sign, "[]") {
	case "❌", "✖", "✗":
		return "CrossMark"
	case "🚫", "⛔":
		return "No"
	case "👎":
		return "ThumbsDown"
	case "💣":
		return "BOMB"
	case "🔥":
		return "Fire"
	case "💩":
		return "POOP"
	default:
		return strings.Trim(sign, "[]")
	}
}
