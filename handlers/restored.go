package handlers

import (
	"context"
	"encoding/json"
	"regexp"
	"strings"

	"recallbot/bot"
	"recallbot/handlers/text"
)

// restoredTime is how the mark of a restored post writes when that was first sent, restoredTimes the pattern of such a time.
const (
	restoredTime  = "01-02 15:04"
	restoredTimes = `\d\d-\d\d \d\d:\d\d`
)

// Restored is the mark on a restored post: when it was first sent, in the language of the job's answers. It is empty if the post
// has a mark from an earlier restore.
func (a *Answers) Restored(ctx context.Context, job bot.Job, post bot.Archived) string {
	if endsAString(post.Body, restoredMarks()) {
		return ""
	}
	lang := a.language(ctx, job.Chat, text.Language(job.Language))
	return lang.Say(text.Restored, "time", post.At.In(a.Defaults().Zone).Format(restoredTime))
}

// restoredMarks finds the mark of a restored post, in any language, at the end of a text.
func restoredMarks() *regexp.Regexp {
	pattern := func(lang text.Language) string {
		return strings.Replace(regexp.QuoteMeta(lang.Say(text.Restored, "time", "TIME")), "TIME", restoredTimes, 1)
	}
	return regexp.MustCompile("(?:" + pattern(text.Chinese) + "|" + pattern(text.English) + `)\s*$`)
}

// endsAString reports whether a string in some JSON ends as the pattern says; a string may hold JSON too.
func endsAString(data string, pattern *regexp.Regexp) bool {
	var value any
	return json.Unmarshal([]byte(data), &value) == nil && ends(value, pattern)
}

func ends(value any, pattern *regexp.Regexp) bool {
	switch value := value.(type) {
	case string:
		return pattern.MatchString(value) || (strings.HasPrefix(value, "{") && endsAString(value, pattern))
	case []any:
		for _, inner := range value {
			if ends(inner, pattern) {
				return true
			}
		}
	case map[string]any:
		for _, inner := range value {
			if ends(inner, pattern) {
				return true
			}
		}
	}
	return false
}
