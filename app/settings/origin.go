package settings

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"reflect"
	"slices"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/goccy/go-yaml/ast"
	"github.com/goccy/go-yaml/parser"

	"recallbot/bot"
)

// Print writes a configuration that Load has read as a file that Load would read, and behind each setting where it is
// from: default, the file, or the variable. Secrets are masked by their types.
func Print(w io.Writer, path string, environ []string, config any) error {
	known := leaves(reflect.ValueOf(config).Elem(), nil)
	origins, err := originsOf(path, environ, known)
	if err != nil {
		return err
	}
	table := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0) //nolint:mnd // two spaces before the comments
	var above []string
	for _, l := range known {
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
		fmt.Fprintf(table, "%s%s: %s\t# %s\n", strings.Repeat("  ", len(sections)), l.path[len(l.path)-1], shown, origins[l.key()])
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

// originsOf tells where each setting is from.
func originsOf(path string, environ []string, known []leaf) (map[string]string, error) {
	text, err := readConfig(path)
	if err != nil {
		return nil, err
	}
	if path == "" {
		path = defaultFile
	}
	set, err := keysOf(text, known)
	if err != nil {
		return nil, err
	}
	vars, origins := variables(environ), map[string]string{}
	for _, l := range known {
		_, named := vars[l.env()]
		_, fromFile := vars[l.env()+fileSuffix]
		switch {
		case fromFile:
			origins[l.key()] = l.env() + fileSuffix
		case named:
			origins[l.key()] = l.env()
		case slices.Contains(set, l.key()):
			origins[l.key()] = path
		default:
			origins[l.key()] = "default"
		}
	}
	return origins, nil
}

// keysOf lists the settings that a file sets.
func keysOf(text []byte, known []leaf) ([]string, error) {
	file, err := parser.ParseBytes(text, 0)
	if err != nil {
		return nil, bot.Errorf(bot.Invalid, "configuration: can't be read")
	}
	var keys []string
	for _, doc := range file.Docs {
		keys = append(keys, keysUnder(doc.Body, nil, known)...)
	}
	return keys, nil
}

func keysUnder(node ast.Node, path []string, known []leaf) []string {
	var keys []string
	for _, pair := range pairs(node) {
		here := append(slices.Clone(path), pair.Key.GetToken().Value)
		key := strings.Join(here, ".")
		switch {
		case pair.Value.Type() == ast.NullType: // as if it were not there
		case slices.ContainsFunc(known, func(l leaf) bool { return l.key() == key }):
			keys = append(keys, key)
		default:
			keys = append(keys, keysUnder(pair.Value, here, known)...)
		}
	}
	return keys
}
