package app

import (
	"errors"
	"fmt"
	"log/slog"
	"time"

	"recallbot/app/settings"
	"recallbot/bot"
	"recallbot/feishu"
	"recallbot/handlers"
	"recallbot/hooks"
	"recallbot/policy"
	"recallbot/store"
	"recallbot/telemetry"
	"recallbot/web"
)

// Config is the whole configuration: each package owns its part. config.yaml documents every key.
type Config struct {
	Server web.Config        `yaml:"server"`
	Feishu feishu.Config     `yaml:"feishu"`
	Redis  store.RedisConfig `yaml:"redis"`
	Store  store.Config      `yaml:"store"`
	Queue  QueueConfig       `yaml:"queue"`
	Policy PolicyConfig      `yaml:"policy"`
	Chat   handlers.Config   `yaml:"chat"`
	Audit  AuditConfig       `yaml:"audit"`
	Hooks  hooks.Config      `yaml:"hooks"`
	// Archive keeps our own posts when they are recalled.
	Archive store.ArchiveConfig `yaml:"archive"`
	// Owner has owners authorise us where our bot has no rank.
	Owner OwnerConfig `yaml:"owner"`
	Log   LogConfig   `yaml:"log"`
	// Telemetry sends traces.
	Telemetry telemetry.Config `yaml:"telemetry"`
	// DryRun makes every recall end before the platform is asked, on every path.
	DryRun bool `yaml:"dry_run"`
}

// QueueConfig says how work is done.
type QueueConfig struct {
	// Workers is how many pieces of work run at once in this replica, PerChat how many of one chat.
	Workers int `yaml:"workers"`
	PerChat int `yaml:"per_chat"`
	// JobWorkers is how many jobs run at once in this replica.
	JobWorkers int `yaml:"job_workers"`
	// PostWorkers is to how many chats this replica posts at once what was asked for through the API.
	PostWorkers int `yaml:"post_workers"`
	// Lease is how long the work of a dead replica waits for another one.
	Lease time.Duration `yaml:"lease"`
	// MaxAttempts is how often work is tried before it becomes a dead letter.
	MaxAttempts int `yaml:"max_attempts"`
}

// PolicyConfig is the policy's configuration and how long roles are believed.
type PolicyConfig struct {
	policy.Config `yaml:",inline"`

	// RolesTTL is how long what the platform said of a chat's owner and managers is kept.
	RolesTTL time.Duration `yaml:"roles_ttl"`
	// RecallWindow is for how long after posting the tenant lets messages be recalled; 0 is for ever, or not known. What
	// lives longer is recalled before it ends.
	RecallWindow time.Duration `yaml:"recall_window"`
}

// AuditConfig says where the audit goes besides Redis.
type AuditConfig struct {
	// File takes a JSON line for each record: a path, "stdout", or empty for none.
	File string `yaml:"file"`
	// Webhook takes batches of them.
	Webhook hooks.Target `yaml:"webhook"`
}

// LogConfig says what is logged.
type LogConfig struct {
	// Level is debug, info, warn or error.
	Level string `yaml:"level" values:"debug,info,warn,error"`
}

// Defaults is the configuration of a bot that was told nothing but its credentials.
func Defaults() Config {
	return Config{
		Server:  web.Defaults(),
		Feishu:  feishu.Defaults(),
		Store:   store.DefaultConfig(),
		Queue:   QueueConfig{Workers: 64, PerChat: 4, JobWorkers: 8, PostWorkers: 16, Lease: 5 * time.Second, MaxAttempts: 24},
		Policy:  PolicyConfig{RolesTTL: 30 * time.Second},
		Chat:    handlers.Defaults(),
		Archive: store.DefaultArchive(),
		Hooks:   hooks.Defaults(),
		Log:     LogConfig{Level: "info"}, Telemetry: telemetry.Defaults(),
	}
}

// Load reads the configuration: defaults, then the file, then the environment. The result is not validated.
func Load(path string, environ []string) (Config, error) {
	config := Defaults()
	err := settings.Load(path, environ, &config)
	return config, err
}

// LoadValid is Load and Validate, with the problems of both.
func LoadValid(path string, environ []string) (Config, error) {
	config, err := Load(path, environ)
	return config, errors.Join(err, config.Validate())
}

// Validate reports everything that is wrong, each problem with its key.
func (c Config) Validate() error {
	errs := []error{
		c.Server.Validate(), c.Feishu.Validate(), c.Redis.Validate(), c.Store.Validate(),
		c.Policy.Validate(), c.Queue.validate(), c.Log.validate(), c.Archive.Validate(),
		c.Hooks.Validate(), c.Hooks.CheckTarget("audit.webhook", c.Audit.Webhook),
		c.Owner.validate(),
		c.Telemetry.Validate(),
	}
	errs = append(errs, c.Chat.Validate()...)
	if c.Policy.RolesTTL <= 0 || c.Policy.RolesTTL > time.Hour {
		errs = append(errs, bot.Errorf(bot.Invalid, "policy.roles_ttl: want more than 0 and at most 1h, got %s", c.Policy.RolesTTL))
	}
	if c.Policy.RecallWindow != 0 && c.Policy.RecallWindow < leastWindow {
		errs = append(errs, bot.Errorf(bot.Invalid, "policy.recall_window: want 0 or at least %s, got %s", leastWindow, c.Policy.RecallWindow))
	}
	return errors.Join(errs...)
}

// leastWindow is the shortest time for which a tenant may let messages be recalled.
const leastWindow = time.Minute

func (c QueueConfig) validate() error {
	var errs []error
	need := func(ok bool, key, want string, got any) {
		if !ok {
			errs = append(errs, fmt.Errorf("queue.%s: want %s, got %v", key, want, got))
		}
	}
	need(c.Workers > 0, "workers", "more than 0", c.Workers)
	need(c.PerChat > 0, "per_chat", "more than 0", c.PerChat)
	need(c.JobWorkers > 0, "job_workers", "more than 0", c.JobWorkers)
	need(c.PostWorkers > 0, "post_workers", "more than 0", c.PostWorkers)
	need(c.MaxAttempts > 0, "max_attempts", "more than 0", c.MaxAttempts)
	need(c.Lease >= time.Second && c.Lease <= time.Minute, "lease", "1s to 1m", c.Lease)
	return errors.Join(errs...)
}

func (c LogConfig) validate() error {
	if _, err := c.level(); err != nil {
		return fmt.Errorf("log.level: want debug, info, warn or error, got %q", c.Level)
	}
	return nil
}

func (c LogConfig) level() (slog.Level, error) {
	var level slog.Level
	err := level.UnmarshalText([]byte(c.Level))
	return level, err
}
