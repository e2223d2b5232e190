// Package text is what people read: the sentences of zh.yaml and en.yaml, found by their keys.
package text

import (
	_ "embed" // zh.yaml and en.yaml
	"fmt"
	"strings"
	"sync"

	"github.com/goccy/go-yaml"

	"recallbot/bot"
)

// Language is the language of an answer.
type Language string

// The languages.
const (
	Chinese Language = "zh-CN"
	English Language = "en"
)

//go:embed zh.yaml
var zh []byte

//go:embed en.yaml
var en []byte

// Decoding takes some milliseconds, and most commands of the command line need one language or none.
var (
	chinese = sync.OnceValue(func() map[Key]string { return decode(zh) }) //nolint:gochecknoglobals // decoded once
	english = sync.OnceValue(func() map[Key]string { return decode(en) }) //nolint:gochecknoglobals // decoded once
)

func decode(data []byte) map[Key]string {
	var sections map[string]any
	if err := yaml.Unmarshal(data, &sections); err != nil {
		panic(err) // the files are part of the program; a test decodes them
	}
	book := map[Key]string{}
	flatten(book, "", sections)
	return book
}

func flatten(book map[Key]string, path Key, section map[string]any) {
	for name, value := range section {
		switch value := value.(type) {
		case map[string]any:
			flatten(book, path+Key(name)+".", value)
		default:
			book[path+Key(name)] = fmt.Sprint(value)
		}
	}
}

// find gives a text as the file has it; any language but English is Chinese.
func (l Language) find(key Key) (string, bool) {
	book := chinese
	if l == English {
		book = english
	}
	said, ok := book()[key]
	return said, ok
}

// Say gives a text with its placeholders filled: args alternate names and values, as in log/slog. {count:message|messages} is the
// first word where count is 1, else the second. A key without a text gives that of bot.ReasonOther.
func (l Language) Say(key Key, args ...any) string {
	said, ok := l.find(key)
	if !ok {
		said, _ = l.find(Reason(bot.ReasonOther))
	}
	var pairs []string
	for i := 1; i < len(args); i += 2 {
		name, value := fmt.Sprint(args[i-1]), fmt.Sprint(args[i])
		pairs = append(pairs, "{"+name+"}", value)
		said = inNumber(said, "{"+name+":", value)
	}
	return strings.NewReplacer(pairs...).Replace(said)
}

// inNumber replaces each {name:one|several} by one of its words.
func inNumber(said, open, value string) string {
	before, rest, found := strings.Cut(said, open)
	if !found {
		return said
	}
	words, after, _ := strings.Cut(rest, "}")
	one, several, _ := strings.Cut(words, "|")
	if value != "1" {
		one = several
	}
	return before + one + inNumber(after, open, value)
}
