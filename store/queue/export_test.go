package queue

import "time"

// Encode and Decode let the tests of item.go stand outside.
var (
	Encode = encode
	Decode = decode
)

// Backoff is the wait after so many failures.
func (c Config) Backoff(fails int) time.Duration {
	c = c.withDefaults()

	return c.backoff(fails)
}
