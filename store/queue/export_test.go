package queue

import "time"

// Encode and Decode are exported for tests.
var (
	Encode = encode
	Decode = decode
)

// Backoff is the wait after that many failures.
func (c Config) Backoff(fails int) time.Duration {
	c = c.withDefaults()

	return c.backoff(fails)
}
