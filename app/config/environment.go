package config

import (
	"errors"
	"io/fs"
	"maps"
	"net/netip"
	"reflect"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"time"

	"recallbot/bot"
	"recallbot/bot/command"
)

// readEnvironment applies the environment variables.
func (r *reading) readEnvironment(environ []string) {
	vars := variables(environ)
	for _, name := range slices.Sorted(maps.Keys(vars)) {
		isKnown := slices.ContainsFunc(r.known, func(l leaf) bool { return name == l.env() || name == l.env()+fileSuffix })
		isMeant := slices.ContainsFunc(r.known, func(l leaf) bool { return l.meantBy(name) })
		if !isKnown && isMeant && !isServiceLink(name, vars[name]) {
			r.unknown(name, "", r.nearestVariable(name))
		}
	}
	for _, l := range r.known {
		r.readVariable(vars, l)
	}
}

// readVariable applies the variable of a setting, or the file that its _FILE variable names.
func (r *reading) readVariable(vars map[string]string, l leaf) {
	text, ok := vars[l.env()]
	place := l.env()
	if path, fromFile := vars[l.env()+fileSuffix]; fromFile {
		place += fileSuffix
		if ok {
			r.report(place, l.key(), bot.WrongSetting("", "set together with %s; set only one of them", l.env()))
			return
		}
		var err error
		if text, err = readText(path); err != nil {
			r.report(place, l.key(), FileFault(path, err))
			return
		}
		text, ok = trim(text), trim(text) != ""
	}
	if !ok {
		return
	}
	r.places[l.key()] = place
	if !set(l.value, text) {
		r.report(place, l.key(), wanted(l.value))
	}
}

// FileFault is why a file can't be read, with its path.
func FileFault(path string, err error) error {
	if errors.Is(err, fs.ErrNotExist) {
		return bot.WrongSetting("", "there is no file %s", path)
	}
	return bot.WrongSetting("", "%s: %s", path, fileFault(err))
}

// fileFault is why a file that exists can't be read.
func fileFault(err error) error {
	if fault, ok := errors.AsType[*bot.BadSetting](err); ok {
		return fault
	}
	switch {
	case errors.Is(err, fs.ErrPermission):
		return bot.WrongSetting("", "the file may not be read; check its owner and permissions")
	case errors.Is(err, syscall.EISDIR):
		return bot.WrongSetting("", "this is a directory; name a file")
	}
	if outer, ok := errors.AsType[*fs.PathError](err); ok {
		err = outer.Err
	}
	return bot.WrongSetting("", "the file can't be read: %s", err)
}

// set sets a setting to a text, and reports whether the text is valid.
func set(v reflect.Value, text string) bool {
	text = trim(text)
	switch {
	case v.Kind() == reflect.String:
		setText(v, text)
		return true
	case v.Kind() == reflect.Slice:
		parts := strings.Split(text, ",")
		for i := range parts {
			parts[i] = trim(parts[i])
		}
		v.Set(reflect.ValueOf(slices.DeleteFunc(parts, func(s string) bool { return s == "" })))
		return true
	case v.Type() == reflect.TypeFor[time.Duration]():
		d, err := command.ParseDuration(text)
		if err == nil {
			v.SetInt(int64(d))
		}
		return err == nil
	case v.Kind() == reflect.Bool:
		on, err := strconv.ParseBool(text)
		if err == nil {
			v.SetBool(on)
		}
		return err == nil
	case v.Kind() == reflect.Float64:
		n, err := strconv.ParseFloat(text, 64)
		if err == nil {
			v.SetFloat(n)
		}
		return err == nil
	default:
		n, err := strconv.ParseInt(text, 10, 64)
		if err == nil {
			v.SetInt(n)
		}
		return err == nil
	}
}

// meantBy reports whether a variable is in the setting's section, or equals the setting except for underscores: then it is
// misspelled. Other variables with our prefix belong to other programs.
func (l leaf) meantBy(name string) bool {
	section := envPrefix + strings.ToUpper(l.path[0]) + "_"
	return (len(l.path) > 1 && strings.HasPrefix(name, section)) || squash(name) == squash(l.env())
}

// isServiceLink reports whether Kubernetes set a variable for a Service such as recallbot-redis. It checks name and value, since
// RECALLBOT_REDIS_PORT=6379 is a mistake.
func isServiceLink(name, value string) bool {
	isAddress := func(text string) bool { _, err := netip.ParseAddr(text); return err == nil }
	isPort := func(text string) bool { _, err := strconv.ParseUint(text, 10, 16); return err == nil }
	isURL := func(text string) bool { return regexp.MustCompile(`^(tcp|udp|sctp)://\S+:\d+$`).MatchString(text) }
	isProtocol := func(text string) bool { return slices.Contains([]string{"tcp", "udp", "sctp"}, text) }
	for form, holds := range map[string]func(string) bool{
		`_SERVICE_HOST$`:                  isAddress,
		`_SERVICE_PORT(_[A-Z0-9_]+)?$`:    isPort,
		`_PORT(_\d+_(TCP|UDP|SCTP))?$`:    isURL,
		`_PORT_\d+_(TCP|UDP|SCTP)_PROTO$`: isProtocol,
		`_PORT_\d+_(TCP|UDP|SCTP)_PORT$`:  isPort,
		`_PORT_\d+_(TCP|UDP|SCTP)_ADDR$`:  isAddress,
	} {
		if regexp.MustCompile(form).MatchString(name) && holds(value) {
			return true
		}
	}
	return false
}

// variables are the non-empty variables with our prefix.
func variables(environ []string) map[string]string {
	vars := map[string]string{}
	for _, entry := range environ {
		if name, value, ok := strings.Cut(entry, "="); ok && value != "" && strings.HasPrefix(name, envPrefix) {
			vars[name] = value
		}
	}
	return vars
}
