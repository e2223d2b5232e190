package sandbox_test

import (
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"recallbot/sandbox"
)

func readDocs(t *testing.T) string {
	t.Helper()
	text, err := os.ReadFile(filepath.Join("..", "docs", "sandbox.md"))
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// TestDocumentedCommandsRun runs the shell commands of docs/sandbox.md in order.
func TestDocumentedCommandsRun(t *testing.T) {
	t.Parallel()
	s := open(t, sandbox.Config{})
	var script strings.Builder
	script.WriteString("set -euo pipefail\n")
	for _, block := range regexp.MustCompile("(?s)```sh\n(.*?)```").FindAllStringSubmatch(readDocs(t), -1) {
		script.WriteString(strings.ReplaceAll(block[1], "http://127.0.0.1:8090", s.url) + "echo\n")
	}
	out, err := exec.CommandContext(t.Context(), "bash", "-c", script.String()).CombinedOutput()
	if err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	groups := s.Groups()
	chat, _ := s.Chat(groups[len(groups)-1])
	said := s.Messages(chat.ID)
	if chat.Name != "Lunch" || len(chat.BotManagers) != 1 || len(said) != 2 || len(said[0].Reactions) != 1 || len(said[0].Reads) != 1 || !said[1].Deleted {
		t.Errorf("the chat is %+v, and in it was said %+v", chat, said)
	}
}

// TestOrdersAreDocumented compares the table of docs/sandbox.md with the orders.
func TestOrdersAreDocumented(t *testing.T) {
	t.Parallel()
	s := open(t, sandbox.Config{})
	var index struct {
		Orders []struct {
			Order        string
			Needs, Takes []string
		}
	}
	s.must(json.Unmarshal(s.send("", "GET", "/sandbox/v1/", nil).text, &index))
	docs, words := readDocs(t), regexp.MustCompile("`([a-z_]+)`")
	names := func(text string) (out []string) {
		for _, m := range words.FindAllStringSubmatch(text, -1) {
			out = append(out, m[1])
		}
		return out
	}
	for _, o := range index.Orders {
		row := regexp.MustCompile("(?m)^\\| `" + o.Order + "` \\| ([^|]*) \\|").FindStringSubmatch(docs)
		if row == nil {
			t.Errorf("%s is not in docs/sandbox.md", o.Order)
			continue
		}
		needs, takes, _ := strings.Cut(row[1], ";")
		if !slices.Equal(names(needs), o.Needs) || !slices.Equal(names(takes), o.Takes) {
			t.Errorf("docs/sandbox.md: %s %s\nneeds %v, takes %v", o.Order, row[1], o.Needs, o.Takes)
		}
	}
	if rows := regexp.MustCompile("(?m)^\\| `[a-z_]+` \\| [`;]").FindAllString(docs, -1); len(rows) != len(index.Orders) {
		t.Errorf("docs/sandbox.md has %d orders, there are %d", len(rows), len(index.Orders))
	}
}
