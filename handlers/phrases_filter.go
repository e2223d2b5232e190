package handlers

// filterPhrases are the sentences of the mistakes in a filter, each with the word at fault.
func filterPhrases() map[phrase]sentence {
	return map[phrase]sentence{}
}
