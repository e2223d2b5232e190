package bot

// Settings are what a chat's owner and managers have set there. The zero value is a chat where nothing was.
type Settings struct {
	// Moderators are people who may recall posts in this chat, besides those of the configuration.
	Moderators []UserID `json:"moderators,omitempty"`
	// Emoji are the reactions that recall, by the platform's keys; empty means those of the configuration.
	Emoji []string `json:"emoji,omitempty"`
	// Quorum is how many different people's reactions recall a bot's post without anybody's right; 0 is off.
	Quorum int `json:"quorum,omitempty"`
	// ConfirmFrom is from how many messages on a clean-up is confirmed first; 0 means DefaultConfirmFrom.
	ConfirmFrom int `json:"confirm_from,omitempty"`
	// ApproveFrom is from how many messages on a second person must approve; 0 is off.
	ApproveFrom int `json:"approve_from,omitempty"`
	// People lets messages that people wrote be recalled.
	People bool `json:"people,omitempty"`
	// Quiet keeps progress and results out of the chat: only the person who asked is told of failures.
	Quiet bool `json:"quiet,omitempty"`
	// Language of answers, "zh-CN" or "en"; empty means that of the configuration.
	Language string `json:"language,omitempty"`
	// Cascade takes a post of ours that answers a message away when that message is recalled.
	Cascade bool `json:"cascade,omitempty"`
	// Cleanup removes a job's card some seconds after all went well.
	Cleanup bool `json:"cleanup,omitempty"`
	// Lifetimes are how long our own posts stand in the chat.
	Lifetimes []Lifetime `json:"lifetimes,omitempty"`
}

// DefaultConfirmFrom is from how many messages on a clean-up is confirmed where nobody set it.
const DefaultConfirmFrom = 20

// ConfirmsFrom is the number that holds.
func (s Settings) ConfirmsFrom() int {
	if s.ConfirmFrom > 0 {
		return s.ConfirmFrom
	}
	return DefaultConfirmFrom
}
