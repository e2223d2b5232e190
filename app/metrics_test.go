package app_test

import (
	"maps"
	"regexp"
	"slices"
	"strings"
	"testing"

	"recallbot/app"
)

// TestKnownLabelsAreAll: what is known of beforehand is what the code can say.
func TestKnownLabelsAreAll(t *testing.T) {
	t.Parallel()
	_, platform, _ := strings.Cut(readDoc(t, "bot/reason.go"), "// The platform's reasons, with its codes.")
	var calls strings.Builder
	for _, path := range files(t, ".go") {
		if strings.HasPrefix(path, "feishu/") && !strings.HasSuffix(path, "_test.go") {
			calls.WriteString(readDoc(t, path))
		}
	}
	rows := map[string]struct {
		text, pattern string
		known         []string
	}{
		"ways in": {readDoc(t, "bot/via.go"), `Via\w+ +Via = "(\w+)"`, texts(app.Vias())},
		"reasons": {platform, `Reason\w+ +Reason = "(\w+)"`, texts(app.PlatformReasons())},
		"calls":   {calls.String(), `(?:request\{\s*api: |\.raw\(ctx, |\.observe\()"([a-z_.]+)"`, app.APIs()},
	}
	for name, row := range rows {
		var used []string
		for _, found := range regexp.MustCompile(row.pattern).FindAllStringSubmatch(row.text, -1) {
			used = append(used, found[1])
		}
		slices.Sort(used)
		slices.Sort(row.known)
		if used = slices.Compact(used); len(used) < 5 || !slices.Equal(used, row.known) {
			t.Errorf("%s: the code has %q, the metrics begin with %q", name, used, row.known)
		}
	}
}

func texts[T ~string](list []T) []string {
	all := make([]string, len(list))
	for i, v := range list {
		all[i] = string(v)
	}
	return all
}

// TestFaultsAreIncreases: each counter of faults that an alert is about is there, at 0, before the first fault.
func TestFaultsAreIncreases(t *testing.T) {
	t.Parallel()
	series := app.SeriesAtStart()
	for _, row := range []struct {
		name   string
		labels map[string]string
	}{
		{"recallbot_audit_gone_total", map[string]string{"outlet": "file"}},
		{"recallbot_audit_gone_total", map[string]string{"outlet": "webhook"}},
		{"recallbot_events_total", map[string]string{"type": "im.message.receive_v1", "result": "queued"}},
		{"recallbot_events_total", map[string]string{"type": "im.message.receive_v1", "result": "Service Unavailable"}},
		{"recallbot_events_total", map[string]string{"type": "", "result": "Unauthorized"}},
		{"recallbot_recalls_total", map[string]string{"result": "failed", "via": "clean", "reason": "scope_or_external"}},
		{"recallbot_recalls_total", map[string]string{"result": "refused", "via": "reaction", "reason": "could_not_check"}},
		{"recallbot_posts_total", map[string]string{"state": "unsure", "reason": "unavailable"}},
		{"recallbot_hooks_total", map[string]string{"event": "job.finished", "outcome": "retry"}},
		{"recallbot_api_calls_total", map[string]string{"api": "message.get", "code": "-1"}},
		{"recallbot_api_calls_total", map[string]string{"api": "message.delete", "code": "99991400"}},
		{"recallbot_requests_total", map[string]string{"operation": "post-alertmanager", "status": "413"}},
		{"recallbot_websocket_reconnects_total", map[string]string{}},
	} {
		there := slices.ContainsFunc(series[row.name], func(labels map[string]string) bool {
			for name, value := range row.labels {
				if labels[name] != value {
					return false
				}
			}
			return true
		})
		if !there {
			t.Errorf("there is no %s %v", row.name, row.labels)
		}
	}
	if n := len(slices.Concat(slices.Collect(maps.Values(series))...)); n > 2500 {
		t.Errorf("a bot begins with %d series", n)
	}
}
