// Package scenarios_test tests the whole bot as in production, on both stores, against the sandbox. testdata/README.md
// documents the language of the stories.
package scenarios_test

import (
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// TestStories runs every story of testdata on the first of its stages, in an env of its own.
func TestStories(t *testing.T) {
	t.Parallel()
	eachScript(t, func(name string, script script) {
		if stage := script.stages()[0]; !script.isTimed() {
			t.Run(name+stage.String(), func(t *testing.T) {
				t.Parallel()
				script.run(t, stage)
			})
		}
	})
}

// TestStoriesSlow runs them on the other stages: the embedded store, and the websocket.
func TestStoriesSlow(t *testing.T) {
	t.Parallel()
	eachScript(t, func(name string, script script) {
		for _, stage := range script.stages()[1:] {
			if !script.isTimed() {
				t.Run(name+stage.String(), func(t *testing.T) {
					t.Parallel()
					script.run(t, stage)
				})
			}
		}
	})
}

// TestStoriesAloneSlow runs the stories that measure time, one after the other.
//
//nolint:paralleltest // others would hold up their calls
func TestStoriesAloneSlow(t *testing.T) {
	eachScript(t, func(name string, script script) {
		for _, stage := range script.stages() {
			if script.isTimed() {
				t.Run(name+stage.String(), func(t *testing.T) { script.run(t, stage) })
			}
		}
	})
}

// eachScript calls run for each story of testdata, with the prefix of the subtest's name.
func eachScript(t *testing.T, run func(name string, script script)) {
	t.Helper()
	files, err := filepath.Glob("testdata/*.txtar")
	if err != nil || len(files) == 0 {
		t.Fatalf("no stories: %v", err)
	}
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		topic := strings.TrimSuffix(filepath.Base(file), ".txtar")
		for _, script := range scripts(t, file, string(text)) {
			run(topic+"/"+script.title+"/", script)
		}
	}
}

// stage is the store and the transport of a story's run.
type stage struct{ redis, socket bool }

// String is the stage's part of the subtest's name.
func (s stage) String() string {
	store, way := "embedded", "webhook"
	if s.redis {
		store = "redis"
	}
	if s.socket {
		way = "websocket"
	}
	return store + "-" + way
}

// script is a story's text: the file's common setup and its own lines.
type script struct {
	title string
	setup []line
	lines []line
}

// scripts reads a file. Its part called setup is prepended to every story.
func scripts(t *testing.T, file, text string) []script {
	t.Helper()
	var setup []line
	var all []script
	for _, part := range parts(text) {
		lines := parse(t, file+": "+part.title, part.text)
		if part.title == "setup" {
			setup = lines
			continue
		}
		own := slices.IndexFunc(lines, func(l line) bool { return !settings()[l.verb] })
		if own < 0 {
			t.Fatalf("%s: %s: nothing happens", file, part.title)
		}
		all = append(all, script{part.title, slices.Concat(setup, lines[:own]), lines[own:]})
	}
	return all
}

// part is one part of a txtar archive.
type part struct{ title, text string }

// parts reads a txtar archive. Each part begins with a line "-- title --".
func parts(text string) []part {
	var all []part
	for raw := range strings.Lines(text) {
		title, begins := strings.CutPrefix(strings.TrimSpace(raw), "-- ")
		title, ends := strings.CutSuffix(title, " --")
		switch {
		case begins && ends:
			all = append(all, part{title: title})
		case len(all) > 0:
			all[len(all)-1].text += raw
		}
	}
	return all
}

// settings are the verbs that run before the bot starts.
func settings() map[string]bool {
	return map[string]bool{
		"platform": true, "people": true, "bots": true, "group": true, "topics": true, "config": true, "live": true, "replicas": true, "scope": true,
		"consent-enabled": true,
	}
}

// stages returns the stages of a story: the webhook on Redis, as in production, and the websocket on the embedded store.
// Stories that kill Redis, or restart a bot, run on Redis only; stories that set the transport use that one only.
func (s script) stages() []stage {
	all := slices.Concat(s.setup, s.lines)
	needs := slices.ContainsFunc(all, func(l line) bool {
		return l.verb == "redis" || l.verb == "restart" || l.verb == "kill" || l.verb == "replicas" || l.verb == "indexed" || l.verb == "unreadable"
	})
	if slices.ContainsFunc(all, func(l line) bool { return l.verb == "config" && l.word(0) == "feishu.transport" }) {
		return slices.Compact([]stage{{redis: true, socket: true}, {redis: needs, socket: true}})
	}
	return []stage{{redis: true}, {redis: needs, socket: true}}
}

// isTimed reports whether the story measures calls per second.
func (s script) isTimed() bool {
	return slices.ContainsFunc(s.lines, func(l line) bool { return l.verb == "peak" })
}

// line is one line of a story: a verb, words, pairs of a preposition and a word, and a text after a colon.
type line struct {
	place string
	verb  string
	words []string
	with  map[string]string
	text  string
}

// has reports whether the line has the word.
func (l line) has(word string) bool { return slices.Contains(l.words, word) }

// startsJob reports whether the line may start a job.
func (l line) startsJob() bool {
	return l.verb == "press" || regexp.MustCompile(`^\W*(RecallBot)?\s*[/／](recall|撤回)\s+(\d|clean|purge|undo|bm-|<|清|恢复)`).MatchString(l.text)
}

// word returns the i-th word after the verb, or "".
func (l line) word(i int) string {
	if i >= len(l.words) {
		return ""
	}
	return l.words[i]
}

// parse reads the lines of a story. It skips empty lines and comments, which begin with #.
func parse(t *testing.T, place, text string) []line {
	t.Helper()
	prepositions := []string{
		"in", "to", "as", "by", "on", "of", "ago", "for", "times", "code", "status", "body", "reset", "owner", "managers", "members", "bot",
		"type", "filling",
	}
	var all []line
	for raw := range strings.Lines(text) {
		raw = strings.TrimSpace(raw)
		if raw == "" || strings.HasPrefix(raw, "#") {
			continue
		}
		head, words, _ := strings.Cut(strings.TrimSuffix(raw, ":"), ": ")
		l := line{place: place + ": " + raw, with: map[string]string{}, text: strings.ReplaceAll(words, `\n`, "\n")}
		fields := strings.Fields(head)
		l.verb = fields[0]
		for i := 1; i < len(fields); i++ {
			if slices.Contains(prepositions, fields[i]) && i+1 < len(fields) {
				l.with[fields[i]] = fields[i+1]
				i++
				continue
			}
			l.words = append(l.words, fields[i])
		}
		all = append(all, l)
	}
	return all
}
