package bot

// Abbreviate cuts a text to limit characters, followed by "…" if anything was removed.
func Abbreviate(text string, limit int) string {
	if kept := Clip(text, limit); kept != text {
		return kept + "…"
	}
	return text
}

// Clip cuts a text to limit characters.
func Clip(text string, limit int) string {
	if len(text) <= limit {
		return text
	}
	if runes := []rune(text); len(runes) > limit {
		return string(runes[:limit])
	}
	return text
}
