package cli

import (
	"recallbot/audit"
)

// BreakText exports breakText.
func BreakText(b audit.Break) string { return breakText(b) }
