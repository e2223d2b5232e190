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

// RedisConfig says where Redis is: the section "redis".
type RedisConfig struct {
	// URL is a redis://, rediss://, redis+sentinel:// or redis+cluster:// address; empty means the embedded server,
	// which keeps everything in memory.
	URL URL `yaml:"url" env:"URL"`
	// CAFile holds the certificates, in PEM, that a server reached over TLS must be signed by; empty means the system's.
	CAFile string `yaml:"ca_file" env:"CA_FILE"`
	// WaitReplicas is how many replicas must have what is answered 200; 0 means that the master's word is enough.
	WaitReplicas int `yaml:"wait_replicas" env:"WAIT_REPLICAS"`
}

// maxWaitReplicas is more than anybody runs.
const maxWaitReplicas = 8

// Validate reports everything that is wrong, with the keys' names and without the password.
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

// options reads address and certificates.
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
		return nil, bot.WrongSetting("redis.ca_file", "%s holds no certificate in PEM", c.CAFile)
	}
	return opts, nil
}

// Config says how much is kept: the section "store".
type Config struct {
	// IndexCap is how many messages the index keeps per chat, the newest.
	IndexCap int `yaml:"index_cap" env:"INDEX_CAP"`
	// IndexRetention is for how long the index keeps a message.
	IndexRetention time.Duration `yaml:"index_retention" env:"INDEX_RETENTION"`
	// AuditCap is how many records the audit keeps in all, and how many acts; the oldest go first.
	AuditCap int64 `yaml:"audit_cap" env:"AUDIT_CAP"`
	// AuditKey seals the records of the audit: 32 bytes in hex or base64. Empty means that their hashes need no key.
	AuditKey bot.Secret `yaml:"audit_key"`
	// AuditOldKey is the key before this one; what it sealed can still be verified.
	AuditOldKey bot.Secret `yaml:"audit_old_key"`
}

// Sealer seals the records of the audit as a valid configuration says.
func (c Config) Sealer() audit.Sealer {
	var keys [][]byte
	for _, key := range []bot.Secret{c.AuditKey, c.AuditOldKey} {
		if raw, err := keyOf(key); key != "" && err == nil {
			keys = append(keys, raw)
		}
	}
	return audit.NewSealer(keys...)
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
