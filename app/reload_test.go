package app_test

import (
	"slices"
	"strings"
	"testing"

	"recallbot/app"
	"recallbot/app/config"
)

// TestLiveSettingsAreDocumented: each is a setting, and both config.yaml and docs/operations.md say that it needs no restart.
func TestLiveSettingsAreDocumented(t *testing.T) {
	t.Parallel()
	known := config.Keys(&app.Config{})
	_, section, found := strings.Cut(readDoc(t, "docs/operations.md"), "\n## Changing the configuration\n")
	if !found {
		t.Fatal("operations.md does not say how the configuration is changed")
	}
	section, _, _ = strings.Cut(section, "| all others |")
	head, _, _ := strings.Cut(readDoc(t, "config.yaml"), "\nserver:")
	for _, key := range app.LiveKeys() {
		if !slices.Contains(known, key) {
			t.Errorf("%s is no setting", key)
		}
		if !strings.Contains(section, "`"+key+"`") {
			t.Errorf("operations.md does not say that %s needs no restart", key)
		}
		if !strings.Contains(head, key) {
			t.Errorf("config.yaml does not say that %s needs no restart", key)
		}
	}
}
