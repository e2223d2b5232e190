package cli

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
	"strings"

	"recallbot/client"
)

// Terminal is where a command talks to a person or a program.
type Terminal struct {
	Bot *client.Client
	// Out takes results, Side what is said meanwhile, In gives answers to questions.
	Out, Side io.Writer
	In        io.Reader
	// Person is set where a person reads Side and answers In.
	Person bool
	// JSON makes results JSON.
	JSON bool
}

// asks puts a question to a person, who has to say yes.
func (t *Terminal) asks(question string) bool {
	fmt.Fprintf(t.Side, "%s [y/N] ", question)
	answer, _ := bufio.NewReader(t.In).ReadString('\n')
	switch strings.ToLower(strings.TrimSpace(answer)) {
	case "y", "yes", "j", "是":
		return true
	default:
		return false
	}
}

func (t *Terminal) json(v any) error {
	encoder := json.NewEncoder(t.Out)
	encoder.SetEscapeHTML(false)
	return encoder.Encode(v)
}

// printLines prints a list as JSON lines.
func printLines[T any](t *Terminal, list []T) error {
	for _, item := range list {
		if err := t.json(item); err != nil {
			return err
		}
	}
	return nil
}
