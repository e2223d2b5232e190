package config

import (
	"bytes"
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"reflect"
	"slices"
	"strings"
	"text/tabwriter"
	"time"

	"recallbot/bot"
)

// Print loads a configuration and writes it as a file that Load would read, with the origin of each setting:
// default, the file with line and column, or the variable. Secrets are masked by their types.
func Print(w io.Writer, path string, environ []string, config any) error {
	r := read(path, environ, config)
	if len(r.wrong) > 0 {
		return errors.Join(r.wrong...)
	}
	table := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0) //nolint:mnd // two spaces before the comments
	var above []string
	for _, l := range r.known {
		sections := l.path[:len(l.path)-1]
		for depth, section := range sections {
			if depth >= len(above) || !slices.Equal(sections[:depth+1], above[:depth+1]) {
				fmt.Fprintf(table, "%s%s:\n", strings.Repeat("  ", depth), section)
			}
		}
		above = sections
		shown, err := show(l.value)
		if err != nil {
			return bot.Errorf(bot.Internal, "print %s: %w", l.key(), err)
		}
		fmt.Fprintf(table, "%s%s: %s\t# %s\n", strings.Repeat("  ", len(sections)), l.path[len(l.path)-1], shown, cmp.Or(r.places[l.key()], "default"))
	}
	return table.Flush()
}

// show writes a value as JSON, which is YAML too.
func show(v reflect.Value) (string, error) {
	if v.Type() == reflect.TypeFor[time.Duration]() {
		return fmt.Sprintf("%q", time.Duration(v.Int())), nil
	}
	if v.Kind() == reflect.Slice && v.IsNil() {
		return "[]", nil
	}
	var text bytes.Buffer
	encoder := json.NewEncoder(&text)
	encoder.SetEscapeHTML(false)
	err := encoder.Encode(v.Interface())
	return strings.TrimSpace(text.String()), err
}
