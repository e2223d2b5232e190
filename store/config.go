package store

import (
	"errors"
	"fmt"
	"time"
)

// RedisConfig says where Redis is: the section "redis".
type RedisConfig struct {
	// URL is a redis://, rediss://, redis+sentinel:// or redis+cluster:// address; empty means the embedded server,
	// which keeps everything in memory.
	URL URL `yaml:"url" env:"URL"`
}

// Validate reports everything that is wrong, with the keys' names and without the password.
func (c RedisConfig) Validate() error {
	if c.URL == "" {
		return nil
	}
	if _, err := c.URL.options(); err != nil {
		return fmt.Errorf("redis.url: %w", err)
	}
	return nil
}

// Config says how much is kept: the section "store".
type Config struct {
	// IndexCap is how many messages the index keeps per chat, the newest.
	IndexCap int `yaml:"index_cap" env:"INDEX_CAP"`
	// IndexRetention is for how long the index keeps a message.
	IndexRetention time.Duration `yaml:"index_retention" env:"INDEX_RETENTION"`
	// AuditCap is about how many records the audit keeps in all; the oldest go first.
	AuditCap int64 `yaml:"audit_cap" env:"AUDIT_CAP"`
}

// DefaultConfig is what holds where the configuration says nothing.
func DefaultConfig() Config {
	return Config{IndexCap: 1000, IndexRetention: 30 * 24 * time.Hour, AuditCap: 100_000}
}

// Bounds of the configuration. The embedded server sorts a whole set on each read, and a reader of the index takes a
// chat in pages; beyond the upper bound neither is quick any more.
const (
	minIndexCap       = 10
	maxIndexCap       = 100_000
	minIndexRetention = time.Hour
	minAuditCap       = 100
)

// Validate reports everything that is wrong, with the keys' names.
func (c Config) Validate() error {
	var errs []error
	if c.IndexCap < minIndexCap || c.IndexCap > maxIndexCap {
		errs = append(errs, fmt.Errorf("store.index_cap: %d is not between %d and %d", c.IndexCap, minIndexCap, maxIndexCap))
	}
	if c.IndexRetention < minIndexRetention {
		errs = append(errs, fmt.Errorf("store.index_retention: %s is less than %s", c.IndexRetention, minIndexRetention))
	}
	if c.AuditCap < minAuditCap {
		errs = append(errs, fmt.Errorf("store.audit_cap: %d is less than %d", c.AuditCap, minAuditCap))
	}
	return errors.Join(errs...)
}
