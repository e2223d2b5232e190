package store

import (
	"errors"
	"strings"

	"github.com/redis/go-redis/v9"

	"recallbot/bot"
)

// failed wraps an error of Redis with its kind and the operation; nil stays nil. A reply that blames the command is Internal; other
// errors are Unavailable.
func failed(err error, op string) error {
	if err == nil {
		return nil
	}
	kind := bot.Unavailable
	if answer, ok := errors.AsType[redis.Error](err); ok && isCommandError(answer.Error()) {
		kind = bot.Internal
	}
	return &bot.Error{Kind: kind, Op: op, Err: err}
}

// isCommandError reports whether an error reply is about the command, not about a temporary state of the server (LOADING, READONLY,
// CLUSTERDOWN, OOM, TRYAGAIN, NOAUTH after a change of password, ...).
func isCommandError(answer string) bool {
	word, _, _ := strings.Cut(answer, " ")
	switch word {
	case "WRONGTYPE", "CROSSSLOT", "NOSCRIPT":
		return true
	case "ERR":
		return !strings.Contains(answer, "max number of clients")
	default:
		return false
	}
}
