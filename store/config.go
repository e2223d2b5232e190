package store

import (
	"crypto/x509"
	"errors"
	"os"
	"time"

	"github.com/redis/go-redis/v9"

	"recallbot/audit"
	"recallbot/bot"
)

// RedisConfig is the section "redis".
type RedisConfig struct {
	// URL is a redis://, rediss://, redis+sentinel:// or redis+cluster:// address; empty means the embedded server, in memory.
	URL URL `yaml:"url" env:"URL"`
	// CAFile has the CA certificates for TLS, in PEM; empty means those of the system.
	CAFile string `yaml:"ca_file" env:"CA_FILE"`
	// WaitReplicas is how many replicas must have an event before it is answered 200.
	WaitReplicas int `yaml:"wait_replicas" env:"WAIT_REPLICAS"`
}

const maxWaitReplicas = 8

// Validate returns all faults joined, with the keys' names and without the password.
func (c RedisConfig) Validate() error {
	var errs []error
	if c.WaitReplicas < 0 || c.WaitReplicas > maxWaitReplicas {
		errs = append(errs, bot.WrongSetting("redis.wait_replicas", "%d is not between 0 and %d", c.WaitReplicas, maxWaitReplicas))
	}
	if c.URL == "" {
		if c.WaitReplicas > 0 {
			errs = append(errs, bot.WrongSetting("redis.wait_replicas", "the embedded server, without redis.url, has no replicas"))
		}
		return errors.Join(errs...)
	}
	if _, err := c.options(); err != nil {
		errs = append(errs, err)
	}
	return errors.Join(errs...)
}

// options parses the address and loads the certificates.
func (c RedisConfig) options() (*redis.UniversalOptions, error) {
	opts, err := c.URL.options()
	if err != nil {
		return nil, bot.InSetting("redis.url", err)
	}
	if c.CAFile == "" {
		return opts, nil
	}
	if opts.TLSConfig == nil {
		return nil, bot.WrongSetting("redis.ca_file", "redis.url has no TLS; its scheme must begin with rediss")
	}
	text, err := os.ReadFile(c.CAFile)
	if err != nil {
		return nil, bot.InSetting("redis.ca_file", err)
	}
	opts.TLSConfig.RootCAs = x509.NewCertPool()
	if !opts.TLSConfig.RootCAs.AppendCertsFromPEM(text) {
		return nil, bot.WrongSetting("redis.ca_file", "%s has no PEM certificate", c.CAFile)
	}
	return opts, nil
}

// Config is the section "store".
type Config struct {
	// IndexCap is how many of a chat's messages the index keeps; the oldest are deleted, in chunks, so that up to 240 more are kept.
	IndexCap int `yaml:"index_cap" env:"INDEX_CAP"`
	// IndexRetention is how long the index keeps a message.
	IndexRetention time.Duration `yaml:"index_retention" env:"INDEX_RETENTION"`
	// AuditCap is the maximum of records in the audit, and of acts; the oldest are deleted.
	AuditCap int64 `yaml:"audit_cap" env:"AUDIT_CAP"`
	// AuditKey is the key of the records' hashes: 32 bytes in hex or base64; empty for hashes without a key.
	AuditKey bot.Secret `yaml:"audit_key"`
	// AuditOldKey is the key before this one, for the verification of older records.
	AuditOldKey bot.Secret `yaml:"audit_old_key"`
}

// Sealer returns the audit's sealer. The configuration must be valid.
func (c Config) Sealer() audit.Sealer {
	var keys [][]byte
	for _, key := range []bot.Secret{c.AuditKey, c.AuditOldKey} {
		if raw, err := keyOf(key); key != "" && err == nil {
			keys = append(keys, raw)
		}
	}
	return audit.NewSealer(keys...)
}

// DefaultConfig returns the defaults.
func DefaultConfig() Config {
	return Config{IndexCap: 1000, IndexRetention: 30 * 24 * time.Hour, AuditCap: 100_000}
}

// Bounds of the configuration. Above maxIndexCap reads of a chat are slow, because the embedded server sorts the whole set on each.
const (
	minIndexCap       = 10
	maxIndexCap       = 100_000
	minIndexRetention = time.Hour
	minAuditCap       = 100
)

// Validate returns all faults joined, with the keys' names.
func (c Config) Validate() error {
	var errs []error
	if c.IndexCap < minIndexCap || c.IndexCap > maxIndexCap {
		errs = append(errs, bot.WrongSetting("store.index_cap", "%d is not between %d and %d", c.IndexCap, minIndexCap, maxIndexCap))
	}
	if c.IndexRetention < minIndexRetention {
		errs = append(errs, bot.WrongSetting("store.index_retention", "%s is less than %s", c.IndexRetention, minIndexRetention))
	}
	if c.AuditCap < minAuditCap {
		errs = append(errs, bot.WrongSetting("store.audit_cap", "%d is less than %d", c.AuditCap, minAuditCap))
	}
	if _, err := keyOf(c.AuditKey); c.AuditKey != "" && err != nil {
		errs = append(errs, bot.InSetting("store.audit_key", err))
	}
	if _, err := keyOf(c.AuditOldKey); c.AuditOldKey != "" && err != nil {
		errs = append(errs, bot.InSetting("store.audit_old_key", err))
	}
	if c.AuditOldKey != "" && c.AuditKey == "" {
		errs = append(errs, bot.WrongSetting("store.audit_old_key", "set without store.audit_key"))
	}
	return errors.Join(errs...)
}
