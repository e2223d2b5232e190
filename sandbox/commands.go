package sandbox

// Command is a shell command that the page shows for copying.
type Command struct {
	ZH   string `json:"zh"` // description
	EN   string `json:"en"`
	Text string `json:"text"`
}

// SetCommands sets the commands of the page.
func (f *Feishu) SetCommands(list []Command) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.commands = list
	f.notify()
}
