package web

import (
	"regexp"
	"strings"
)

const (
	// wrongRequest is the detail of a request whose errors are listed.
	wrongRequest = "The request is wrong; errors says where."
	wrongJSON    = "The body is not valid JSON."
	wrongCursor  = "cursor must be the next_cursor of an earlier answer."
)

// humaSentences are what callers read in the place of huma's and Go's messages.
func humaSentences() [][2]string {
	return [][2]string{
		{`unexpected property`, "There is no such field."},
		{`expected string to match pattern \^([a-z]+_).*`, "Must begin with $1, then letters and digits."},
		{`expected string to match pattern (.+)`, "Must match $1."},
		{`expected string`, "Must be a text."},
		{`expected array`, "Must be a list."},
		{`expected object`, "Must be an object, {…}."},
		{`expected boolean`, "Must be true or false."},
		{`expected integer`, "Must be a whole number."},
		{`expected number`, "Must be a number."},
		{`expected number (<=|<) (\S+)`, "Must be at most $2."},
		{`expected number (>=|>) (\S+)`, "Must be at least $2."},
		{`expected length <= (\d+)`, "Must have at most $1 characters."},
		{`expected length >= (\d+)`, "Must have at least $1 characters."},
		{`expected array length <= (\d+)`, "Must have at most $1 entries."},
		{`expected array length >= (\d+)`, "Must have at least $1 entries."},
		{`expected required property (\S+) to be present`, "$1 is missing."},
		{`expected value to be one of "(.+)"`, "Must be one of $1."},
		{`expected string to be RFC 3986 uri.*`, "Must be an address such as https://host/path."},
		{`expected string to be RFC 3339 date-time`, "Must be a time such as 2026-09-01T10:00:00Z."},
		{`invalid (integer|number|float).*`, "Must be a number."},
		{`invalid (bool|boolean).*`, "Must be true or false."},
		{`invalid date/time.*`, "Must be a time such as 2026-09-01T10:00:00Z."},
		{`required (query|header|path) parameter is missing`, "It is missing."},
		{`request body is required`, "The body is missing."},
		{`(unexpected end of JSON input|invalid character .*|json: .*|jsontext: .*|unable to unmarshal.*)`, wrongJSON},
	}
}

// sentenceOf replaces a message of huma or of Go by a sentence.
func sentenceOf(message string) string {
	for _, row := range humaSentences() {
		if pattern := regexp.MustCompile("^" + row[0] + "$"); pattern.MatchString(message) {
			return pattern.ReplaceAllString(message, row[1])
		}
	}
	return asSentence(message)
}

// asSentence begins a text with a capital letter and ends it with a full stop.
func asSentence(text string) string {
	if text == "" || strings.HasSuffix(text, ".") {
		return text
	}
	return strings.ToUpper(text[:1]) + text[1:] + "."
}
