package cli

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
	"strings"

	"recallbot/client"
)

// Terminal is the input and output of a command over the API.
type Terminal struct {
	Bot *client.Client
	// Out takes results, ErrOut questions and progress; In gives the answers.
	Out, ErrOut io.Writer
	In          io.Reader
	// Interactive is set if ErrOut and In are a terminal.
	Interactive bool
	// JSON prints results as JSON.
	JSON bool
}

// askYes asks a question and reports whether the answer is yes.
func (t *Terminal) askYes(question string) bool {
	fmt.Fprintf(t.ErrOut, "%s [y/N] ", question)
	answer, _ := bufio.NewReader(t.In).ReadString('\n')
	switch strings.ToLower(strings.TrimSpace(answer)) {
	case "y", "yes", "j", "是":
		return true
	default:
		return false
	}
}

func (t *Terminal) printJSON(v any) error {
	encoder := json.NewEncoder(t.Out)
	encoder.SetEscapeHTML(false)
	return encoder.Encode(v)
}

// printJSONLines prints a list as JSON lines.
func printJSONLines[T any](t *Terminal, list []T) error {
	for _, item := range list {
		if err := t.printJSON(item); err != nil {
			return err
		}
	}
	return nil
}
