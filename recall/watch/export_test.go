package watch

// HasPlaceholder is for tests.
func HasPlaceholder(text string) bool { return hasPlaceholder(text) }
