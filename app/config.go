package app

import (
	"errors"
	"log/slog"
	"time"

	"recallbot/app/config"
	"recallbot/app/doctor"
	"recallbot/app/telemetry"
	"recallbot/bot"
	"recallbot/feishu"
	"recallbot/handlers"
	"recallbot/hooks"
	"recallbot/recall/policy"
	"recallbot/recall/watch"
	"recallbot/store"
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
	// Owner lets owners authorise us, for chats where our bot may not recall.
	Owner OwnerConfig `yaml:"owner"`
	// Watch is for rules on bots' posts.
	Watch watch.Config `yaml:"watch"`
	Log   LogConfig    `yaml:"log"`
	// Telemetry sends traces.
	Telemetry telemetry.Config `yaml:"telemetry"`
	// DryRun ends every recall before the platform is called, on every path.
	DryRun bool `yaml:"dry_run"`
}

// QueueConfig has the limits of the queues.
type QueueConfig struct {
	// Workers is how many items run at once in this replica, PerChat how many of one chat.
	Workers int `yaml:"workers"`
	PerChat int `yaml:"per_chat"`
	// JobWorkers is how many jobs run at once in this replica.
	JobWorkers int `yaml:"job_workers"`
	// PostWorkers is to how many chats this replica sends posts of the API at once.
	PostWorkers int `yaml:"post_workers"`
	// Lease is after which time another replica takes over the work of one that died.
	Lease time.Duration `yaml:"lease"`
	// MaxAttempts is how often an item is tried before it becomes a dead letter.
	MaxAttempts int `yaml:"max_attempts"`
}

// PolicyConfig is the policy's configuration and how long roles are cached.
type PolicyConfig struct {
	policy.Config `yaml:",inline"`

	// RolesTTL is how long a chat's owner and managers are cached.
	RolesTTL time.Duration `yaml:"roles_ttl"`
	// RecallWindow is how long after posting the tenant allows a recall; 0 means no limit, or unknown. Posts with a longer lifetime
	// are recalled before it ends.
	RecallWindow time.Duration `yaml:"recall_window"`
}

// AuditConfig has the exporters of the audit.
type AuditConfig struct {
	// File gets a JSON line for each record: a path, "stdout", or empty for none.
	File string `yaml:"file"`
	// Webhook gets batches of records.
	Webhook hooks.Target `yaml:"webhook"`
}

// LogConfig configures the log.
type LogConfig struct {
	// Level is debug, info, warn or error.
	Level string `yaml:"level" values:"debug,info,warn,error"`
}

// Defaults is the configuration without file and environment.
func Defaults() Config {
	return Config{
		Server:  web.Defaults(),
		Feishu:  feishu.Defaults(),
		Store:   store.DefaultConfig(),
		Watch:   watch.DefaultConfig(),
		Queue:   QueueConfig{Workers: 64, PerChat: 4, JobWorkers: 8, PostWorkers: 16, Lease: time.Second, MaxAttempts: 24},
		Policy:  PolicyConfig{RolesTTL: 30 * time.Second},
		Chat:    handlers.Defaults(),
		Archive: store.DefaultArchive(),
		Hooks:   hooks.Defaults(),
		Log:     LogConfig{Level: "info"}, Telemetry: telemetry.Defaults(),
	}
}

// Load reads the configuration: defaults, then the file, then the environment. The result is not validated.
func Load(path string, environ []string) (Config, error) {
	cfg := Defaults()
	err := config.Load(path, environ, &cfg)
	return cfg, err
}

// LoadValid is Load and Validate, with the problems of both and the place of each.
func LoadValid(path string, environ []string) (Config, error) {
	cfg := Defaults()
	err := config.LoadValid(path, environ, &cfg)
	return cfg, err
}

// Validate reports everything that is wrong, each problem with its key.
func (c Config) Validate() error {
	errs := []error{
		c.Server.Validate(), c.Feishu.Validate(), c.Redis.Validate(), c.Store.Validate(),
		c.Policy.Validate(), c.Queue.validate(), c.Log.validate(), c.Archive.Validate(),
		c.Hooks.Validate(), c.Hooks.CheckTarget("audit.webhook", c.Audit.Webhook),
		c.Owner.validate(),
		c.Telemetry.Validate(), c.Watch.Validate(),
	}
	errs = append(errs, c.Chat.Validate()...)
	if c.Policy.RolesTTL <= 0 || c.Policy.RolesTTL > time.Hour {
		errs = append(errs, bot.WrongSetting("policy.roles_ttl", "must be more than 0 and at most 1h, not %s", c.Policy.RolesTTL))
	}
	if c.Policy.RecallWindow != 0 && c.Policy.RecallWindow < minWindow {
		errs = append(errs, bot.WrongSetting("policy.recall_window", "must be 0 or at least %s, not %s", minWindow, c.Policy.RecallWindow))
	}
	return errors.Join(errs...)
}

// minWindow is the least policy.recall_window.
const minWindow = time.Minute

func (c QueueConfig) validate() error {
	var errs []error
	positive := func(key string, n int) {
		if n <= 0 {
			errs = append(errs, bot.WrongSetting("queue."+key, "must be more than 0, not %d", n))
		}
	}
	positive("workers", c.Workers)
	positive("per_chat", c.PerChat)
	positive("job_workers", c.JobWorkers)
	positive("post_workers", c.PostWorkers)
	positive("max_attempts", c.MaxAttempts)
	if c.Lease < time.Second || c.Lease > time.Minute {
		errs = append(errs, bot.WrongSetting("queue.lease", "must be 1s to %s, not %s", time.Minute, c.Lease))
	}
	return errors.Join(errs...)
}

func (c LogConfig) validate() error {
	if _, err := c.level(); err != nil {
		return bot.WrongSetting("log.level", "must be debug, info, warn or error, not %q", c.Level)
	}
	return nil
}

func (c LogConfig) level() (slog.Level, error) {
	var level slog.Level
	err := level.UnmarshalText([]byte(c.Level))
	return level, err
}

// PublicURLs are the addresses that the doctor checks.
func (c Config) PublicURLs(redirect func() string) doctor.PublicURLs {
	return doctor.PublicURLs{
		Redirect: redirect, Hooks: c.Hooks,
		Targets: map[string]hooks.Target{"hooks.jobs.url": c.Hooks.Jobs, "audit.webhook.url": c.Audit.Webhook},
	}
}
