package scenarios_test

import (
	"bytes"
	"encoding/json"
	"regexp"
	"strings"
	"sync"
	"testing"
)

// logs is a bot's log at the level debug.
type logs struct {
	mu    sync.Mutex
	text  bytes.Buffer
	rest  []byte
	watch func(record map[string]any) // called with each complete line; may be nil
}

// Write appends to the log.
func (l *logs) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.text.Write(p)
	if l.watch == nil {
		return len(p), nil
	}
	l.rest = append(l.rest, p...)
	for {
		line, rest, complete := bytes.Cut(l.rest, []byte("\n"))
		if !complete {
			return len(p), nil
		}
		l.rest = rest
		var record map[string]any
		if json.Unmarshal(line, &record) == nil {
			l.watch(record)
		}
	}
}

// String returns the whole log.
func (l *logs) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.String()
}

// tokens matches the sandbox's tokens of our app and of people, and personal links.
func tokens() *regexp.Regexp {
	return regexp.MustCompile(`\bt-[0-9a-f]{40}|eyJ[0-9a-f]{40}|[?&]state=`)
}

// wantNoSecrets checks that the log holds none of the secrets, no token, and no text of a person.
func (l *logs) wantNoSecrets(tb testing.TB, secrets, words []string) {
	tb.Helper()
	text := l.String()
	for _, secret := range secrets {
		if secret != "" && strings.Contains(text, secret) {
			tb.Errorf("the log holds the secret %q", secret)
		}
	}
	if token := tokens().FindString(text); token != "" {
		tb.Errorf("the log holds the token %s", token)
	}
	for _, said := range words {
		if isCanary(said) && strings.Contains(text, said) {
			tb.Errorf("the log holds a message text: %q", said)
		}
	}
}

// isCanary reports whether a text can only get into a log from a message.
func isCanary(said string) bool {
	return len(said) >= 8 && !strings.HasPrefix(said, "/recall") || strings.Contains(said, " -- ")
}

// filterTexts are the texts that a command looks for. They are of messages, and no log may have them.
func filterTexts(text string) []string {
	var texts []string
	for _, found := range regexp.MustCompile(`--(?:match|regex)[ =]"([^"]+)"`).FindAllStringSubmatch(text, -1) {
		texts = append(texts, found[1])
	}
	return texts
}
