package sandbox

import (
	"encoding/json"
	"errors"
	"fmt"
	"reflect"
	"strings"
)

// caseFault says in Chinese and in English what is wrong with a case.
type caseFault struct{ en, zh string }

// Error implements error.
func (e *caseFault) Error() string { return e.en }

// InChinese is the sentence in Chinese.
func (e *caseFault) InChinese() string { return e.zh }

// casePlace is a place in a case; the zero value is the whole file.
type casePlace struct{ en, zh string }

// in adds a part to a place: its number from 0, and its name, if any.
func (p casePlace) in(en, zh string, i int, name string) casePlace {
	out := casePlace{fmt.Sprintf("%s %d", en, i+1), fmt.Sprintf("第 %d 个%s", i+1, zh)}
	if name != "" {
		out.en, out.zh = fmt.Sprintf("%s (%.60s)", out.en, name), fmt.Sprintf("%s（%.60s）", out.zh, name)
	}
	if p.en != "" {
		out.en, out.zh = p.en+", "+out.en, p.zh+"，"+out.zh
	}
	return out
}

// fault is what is wrong at a place. Both sentences take the same arguments.
func (p casePlace) fault(en, zh string, args ...any) error {
	if p.en != "" {
		en, zh = p.en+": "+en, p.zh+"："+zh
	}
	return &caseFault{fmt.Sprintf(en, args...), fmt.Sprintf(zh, args...)}
}

func caseTooLarge() error {
	return casePlace{}.fault("the case is larger than %d MB", "场景超过了 %d MB", maxCaseBytes>>20)
}

// checkSize limits the numbers of people, bots, chats and messages.
func (c caseFile) checkSize() error {
	messages := 0
	for _, one := range c.Chats {
		messages += len(one.Messages)
	}
	for _, part := range []struct {
		en, zh string
		n, max int
	}{
		{"people", "个人", len(c.People), maxCasePeople},
		{"bots", "个机器人", len(c.Bots), maxCaseBots},
		{"chats", "个会话", len(c.Chats), maxCaseChats},
		{"messages", "条消息", messages, maxCaseMessages},
	} {
		if part.n > part.max {
			return &caseFault{
				fmt.Sprintf("the case has %d %s; at most %d are possible", part.n, part.en, part.max),
				fmt.Sprintf("场景里有 %d %s，最多 %d %s", part.n, part.zh, part.max, part.zh),
			}
		}
	}
	return nil
}

// readingFault makes a sentence of an error of decoding a file, with the line.
func readingFault(file []byte, offset int64, err error) error {
	if syntax, ok := errors.AsType[*json.SyntaxError](err); ok {
		offset = syntax.Offset
	}
	wrong, mistyped := errors.AsType[*json.UnmarshalTypeError](err)
	if mistyped {
		offset = wrong.Offset
	}
	before := string(file[:min(max(offset, 0), int64(len(file)))])
	line := strings.Count(before, "\n") + 1
	_, unknown, isUnknown := strings.Cut(err.Error(), "unknown field ")
	switch {
	case mistyped:
		en, zh := wanted(wrong.Type)
		return &caseFault{
			fmt.Sprintf("line %d: %q must be %s", line, wrong.Field, en), fmt.Sprintf("第 %d 行：“%s”应为%s", line, wrong.Field, zh),
		}
	case isUnknown:
		return casePlace{}.fault("line %d: there is no field %s in a case", "第 %d 行：场景文件里没有 %s 这个字段", line, unknown)
	case len(strings.TrimSpace(string(file))) == 0:
		return casePlace{}.fault("the file is empty", "文件是空的")
	}
	return casePlace{}.fault("line %d is not valid JSON", "第 %d 行不是有效的 JSON", line)
}

// wanted names a type of JSON.
func wanted(t reflect.Type) (en, zh string) {
	switch t.Kind() {
	case reflect.String:
		return "text", "文本"
	case reflect.Bool:
		return "true or false", " true 或 false"
	case reflect.Int:
		return "a whole number", "整数"
	case reflect.Slice:
		return "a list", "列表"
	default:
		return "an object", "对象"
	}
}
