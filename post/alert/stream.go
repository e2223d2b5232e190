package alert

import (
	"cmp"
	"encoding/json"
	"errors"
	"io"
)

const (
	// maxString is the length up to which a string is read, maxValue the largest value or alert with such strings.
	maxString = 16 << 10
	maxValue  = 128 << 10
)

// ErrTooLarge is the error of a value that exceeds maxValue.
var ErrTooLarge = errors.New("a value is too large")

// The errors of JSON in another shape than a webhook's.
var (
	errObject = errors.New("it must be an object")
	errList   = errors.New("alerts must be a list")
	errRest   = errors.New("something follows the object")
)

// stream reads the JSON of a webhook one value at a time.
type stream struct {
	*json.Decoder

	source *limitedReader
}

func newStream(body io.Reader) *stream {
	source := &limitedReader{from: &shortStrings{from: body}}
	return &stream{json.NewDecoder(source), source}
}

// payload reads a webhook and passes its alerts to add.
func (s *stream) payload(p *Payload, add func(PayloadAlert)) error {
	if err := s.open('{'); err != nil {
		return err
	}
	head := map[string]json.RawMessage{}
	for s.More() {
		name, err := s.Token()
		if err != nil {
			return err
		}
		switch name {
		case "alerts":
			err = s.alerts(add)
		case "version", "groupKey", "status", "receiver", "truncatedAlerts", "groupLabels", "commonLabels", "commonAnnotations",
			"externalURL", "title":
			var value json.RawMessage
			err = s.value(&value)
			head[name.(string)] = value //nolint:forcetypeassert // it is one of these
		default:
			err = s.value(new(json.RawMessage))
		}
		if err != nil {
			return err
		}
	}
	if _, err := s.Token(); err != nil {
		return err
	}
	if _, err := s.Token(); !errors.Is(err, io.EOF) {
		return cmp.Or(err, errRest)
	}
	text, err := json.Marshal(head)
	if err != nil {
		return err
	}
	return json.Unmarshal(text, p)
}

func (s *stream) alerts(add func(PayloadAlert)) error {
	if err := s.open('['); err != nil {
		return err
	}
	for s.More() {
		var a PayloadAlert
		if err := s.value(&a); err != nil {
			return err
		}
		add(a)
	}
	_, err := s.Token()
	return err
}

func (s *stream) open(want json.Delim) error {
	s.source.left = maxValue
	token, err := s.Token()
	if err == nil && token != want {
		err = errObject
		if want == '[' {
			err = errList
		}
	}
	return err
}

func (s *stream) value(into any) error {
	s.source.left = maxValue
	return s.Decode(into)
}

// limitedReader fails with ErrTooLarge after left bytes.
type limitedReader struct {
	from io.Reader
	left int
}

// Read implements io.Reader.
func (m *limitedReader) Read(p []byte) (int, error) {
	if m.left <= 0 {
		return 0, ErrTooLarge
	}
	n, err := m.from.Read(p[:min(len(p), m.left)])
	m.left -= n
	return n, err
}

// shortStrings passes JSON on with clipped strings, so that a value takes little memory.
type shortStrings struct {
	from io.Reader
	// inside is set within a string, of which taken bytes were read; cut is set once the rest is left out.
	inside, cut bool
	taken       int
	// escaped is set after a backslash, hex is the number of digits of a \u that follow.
	escaped bool
	hex     int
}

// Read implements io.Reader.
func (s *shortStrings) Read(p []byte) (int, error) {
	for {
		n, err := s.from.Read(p)
		kept := p[:0]
		for _, c := range p[:n] {
			if s.keeps(c) {
				kept = append(kept, c)
			}
		}
		if len(kept) > 0 || err != nil || len(p) == 0 {
			return len(kept), err
		}
	}
}

// keeps reports whether a byte is passed on. No string is cut within an escape sequence.
func (s *shortStrings) keeps(c byte) bool {
	switch {
	case !s.inside:
		if c == '"' {
			*s = shortStrings{from: s.from, inside: true}
		}
		return true
	case s.hex > 0:
		s.hex--
	case s.escaped:
		const digits = 4
		if s.escaped = false; c == 'u' {
			s.hex = digits
		}
	case c == '"':
		s.inside = false
		return true
	default:
		s.cut = s.cut || s.taken >= maxString
		s.escaped = c == '\\'
	}
	s.taken++
	return !s.cut
}
