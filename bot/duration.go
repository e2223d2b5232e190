package bot

import (
	"strings"
	"time"
)

// ShortDuration formats a duration without the units that are zero: 10m, not 10m0s.
func ShortDuration(d time.Duration) string {
	text := d.String()
	if short, ok := strings.CutSuffix(text, "m0s"); ok {
		text = short + "m"
	}
	if short, ok := strings.CutSuffix(text, "h0m"); ok {
		text = short + "h"
	}
	return text
}
