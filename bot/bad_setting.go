package bot

import (
	"errors"
	"fmt"
	"strings"
)

// BadSetting is one thing that is wrong with the configuration. It keeps its format and arguments, so that it can be said in
// another language too.
type BadSetting struct {
	// Place is where it is set: file:line:column, or a variable. It is empty where nothing sets it.
	Place string
	// Key is the setting as the file spells it; empty where the fault is of no single one.
	Key string
	// Format says what is wrong, in English; an argument may be a BadSetting itself.
	Format string
	Args   []any
}

// WrongSetting says what is wrong with a setting. No secret may be among the arguments.
func WrongSetting(key, format string, args ...any) error {
	return &BadSetting{Key: key, Format: format, Args: args}
}

// InSetting is an error as the fault of a setting.
func InSetting(key string, err error) *BadSetting {
	if fault, ok := errors.AsType[*BadSetting](err); ok && fault.Key == "" {
		return &BadSetting{Key: key, Format: fault.Format, Args: fault.Args}
	}
	return &BadSetting{Key: key, Format: "%s", Args: []any{err}}
}

// Error is "place: key: what is wrong".
func (e *BadSetting) Error() string { return e.Say(fmt.Sprintf(e.Format, e.Args...)) }

// Say puts place and key before a sentence.
func (e *BadSetting) Say(sentence string) string {
	var parts []string
	for _, part := range []string{e.Place, e.Key, sentence} {
		if part != "" {
			parts = append(parts, part)
		}
	}
	return strings.Join(parts, ": ")
}
