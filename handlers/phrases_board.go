package handlers

// boardPhrases are the sentences of the cards of jobs: preview, approval, progress, result.
func boardPhrases() map[phrase]sentence {
	return map[phrase]sentence{}
}
