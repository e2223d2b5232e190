package app_test

import (
	"strings"
	"testing"

	"recallbot/handlers/text"
)

// TestFindingsAreDocumented: the names in `recallbot doctor --json` are a contract.
func TestFindingsAreDocumented(t *testing.T) {
	t.Parallel()
	doc := readDoc(t, "docs/operations.md")
	for _, name := range text.FindingNames() {
		if !strings.Contains(doc, "`"+name+"`") {
			t.Errorf("docs/operations.md does not name %s", name)
		}
	}
}
