package cli

import (
	"recallbot/audit"
)

// BreakText is what verify says of a break.
func BreakText(b audit.Break) string { return breakText(b) }
