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

// Say gives a text with its placeholders filled: args are names and values in turn, as in log/slog. A key without a text
// gives that of bot.ReasonOther.
func (l Language) Say(key Key, args ...any) string {
	said, ok := l.find(key)
	if !ok {
		said, _ = l.find(Reason(bot.ReasonOther))
	}
	var pairs []string
	for i := 1; i < len(args); i += 2 {
		pairs = append(pairs, fmt.Sprintf("{%v}", args[i-1]), fmt.Sprint(args[i]))
	}
	return strings.NewReplacer(pairs...).Replace(said)
}
