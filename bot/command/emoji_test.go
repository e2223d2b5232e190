package command //nolint:testpackage // the list is not exported

import (
	"strings"
	"testing"

	"recallbot/bot"
)

// TestEmojiKeys: no two keys differ in case alone, and what is shown for a key parses to it.
func TestEmojiKeys(t *testing.T) {
	t.Parallel()
	seen, signs := map[string]bool{}, 0
	for _, key := range emojiKeys() {
		if seen[strings.ToLower(key)] {
			t.Errorf("%s differs from another key in case alone", key)
		}
		seen[strings.ToLower(key)] = true
		sign := bot.EmojiSign(key)
		if got, ok := emojiIn(sign); !ok || len(got) != 1 || got[0] != key {
			t.Errorf("%s is shown as %s, which is %v", key, sign, got)
		}
		if sign != key {
			signs++
		}
	}
	if signs < 70 {
		t.Errorf("only %d emoji have a sign", signs)
	}
}
