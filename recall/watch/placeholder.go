package watch

import (
	"regexp"
	"slices"
	"strings"
)

// placeholders are what is left of a template in place of a value, each with the forms that are not meant.
var placeholders = []*regexp.Regexp{ //nolint:gochecknoglobals // compiled once
	regexp.MustCompile(`\{\{[^{}\n]{1,80}\}\}`),                                            // {{name}}
	regexp.MustCompile(`[$#]\{[^{}\s"]{1,80}\}`),                                           // ${name}, #{name}
	regexp.MustCompile(`<%=?[^%\n]{1,80}%>`),                                               // <%= name %>
	regexp.MustCompile(`%\([A-Za-z_]\w*\)[sdifr]|%\{[A-Za-z_]\w*\}`),                       // %(name)s, %{name}
	regexp.MustCompile(`(?:^|[^\w%])%(?:\d+\$)?[sdvfq@](?:[^\w%]|$)`),                      // %s, not 100% sure
	regexp.MustCompile(`%![a-zA-Z]\(`),                                                     // %!s(MISSING)
	regexp.MustCompile(`\[object [A-Z]\w*\]`),                                              // [object Object]
	regexp.MustCompile(`<no value>|\bInvalid Date\b|(?:^|[^\w.$])NaN(?:[^\w.(]|$)`),        // of Go's and JavaScript's templates
	regexp.MustCompile(`(?:^|[^"'\s=!<>:])\s*[:：=]\s*(?:null|nil|None)(?:[^\w.("}\],]|$)`), // Name: null, not {"name": null}
}

// undefined is the word in place of a value; aboutUndefined are sentences about it.
var (
	undefined      = regexp.MustCompile(`(?:^|[^\w.'"\x60])undefined(?:[^\w.(]|$)`)
	aboutUndefined = regexp.MustCompile(`(?i)\b(?:is|are|was|were|be|being|left|an?|the|of|not|properties of)\s+undefined|undefined\s+(?:behaviou?rs?|variables?|functions?|references?|symbols?|methods?|properties|property|index|indices|offset|constants?|types?|values?|names?|errors?|terms?|is|as|or|in)\b`)
)

// marks are in all texts with a placeholder.
var marks = []string{"{", "%", "[object", "<no", "Invalid", "NaN", "null", "nil", "None"} //nolint:gochecknoglobals // never changed

// hasPlaceholder reports a text in which a template was not filled in. Most texts lack all marks, which is quickly seen.
func hasPlaceholder(text string) bool {
	return slices.ContainsFunc(marks, func(mark string) bool { return strings.Contains(text, mark) }) && matchesPlaceholder(text) || hasUndefined(text)
}

func matchesPlaceholder(text string) bool {
	for _, form := range placeholders {
		if form.MatchString(text) {
			return true
		}
	}
	return false
}

func hasUndefined(text string) bool {
	return strings.Contains(text, "undefined") && undefined.MatchString(aboutUndefined.ReplaceAllString(text, ""))
}
