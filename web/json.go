package web

import (
	"bytes"
	"encoding/json"
	"errors"
	"sync"

	"github.com/danielgtaylor/huma/v2"

	"recallbot/bot"
)

// maxValues is how many values a body may hold: reading a short one takes up many times its length.
const maxValues = 20_000

var (
	errDuplicateName = errors.New("a name stands twice in an object")
	errTooManyValues = errors.New("too many values")
)

// strictNames has huma take names as they are written: the standard library takes those of another case too, and the last of
// several, so that what was checked would not be what is read.
var strictNames = sync.OnceFunc(func() { huma.ValidateStrictCasing = true }) //nolint:gochecknoglobals // so is what it sets

// readJSON reads a body. huma asks for it twice: at first for what it checks.
func readJSON(data []byte, v any) error {
	if _, checked := v.(*any); checked {
		if err := checkJSON(data); err != nil {
			return err
		}
	}
	return json.Unmarshal(data, v)
}

// checkJSON refuses what two readers may understand differently, and what holds too much. What is no JSON it lets pass.
func checkJSON(data []byte) error {
	if bot.JSONValues(data) > maxValues {
		return errTooManyValues
	}
	var open []jsonLevel
	for d := json.NewDecoder(bytes.NewReader(data)); ; {
		token, err := d.Token()
		if err != nil {
			return nil //nolint:nilerr // the end, or who reads it says what is wrong
		}
		if delim, is := token.(json.Delim); is && (delim == '}' || delim == ']') {
			open = open[:len(open)-1]
			continue
		}
		if len(open) > 0 {
			named, err := open[len(open)-1].add(token)
			if err != nil {
				return err
			}
			if named {
				continue
			}
		}
		switch token {
		case json.Delim('{'):
			open = append(open, jsonLevel{names: map[string]bool{}})
		case json.Delim('['):
			open = append(open, jsonLevel{})
		}
	}
}

// jsonLevel is an object or, without names, an array. valued is set when the next token is the value of a name.
type jsonLevel struct {
	names      map[string]bool
	wantsValue bool
}

// add reports whether a token is a name.
func (l *jsonLevel) add(token json.Token) (named bool, err error) {
	name, _ := token.(string)
	switch {
	case l.names == nil:
		return false, nil
	case l.wantsValue:
		l.wantsValue = false
		return false, nil
	case l.names[name]:
		return true, errDuplicateName
	}
	l.names[name], l.wantsValue = true, true
	return true, nil
}
