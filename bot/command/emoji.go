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

// emojiIn are the keys that a word stands for: a key, without regard to case and brackets, or signs beside each other.
func emojiIn(word string) (keys []string, ok bool) {
	word = strings.Trim(word, "[]")
	known := emojiKeys()
	if slices.Contains(known, word) {
		return []string{word}, true
	}
	if i := slices.IndexFunc(known, func(key string) bool { return strings.EqualFold(key, word) }); i >= 0 {
		return []string{known[i]}, true
	}
	table := emojiSigns()
	for _, r := range bot.Typed(word) {
		i := slices.Index(table, string(r))
		switch {
		case isSkin(r):
		case i < 0:
			return nil, false
		default:
			keys = append(keys, table[i+1])
		}
	}
	return keys, len(keys) > 0
}

// isSkin reports a modifier that gives the emoji before it a colour of skin.
func isSkin(r rune) bool { return r >= '\U0001F3FB' && r <= '\U0001F3FF' }

// EmojiSign is the sign of an emoji, or its key where it has none.
func EmojiSign(key string) string {
	table := emojiSigns()
	if i := slices.Index(table, key); i > 0 {
		return table[i-1]
	}
	return key
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

// emojiSigns are signs, each followed by the platform's key. The first of a key is the one that is shown.
func emojiSigns() []string {
	return words("❌ CrossMark ✖ CrossMark ✗ CrossMark ✘ CrossMark 🚫 No ⛔ No 👎 ThumbsDown 👍 THUMBSUP 💣 BOMB 🔥 Fire 💩 POOP " +
		"✅ DONE ✔ CheckMark ✓ CheckMark 👌 OK 🙏 THANKS 💪 MUSCLE 🫰 FINGERHEART 👏 APPLAUSE 👊 FISTBUMP 🤜 FISTBUMP 👋 WAVE " +
		"😄 SMILE 🙂 SMILE 😊 BLUSH 😆 LAUGH 😃 LAUGH 😏 SMIRK 🤣 LOL 🤦 FACEPALM 😍 LOVE 😉 WINK 🤔 THINKING 😭 SOB 😢 CRY " +
		"😮 WOW 😘 KISS 🤤 DROOL 🤑 MONEY 😜 TEASE 😎 SHOWOFF 🤐 SILENT 🙁 FROWN ☹ FROWN 😵 DIZZY 🤭 CHUCKLE 🤪 CRAZY 🤗 HUG " +
		"🤫 SHHH 😠 ANGRY 😡 ANGRY 🔨 HAMMER 😱 SHOCKED 💀 SKULL 😓 SWEAT 😴 SLEEP 🥱 YAWN 😷 SICK 🤮 PUKE 🎧 HEADSET 🫡 SALUTE " +
		"⏳ OneSecond 🍋 Lemon 😛 TONGUE 🐻 BEAR 🐂 BULL 🌹 ROSE ❤ HEART ♥ HEART 💔 HEARTBROKEN 🎉 PARTY 🥳 PARTY 👄 LIPS " +
		"🍺 BEER 🎂 CAKE 🎁 GIFT 🥒 CUCUMBER 🍗 Drumstick 🌶 Pepper 🧋 BubbleTea ☕ Coffee 💯 Hundred 📌 Pin ⏰ Alarm " +
		"📢 Loudspeaker 🏆 Trophy 🎵 Music 🎄 XmasTree ⛄ Snowman 🎆 FIREWORKS 🧨 FIRECRACKER 🧧 REDPACKET ⚽ Soccer 🏀 Basketball ")
}
