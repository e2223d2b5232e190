package handlers

// undoPhrases are the sentences of undoing, and batch sends.
func undoPhrases() map[phrase]sentence {
	return map[phrase]sentence{}
}
