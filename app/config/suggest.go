package config

import (
	"slices"
	"strings"
	"unicode"

	"recallbot/bot"
	"recallbot/bot/command"
)

// unknown reports an unknown name, with the setting that may be meant.
func (r *reading) unknown(place, key, meant string) {
	if meant == "" {
		r.report(place, key, bot.WrongSetting("", "unknown setting"))
		return
	}
	r.report(place, key, bot.WrongSetting("", "unknown setting; did you mean %s?", meant))
}

// nearest is the setting or section that a key of the file may mean, or empty: first one of the same section with a similar name,
// then one with the same name in another section, then one whose full path is similar.
func (r *reading) nearest(path []string) string {
	last := path[len(path)-1]
	section := strings.Join(path[:len(path)-1], ".")
	var here, named []string
	for _, name := range r.names() {
		above, own := split(name)
		if above == section {
			here = append(here, name)
		}
		if squash(own) == squash(last) {
			named = append(named, name)
		}
	}
	if near := nearestOf(last, here, func(name string) string { _, own := split(name); return own }); near != "" {
		return near
	}
	if len(named) == 1 {
		return named[0]
	}
	return nearestOf(strings.Join(path, "."), r.names(), func(name string) string { return name })
}

// nearestVariable is the known variable that is nearest to a name, or empty.
func (r *reading) nearestVariable(name string) string {
	var all []string
	for _, l := range r.known {
		all = append(all, l.env(), l.env()+fileSuffix)
	}
	return nearestOf(name, all, func(name string) string { return name })
}

// names are all settings and sections.
func (r *reading) names() []string {
	var all []string
	for _, l := range r.known {
		for depth := range l.path {
			if name := strings.Join(l.path[:depth+1], "."); !slices.Contains(all, name) {
				all = append(all, name)
			}
		}
	}
	return all
}

// nearestOf compares names without regard to case, underscores and the like.
func nearestOf(word string, names []string, of func(string) string) string {
	squashed := make([]string, len(names))
	for i, name := range names {
		squashed[i] = squash(of(name))
	}
	near := command.Nearest(squash(word), squashed)
	if near == "" {
		return ""
	}
	return names[slices.Index(squashed, near)]
}

func split(name string) (section, own string) {
	at := strings.LastIndexByte(name, '.')
	return name[:max(at, 0)], name[at+1:]
}

// squash ignores case and separators.
func squash(name string) string {
	return strings.Map(func(r rune) rune {
		switch r {
		case '_', '-', '.', ' ':
			return -1
		default:
			return unicode.ToLower(r)
		}
	}, name)
}
