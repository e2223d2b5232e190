package bot

import (
	"errors"
	"fmt"
	"strings"
	"time"
)

// BadSetting is one fault of the configuration. It keeps its format and arguments, so that it can be translated.
type BadSetting struct {
	// Place is file:line:column, or an environment variable; empty where nothing sets it.
	Place string
	// Key is the setting as the file spells it; empty where several settings are concerned.
	Key string
	// Format is the fault in English. An argument may be a BadSetting.
	Format string
	Args   []any
}

// WrongSetting makes a BadSetting. No argument may be a secret.
func WrongSetting(key, format string, args ...any) error {
	for i, arg := range args {
		if d, ok := arg.(time.Duration); ok {
			args[i] = ShortDuration(d)
		}
	}
	return &BadSetting{Key: key, Format: format, Args: args}
}

// InSetting makes an error the fault of a setting.
func InSetting(key string, err error) *BadSetting {
	if fault, ok := errors.AsType[*BadSetting](err); ok && fault.Key == "" {
		return &BadSetting{Key: key, Format: fault.Format, Args: fault.Args}
	}
	return &BadSetting{Key: key, Format: "%s", Args: []any{err}}
}

// Error is "place: key: fault".
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
