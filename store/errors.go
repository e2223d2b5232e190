package store

import (
	"errors"
	"strings"

	"github.com/redis/go-redis/v9"

	"recallbot/bot"
)

// failed gives a Redis error its kind and says what was tried; nil stays nil. An answer that blames the command
// (WRONGTYPE, a script's fault) is ours; all else means that Redis can't be used now.
func failed(err error, op string) error {
	if err == nil {
		return nil
	}
	kind := bot.Unavailable
	if answer, ok := errors.AsType[redis.Error](err); ok && ours(answer.Error()) {
		kind = bot.Internal
	}
	return &bot.Error{Kind: kind, Op: op, Err: err}
}

// ours tells the answers that mean a fault in a command from those that pass (LOADING, READONLY, CLUSTERDOWN, OOM,
// TRYAGAIN, NOAUTH after a change of password, ...).
func ours(answer string) bool {
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
