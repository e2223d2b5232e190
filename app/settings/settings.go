// Package settings reads a configuration struct by its yaml tags: from a file, then from the environment. It knows no
// setting by name.
package settings

import (
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"reflect"
	"slices"
	"strings"

	"github.com/goccy/go-yaml"
	"github.com/goccy/go-yaml/ast"
	"github.com/goccy/go-yaml/parser"

	"recallbot/bot"
)

const (
	envPrefix   = "RECALLBOT_"
	fileSuffix  = "_FILE"
	defaultFile = "config.yaml"
	// maxConfigSize is far above any real configuration.
	maxConfigSize = 1 << 20
)

// Load sets what the file and then the environment set, and leaves the rest of the configuration as it is. Without a
// path, config.yaml of the working directory is read if it is there. All problems are reported at once.
//
// The configuration is a pointer to a struct of structs. Each setting is also the environment variable
// RECALLBOT_<SECTION>_<KEY>; an empty one counts as not set. With _FILE behind it, a variable names a file that holds
// the value.
func Load(path string, environ []string, config any) error {
	text, err := readConfig(path)
	if err != nil {
		return err
	}
	known := leaves(reflect.ValueOf(config).Elem(), nil)
	return errors.Join(parseConfig(text, config, known), overlay(environ, known))
}

// Keys lists the settings of a configuration, as the file spells them, with dots between.
func Keys(config any) []string {
	var keys []string
	for _, l := range leaves(reflect.ValueOf(config).Elem(), nil) {
		keys = append(keys, l.key())
	}
	return keys
}

func readConfig(path string) ([]byte, error) {
	named := path != ""
	if !named {
		path = defaultFile
	}
	text, err := os.ReadFile(path) //nolint:gosec // the path is the operator's own
	if errors.Is(err, fs.ErrNotExist) && !named {
		return nil, nil
	}
	if err != nil {
		return nil, bot.Errorf(bot.Invalid, "read the configuration: %w", err)
	}
	if len(text) > maxConfigSize {
		return nil, bot.Errorf(bot.Invalid, "%s is larger than %d bytes", path, maxConfigSize)
	}
	return text, nil
}

// parseConfig reads YAML into the configuration. Messages never quote the file: its lines hold secrets.
func parseConfig(text []byte, config any, known []leaf) error {
	file, err := parser.ParseBytes(text, 0)
	if err != nil {
		return bot.Errorf(bot.Invalid, "configuration: %s", yaml.FormatError(err, false, false))
	}
	if len(file.Docs) == 0 || file.Docs[0].Body == nil {
		return nil // the decoder would set everything to zero
	}
	var errs []error
	for _, doc := range file.Docs {
		errs = append(errs, unknownKeys(doc.Body, nil, known)...)
	}
	if err := yaml.Unmarshal(text, config); err != nil {
		errs = append(errs, bot.Errorf(bot.Invalid, "configuration: %s", yaml.FormatError(err, false, false)))
	}
	return errors.Join(errs...)
}

// leaf is one setting.
type leaf struct {
	path  []string
	value reflect.Value
}

func (l leaf) key() string { return strings.Join(l.path, ".") }

func (l leaf) env() string { return envPrefix + strings.ToUpper(strings.Join(l.path, "_")) }

// leaves lists the settings of a configuration by its yaml tags.
func leaves(v reflect.Value, path []string) []leaf {
	var all []leaf
	for i := range v.NumField() {
		field := v.Type().Field(i)
		name, options, _ := strings.Cut(field.Tag.Get("yaml"), ",")
		switch {
		case name == "-" || (name == "" && options != "inline"):
			continue
		case options == "inline":
			all = append(all, leaves(v.Field(i), path)...)
		case field.Type.Kind() == reflect.Struct:
			all = append(all, leaves(v.Field(i), append(slices.Clone(path), name))...)
		default:
			all = append(all, leaf{append(slices.Clone(path), name), v.Field(i)})
		}
	}
	return all
}

