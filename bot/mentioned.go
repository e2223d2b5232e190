package bot

// Mentioned is somebody who is mentioned in a command.
type Mentioned struct {
	// Key is the word that stands for them in the text.
	Key string `json:"key"`
	// ID is the open_id, of a bot too.
	ID UserID `json:"id"`
	// Bot is set for bots, Self for our own; Name is what they are called.
	Bot  bool   `json:"bot,omitempty"`
	Self bool   `json:"self,omitempty"`
	Name string `json:"name,omitempty"`
}
