package bot

import "time"

// The platform's limits for most calls (docs/platform.md#rate-limits), for all replicas together.
const (
	CallsPerSecond = 50
	CallsPerMinute = 1000
)

// MaxEventDelay is how late an event may come: the platform repeats it for some seven hours (docs/platform.md#delivery). An
// older command is refused.
const MaxEventDelay = 8 * time.Hour