// unknownKeys reports each key of the file that is no setting, with its place.
func unknownKeys(node ast.Node, path []string, known []leaf) []error {
	var errs []error
	for _, pair := range pairs(node) {
		here := append(slices.Clone(path), pair.Key.GetToken().Value)
		key := strings.Join(here, ".")
		at := pair.Key.GetToken().Position
		switch {
		case slices.ContainsFunc(known, func(l leaf) bool { return l.key() == key }):
		case slices.ContainsFunc(known, func(l leaf) bool { return strings.HasPrefix(l.key(), key+".") }):
			errs = append(errs, unknownKeys(pair.Value, here, known)...)
		default:
			errs = append(errs, bot.Errorf(bot.Invalid, "configuration: [%d:%d] unknown key %q", at.Line, at.Column, key))
		}
	}
	return errs
}

// pairs are the keys with their values, if the node holds any.
func pairs(node ast.Node) []*ast.MappingValueNode {
	switch n := node.(type) {
	case *ast.MappingNode:
		return n.Values
	case *ast.MappingValueNode:
		return []*ast.MappingValueNode{n}
	default:
		return nil
	}
}

// unknownVariables reports the variables that mean a setting and are none: a misspelled dry_run is no dry run. Others
// that begin like ours, such as those that Kubernetes makes for a service called recallbot, are somebody else's.
func unknownVariables(vars map[string]string, known []leaf) []error {
	var errs []error
	for _, name := range slices.Sorted(maps.Keys(vars)) {
		isKnown := slices.ContainsFunc(known, func(l leaf) bool { return name == l.env() || name == l.env()+fileSuffix })
		if !isKnown && slices.ContainsFunc(known, func(l leaf) bool { return l.meantBy(name) }) {
			errs = append(errs, bot.Errorf(bot.Invalid, "environment: unknown variable %s", name))
		}
	}
	return errs
}

// meantBy reports whether a variable is in the setting's section, or is the setting itself but for underscores.
func (l leaf) meantBy(name string) bool {
	section := envPrefix + strings.ToUpper(l.path[0]) + "_"
	squash := func(s string) string { return strings.ReplaceAll(s, "_", "") }
	return (len(l.path) > 1 && strings.HasPrefix(name, section)) || squash(name) == squash(l.env())
}

// variables are those of the environment that begin like ours and are set.
func variables(environ []string) map[string]string {
	vars := map[string]string{}
	for _, entry := range environ {
		if name, value, ok := strings.Cut(entry, "="); ok && value != "" && strings.HasPrefix(name, envPrefix) {
			vars[name] = value
		}
	}
	return vars
}

// overlay sets what the environment sets.
func overlay(environ []string, known []leaf) error {
	vars := variables(environ)
	errs := unknownVariables(vars, known)
	for _, l := range known {
		value, ok, err := variable(vars, l)
		if err == nil && ok {
			err = set(l.value, value)
		}
		if err != nil {
			errs = append(errs, bot.Errorf(bot.Invalid, "%s: %w", l.env(), err))
		}
	}
	return errors.Join(errs...)
}

func variable(vars map[string]string, l leaf) (string, bool, error) {
	value, ok := vars[l.env()]
	path, fromFile := vars[l.env()+fileSuffix]
	if !fromFile {
		return value, ok, nil
	}
	if ok {
		return "", false, fmt.Errorf("set together with %s%s; only one of them may be", l.env(), fileSuffix)
	}
	text, err := os.ReadFile(path) //nolint:gosec // the path is the operator's own
	if err != nil {
		return "", false, err
	}
	value = strings.TrimRight(string(text), "\r\n")
	return value, value != "", nil
}

func set(v reflect.Value, text string) error {
	switch {
	case v.Kind() == reflect.String:
		v.SetString(text)
		return nil
	case v.Kind() == reflect.Slice:
		parts := strings.Split(text, ",")
		for i := range parts {
			parts[i] = strings.TrimSpace(parts[i])
		}
		v.Set(reflect.ValueOf(slices.DeleteFunc(parts, func(s string) bool { return s == "" })))
		return nil
	}
	if err := yaml.Unmarshal([]byte(text), v.Addr().Interface()); err != nil {
		return fmt.Errorf("can't read it as %s", v.Type())
	}
	return nil
}
