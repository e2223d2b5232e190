package cli

import (
	"io"
	"os"

	"recallbot/app"
	"recallbot/bot"
)

// maxEvent is larger than any event, in bytes.
const maxEvent = 1 << 20

type simulateCmd struct {
	Event string `arg:"" help:"File with the event as the platform sent it, encrypted or not; - for standard input." type:"path"`
}

func (s simulateCmd) Run(r *run) error {
	config, err := r.load()
	if err != nil {
		return err
	}
	var file io.Reader = os.Stdin
	if s.Event != "-" {
		opened, err := os.Open(s.Event)
		if err != nil {
			return &Exit{CodeUsage, fileFault(s.Event, err)}
		}
		defer func() { _ = opened.Close() }()
		file = opened
	}
	text, err := io.ReadAll(io.LimitReader(file, maxEvent+1))
	if err != nil {
		return &Exit{CodeUsage, fileFault(s.Event, err)}
	}
	if len(text) > maxEvent {
		return bot.WrongSetting("", "%s is larger than %d bytes", s.Event, maxEvent)
	}
	return app.Simulate(r.ctx, config, text, r.out)
}
