package sandbox

// Command is a line for a shell that the page offers to copy: what to try from outside the chat.
type Command struct {
	ZH   string `json:"zh"` // what it does
	EN   string `json:"en"`
	Text string `json:"text"`
}

// SetCommands has the page offer these, in their order.
func (f *Feishu) SetCommands(list []Command) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.commands = list
	f.notify()
}
