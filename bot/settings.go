package bot

// Settings are a chat's settings. The zero value is the defaults.
type Settings struct {
	// Moderators may recall posts in this chat, besides those of the configuration.
	Moderators []UserID `json:"moderators,omitempty"`
	// Emoji are the keys of the reactions that recall; empty means those of the configuration.
	Emoji []string `json:"emoji,omitempty"`
	// Quorum is how many people's reactions recall a bot's post, whatever their rights; 0 is off.
	Quorum int `json:"quorum,omitempty"`
	// ConfirmFrom is the number of messages from which a clean-up is confirmed; 0 means DefaultConfirmFrom.
	ConfirmFrom int `json:"confirm_from,omitempty"`
	// ApproveFrom is the number of messages from which a second person must approve; 0 is off.
	ApproveFrom int `json:"approve_from,omitempty"`
	// People allows recalling people's messages.
	People bool `json:"people,omitempty"`
	// Quiet shows neither progress nor results in the chat. Failures are answered to the person who asked only.
	Quiet bool `json:"quiet,omitempty"`
	// Language of answers, "zh-CN" or "en"; empty means that of the configuration.
	Language string `json:"language,omitempty"`
	// Cascade recalls a post of ours that answers a message when that message is recalled.
	Cascade bool `json:"cascade,omitempty"`
	// Cleanup removes a job's card some seconds after success.
	Cleanup bool `json:"cleanup,omitempty"`
	// Lifetimes are those of our own posts in the chat.
	Lifetimes []Lifetime `json:"lifetimes,omitempty"`
	// Watch are the rules on bots' posts, Quarantines the bots whose posts are recalled as they appear.
	Watch       []WatchRule  `json:"watch,omitempty"`
	Quarantines []Quarantine `json:"quarantines,omitempty"`
	// Reports is set where moderators get a report about the bots every week.
	Reports bool `json:"reports,omitempty"`
}

// DefaultConfirmFrom is the default of Settings.ConfirmFrom.
const DefaultConfirmFrom = 20

// ConfirmsFrom is ConfirmFrom or its default.
func (s Settings) ConfirmsFrom() int {
	if s.ConfirmFrom > 0 {
		return s.ConfirmFrom
	}
	return DefaultConfirmFrom
}
