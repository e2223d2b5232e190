package bot

import (
	"slices"
	"strings"
)

// EmojiSign is the sign of an emoji, or its key where it has none.
func EmojiSign(key string) string {
	table := emojiSigns()
	if i := slices.Index(table, key); i > 0 {
		return table[i-1]
	}
	return key
}

// EmojiKey is the platform's key of a sign.
func EmojiKey(sign string) (key string, ok bool) {
	table := emojiSigns()
	if i := slices.Index(table, sign); i >= 0 && i%2 == 0 {
		return table[i+1], true
	}
	return "", false
}

// emojiSigns are signs, each followed by the platform's key. The first of a key is the one that is shown.
func emojiSigns() []string {
	return strings.Fields("❌ CrossMark ✖ CrossMark ✗ CrossMark ✘ CrossMark 🚫 No ⛔ No 👎 ThumbsDown 👍 THUMBSUP 💣 BOMB 🔥 Fire 💩 POOP " +
		"✅ DONE ✔ CheckMark ✓ CheckMark 👌 OK 🙏 THANKS 💪 MUSCLE 🫰 FINGERHEART 👏 APPLAUSE 👊 FISTBUMP 🤜 FISTBUMP 👋 WAVE " +
		"😄 SMILE 🙂 SMILE 😊 BLUSH 😆 LAUGH 😃 LAUGH 😏 SMIRK 🤣 LOL 🤦 FACEPALM 😍 LOVE 😉 WINK 🤔 THINKING 😭 SOB 😢 CRY " +
		"😮 WOW 😘 KISS 🤤 DROOL 🤑 MONEY 😜 TEASE 😎 SHOWOFF 🤐 SILENT 🙁 FROWN ☹ FROWN 😵 DIZZY 🤭 CHUCKLE 🤪 CRAZY 🤗 HUG " +
		"🤫 SHHH 😠 ANGRY 😡 ANGRY 🔨 HAMMER 😱 SHOCKED 💀 SKULL 😓 SWEAT 😴 SLEEP 🥱 YAWN 😷 SICK 🤮 PUKE 🎧 HEADSET 🫡 SALUTE " +
		"⏳ OneSecond 🍋 Lemon 😛 TONGUE 🐻 BEAR 🐂 BULL 🌹 ROSE ❤ HEART ♥ HEART 💔 HEARTBROKEN 🎉 PARTY 🥳 PARTY 👄 LIPS " +
		"🍺 BEER 🎂 CAKE 🎁 GIFT 🥒 CUCUMBER 🍗 Drumstick 🌶 Pepper 🧋 BubbleTea ☕ Coffee 💯 Hundred 📌 Pin ⏰ Alarm " +
		"📢 Loudspeaker 🏆 Trophy 🎵 Music 🎄 XmasTree ⛄ Snowman 🎆 FIREWORKS 🧨 FIRECRACKER 🧧 REDPACKET ⚽ Soccer 🏀 Basketball ")
}
