package command //nolint:testpackage // the lists are not exported

import (
	"slices"
	"strings"
	"testing"
	"unicode/utf8"
)

// TestEmojiSigns: each sign is one character and stands for an emoji of the platform, and no two keys differ in case alone.
func TestEmojiSigns(t *testing.T) {
	t.Parallel()
	table := emojiSigns()
	for i := 0; i < len(table); i += 2 {
		if utf8.RuneCountInString(table[i]) != 1 || slices.Index(table, table[i]) != i {
			t.Errorf("%q is no sign, or is there twice", table[i])
		}
		if !slices.Contains(emojiKeys(), table[i+1]) {
			t.Errorf("%s stands for %q, which is no emoji", table[i], table[i+1])
		}
	}
	seen := map[string]bool{}
	for _, key := range emojiKeys() {
		if seen[strings.ToLower(key)] {
			t.Errorf("%s differs from another key in case alone", key)
		}
		seen[strings.ToLower(key)] = true
	}
}
