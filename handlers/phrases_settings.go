package handlers

// settingsPhrases are the sentences of the settings of a chat.
func settingsPhrases() map[phrase]sentence {
	return map[phrase]sentence{}
}
