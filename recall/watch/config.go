package watch

import (
	"errors"
	"time"

	"recallbot/bot"
)

// Config is the configuration of rules on bots' posts.
type Config struct {
	// Poll is how often chats with rules are listed where other bots' posts do not arrive as events; 0 is never.
	Poll time.Duration `yaml:"poll"`
	// MaxActionsPerHour is how many posts one rule recalls in an hour, before it asks.
	MaxActionsPerHour int `yaml:"max_actions_per_hour"`
}

// DefaultConfig returns the defaults.
func DefaultConfig() Config { return Config{Poll: 20 * time.Second, MaxActionsPerHour: 200} }

// Validate reports each wrong value.
func (c Config) Validate() error {
	const minPoll, maxPoll, maxActions = 5 * time.Second, time.Hour, 10_000
	var errs []error
	if c.Poll != 0 && (c.Poll < minPoll || c.Poll > maxPoll) {
		errs = append(errs, bot.WrongSetting("watch.poll", "%s is neither 0 nor between %s and %s", c.Poll, minPoll, maxPoll))
	}
	if c.MaxActionsPerHour < 1 || c.MaxActionsPerHour > maxActions {
		errs = append(errs, bot.WrongSetting("watch.max_actions_per_hour", "%d is not between 1 and %d", c.MaxActionsPerHour, maxActions))
	}
	return errors.Join(errs...)
}
