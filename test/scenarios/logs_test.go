package scenarios_test

import (
	"bytes"
	"encoding/json"
	"regexp"
	"strings"
	"sync"
	"testing"
)

// logs is all that a bot says about itself, line by line, at the level debug.
type logs struct {
	mu    sync.Mutex
	text  bytes.Buffer
	rest  []byte
	watch func(record map[string]any) // told of each complete line; may be nil
}

// Write takes a part of the log.
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

// String is the whole log.
func (l *logs) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.String()
}

// tokens are the platform's tokens, ours and people's, as the sandbox makes them, and the links that are for one person.
func tokens() *regexp.Regexp {
	return regexp.MustCompile(`\bt-[0-9a-f]{40}|eyJ[0-9a-f]{40}|[?&]state=`)
}

// wantNoSecrets fails the test when the log holds one of the secrets, a token, or words that people wrote.
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
			tb.Errorf("the log holds what somebody wrote: %q", said)
		}
	}
}

// isCanary tells the words that stand in a log only when a message's text got there from those that every log may hold.
func isCanary(said string) bool {
	return len(said) >= 8 && !strings.HasPrefix(said, "/recall") || strings.Contains(said, " -- ")
}
