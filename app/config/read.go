// Package config reads a configuration struct by its yaml tags: from a file, then from the environment. It knows no
// setting by name.
package config

import (
	"cmp"
	"errors"
	"math"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode"

	"recallbot/bot"
)

const (
	envPrefix   = "RECALLBOT_"
	fileSuffix  = "_FILE"
	defaultFile = "config.yaml"
	// maxConfigSize is far above any real configuration, in bytes.
	maxConfigSize = 1 << 20
)

// Load applies the file and then the environment, and leaves all other settings as they are. Without a
// path, config.yaml of the working directory is read if it is there. All problems are reported at once, each a
// bot.BadSetting; a setting that can't be read stays as it is, and the others are set.
//
// The configuration is a pointer to a struct of structs. Each setting is also the environment variable
// RECALLBOT_<SECTION>_<KEY>; an empty one counts as not set. With _FILE behind it, a variable names a file that holds
// the value.
func Load(path string, environ []string, config any) error {
	r := read(path, environ, config)
	r.sort()
	return errors.Join(r.wrong...)
}

// LoadValid is Load and Validate. Each error has the place where its setting is set, or where a missing one belongs: its section in
// the file, or its variable where there is no file. The errors of the file are in the order of its lines. Where the file can't
// be read, settings that it may hold are not called missing.
func LoadValid(path string, environ []string, config interface{ Validate() error }) error {
	r := read(path, environ, config)
	unread := slices.Clone(r.wrong)
	for _, err := range bot.Flat(config.Validate()) {
		fault, ok := errors.AsType[*bot.BadSetting](err)
		switch {
		case !ok:
			r.wrong = append(r.wrong, err)
		case r.blind && r.places[fault.Key] == "":
		case !slices.ContainsFunc(unread, func(other error) bool { return isAbout(other, fault.Key) }):
			fault.Place = r.placeOf(fault.Key)
			r.wrong = append(r.wrong, fault)
		}
	}
	r.sort()
	return errors.Join(r.wrong...)
}

// placeOf is where a setting is set, or where it belongs if it is missing.
func (r *reading) placeOf(key string) string {
	for name := key; name != ""; name, _ = split(name) {
		if place := r.places[name]; place != "" {
			return place
		}
	}
	if r.file == "" && key != "" {
		return leaf{path: strings.Split(key, ".")}.env()
	}
	return r.file
}

// sort brings the errors of the file into the order of its lines; others stay behind them.
func (r *reading) sort() {
	line := func(err error) int {
		fault, ok := errors.AsType[*bot.BadSetting](err)
		if !ok || r.file == "" {
			return math.MaxInt
		}
		rest, inFile := strings.CutPrefix(fault.Place, r.file)
		number, _, _ := strings.Cut(strings.TrimPrefix(rest, ":"), ":")
		n, err := strconv.Atoi(number)
		switch {
		case !inFile:
			return math.MaxInt
		case err != nil:
			return math.MaxInt - 1
		default:
			return n
		}
	}
	slices.SortStableFunc(r.wrong, func(a, b error) int { return cmp.Compare(line(a), line(b)) })
}

func isAbout(err error, key string) bool {
	fault, ok := errors.AsType[*bot.BadSetting](err)
	return ok && key != "" && fault.Key == key
}

// reading is a configuration that is being read.
type reading struct {
	known []leaf
	// file is the configuration's file; empty where there is none.
	file string
	// places are the places where settings are set and where sections begin, by key.
	places map[string]string
	wrong  []error
	// blind is set if the file can't be read, so that nothing is known of what it sets.
	blind bool
}

func read(path string, environ []string, config any) *reading {
	r := &reading{known: leaves(reflect.ValueOf(config).Elem(), nil), places: map[string]string{}}
	r.readFile(path)
	r.readEnvironment(environ)
	return r
}

// report adds an error of a setting, or of the file if the key is empty.
func (r *reading) report(place, key string, err error) {
	fault := bot.InSetting(key, err)
	fault.Place = place
	r.wrong = append(r.wrong, fault)
}

// Keys lists the settings of a configuration, as the file spells them, with dots between.
func Keys(config any) []string {
	var keys []string
	for _, l := range leaves(reflect.ValueOf(config).Elem(), nil) {
		keys = append(keys, l.key())
	}
	return keys
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

// setText sets a setting to a text without the white space and invisible characters around it, which editors, shells and
// clipboards add.
func setText(v reflect.Value, text string) { v.SetString(trim(text)) }

func trim(text string) string {
	return strings.TrimFunc(text, func(r rune) bool { return unicode.IsSpace(r) || unicode.Is(unicode.Cf, r) })
}

// wanted is the error that names the type of a setting.
func wanted(v reflect.Value) error {
	if v.Type() == reflect.TypeFor[time.Duration]() {
		return bot.WrongSetting("", "must be a duration with a unit, such as 30s, 10m, 24h or 3d")
	}
	switch v.Kind() {
	case reflect.Bool:
		return bot.WrongSetting("", "must be true or false")
	case reflect.Int, reflect.Int64:
		return bot.WrongSetting("", "must be a whole number")
	case reflect.Float64:
		return bot.WrongSetting("", "must be a number")
	case reflect.Slice:
		return bot.WrongSetting("", "must be a list")
	default:
		return bot.WrongSetting("", "must be a text")
	}
}
