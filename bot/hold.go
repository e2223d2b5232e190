package bot

import "time"

// What a replica works on, such as a job or the posts to a chat, it holds by a key that expires, so that no other works on it.
const (
	// HoldTTL is for how long a replica that died holds it: less than the shortest lease of a queue.
	HoldTTL = 800 * time.Millisecond
	// HoldEvery is how often a live replica renews its hold.
	HoldEvery = HoldTTL / 4
	// HeldWait is the wait for what another replica holds.
	HeldWait = 200 * time.Millisecond
)
