package bot

import "time"

// The platform's rate limits (docs/platform.md#rate-limits).
const (
	// CallsPerSecond and CallsPerMinute are the limits of most APIs, for all replicas together.
	CallsPerSecond = 50
	CallsPerMinute = 1000
	// SendsPerSecond is the limit of messages into one chat, and of edits of one message.
	SendsPerSecond = 5

	// LimitSends and LimitEdits are the prefixes of the names of these limits, before the id of the chat or the message.
	LimitSends = "chat.send:"
	LimitEdits = "message.edit:"
)

// CallTime is how long n calls of an API take at least: the first 1,000 take 20 seconds, the next may begin after a minute.
func CallTime(n int) time.Duration {
	minutes := max(n-1, 0) / CallsPerMinute
	return time.Duration(minutes)*time.Minute + time.Duration(n-minutes*CallsPerMinute)*time.Second/CallsPerSecond
}

// MaxEventDelay is how late an event may come: the platform repeats it for some seven hours (docs/platform.md#delivery). An
// older command is refused.
const MaxEventDelay = 8 * time.Hour
