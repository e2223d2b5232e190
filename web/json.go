package web

import (
	"bytes"
	"encoding/json"
	"errors"
	"sync"

	"github.com/danielgtaylor/huma/v2"

	"recallbot/bot"
)

// maxValues limits the values of a body, since decoding takes many times the body's length in memory.
const maxValues = 20_000

var (
	errDuplicateName = errors.New("a name appears twice in an object")
	errTooManyValues = errors.New("too many values")
)

// strictNames makes huma match names exactly. The standard library ignores case and takes the last of duplicate
// names, so that other data would be read than was checked.
var strictNames = sync.OnceFunc(func() { huma.ValidateStrictCasing = true }) //nolint:gochecknoglobals // it sets a global

// readJSON decodes a body. huma calls it twice, the first time for validation.
func readJSON(data []byte, v any) error {
	if _, checked := v.(*any); checked {
		if err := checkJSON(data); err != nil {
			return err
		}
	}
	return json.Unmarshal(data, v)
}

// checkJSON rejects JSON that is ambiguous or has too many values. Invalid JSON passes; decoding reports it.
func checkJSON(data []byte) error {
	if bot.JSONValues(data) > maxValues {
		return errTooManyValues
	}
	var open []jsonLevel
	for d := json.NewDecoder(bytes.NewReader(data)); ; {
		token, err := d.Token()
		if err != nil {
			return nil //nolint:nilerr // the end, or an error that decoding reports
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

// jsonLevel is an object or, without names, an array. wantsValue is set if the next token is the value of a name.
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
