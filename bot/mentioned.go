package bot

// Mentioned is a person or a bot that a command mentions.
type Mentioned struct {
	// Key is the placeholder in the text.
	Key string `json:"key"`
	// ID is the open_id, of a bot too.
	ID UserID `json:"id"`
	// Bot is set for bots, Self for our own.
	Bot  bool   `json:"bot,omitempty"`
	Self bool   `json:"self,omitempty"`
	Name string `json:"name,omitempty"`
}
