// Package hooks sends webhooks, signed as in Standard Webhooks (https://www.standardwebhooks.com), and only to allowed addresses. It
// sends once: storing and retries are the caller's.
package hooks

import (
	"encoding/base64"
	"errors"
	"net/netip"
	"net/url"
	"slices"
	"strings"
	"time"

	"recallbot/bot"
)

const (
	secretPrefix = "whsec_"
	minSecret    = 24
	maxSecret    = 64
)

var errSecret = bot.WrongSetting("", "must be whsec_ and 24 to 64 bytes in base64, such as `echo whsec_$(openssl rand -base64 32)` prints")

// keysOf decodes a secret: whsec_ and 24 to 64 bytes in base64, or several of these with spaces between. Each of them signs, so that
// receivers can rotate theirs one after another.
func keysOf(secret bot.Secret) ([][]byte, error) {
	var keys [][]byte
	for text := range strings.FieldsSeq(secret.Reveal()) {
		encoded, hasPrefix := strings.CutPrefix(text, secretPrefix)
		key, err := base64.StdEncoding.DecodeString(encoded)
		if !hasPrefix || err != nil || len(key) < minSecret || len(key) > maxSecret {
			return nil, errSecret
		}
		keys = append(keys, key)
	}
	if len(keys) == 0 {
		return nil, errSecret
	}
	return keys, nil
}

// Target is a receiver in the configuration, with its signing secret.
type Target struct {
	URL    string     `yaml:"url"`
	Secret bot.Secret `yaml:"secret"`
}

// On reports whether the target is configured.
func (t Target) On() bool { return t.URL != "" }

// Config is the section "hooks".
type Config struct {
	// Allow lists private targets that may be reached: networks (10.0.0.0/8), addresses, or host names.
	Allow []string `yaml:"allow"`
	// AllowHTTP allows http addresses.
	AllowHTTP bool `yaml:"allow_http"`
	// Timeout is for one attempt, from the DNS lookup to the end of the response.
	Timeout time.Duration `yaml:"timeout"`
	// MaxAttempts is the number of attempts until a message is given up.
	MaxAttempts int `yaml:"max_attempts"`
	// Jobs receives job.finished of all jobs. Its secret, and secrets derived from it, also sign webhooks to other addresses.
	Jobs Target `yaml:"jobs"`
}

// Defaults returns the defaults.
func Defaults() Config { return Config{Timeout: 10 * time.Second, MaxAttempts: 24} }

const maxTimeout = 15 * time.Second

// Validate returns all faults joined, with the keys' names. It does not quote addresses, which may contain tokens.
func (c Config) Validate() error {
	var errs []error
	for _, entry := range c.Allow {
		if _, _, err := readAllowed(entry); err != nil {
			errs = append(errs, bot.InSetting("hooks.allow", err))
		}
	}
	if c.Timeout < time.Second || c.Timeout > maxTimeout {
		errs = append(errs, bot.WrongSetting("hooks.timeout", "must be 1s to %s, not %s", maxTimeout, c.Timeout))
	}
	if c.MaxAttempts < 1 {
		errs = append(errs, bot.WrongSetting("hooks.max_attempts", "must be more than 0, not %d", c.MaxAttempts))
	}
	return errors.Join(append(errs, c.CheckTarget("hooks.jobs", c.Jobs))...)
}

// CheckTarget returns all faults of a target; key is the prefix of its settings. A secret without an address is valid.
func (c Config) CheckTarget(key string, t Target) error {
	var errs []error
	if err := c.CheckURL(t.URL); t.On() && err != nil {
		errs = append(errs, bot.InSetting(key+".url", err))
	}
	if _, err := keysOf(t.Secret); (t.On() || t.Secret != "") && err != nil {
		errs = append(errs, bot.InSetting(key+".secret", err))
	}
	return errors.Join(errs...)
}

// CheckURL returns an error for an address to which nothing can be sent, because of its syntax, scheme or port, or an IP address that
// is not allowed. Host names are checked when they are dialled.
func (c Config) CheckURL(text string) error {
	u, err := url.Parse(text)
	switch {
	case err != nil || len(text) > bot.MaxURL || u.Hostname() == "" || u.Opaque != "":
		return bot.WrongSetting("", "must be an address like https://host/path")
	case u.Scheme != "https" && u.Scheme != "http":
		return bot.WrongSetting("", "must be an https address")
	case u.Scheme == "http" && !c.AllowHTTP:
		return bot.WrongSetting("", "must be an https address (hooks.allow_http: true allows http too)")
	case u.User != nil:
		return bot.WrongSetting("", "must not hold a user or a password")
	case u.Fragment != "":
		return bot.WrongSetting("", "must not have a fragment (#)")
	}
	guard, err := newGuard(c)
	if err != nil {
		return err
	}
	return guard.checkURL(u)
}

// readAllowed parses an entry of Config.Allow: a network or a host name.
func readAllowed(entry string) (netip.Prefix, string, error) {
	if prefix, err := netip.ParsePrefix(entry); err == nil {
		return prefix.Masked(), "", nil
	}
	if addr, err := netip.ParseAddr(entry); err == nil && addr.Zone() == "" {
		return netip.PrefixFrom(addr.Unmap(), addr.Unmap().BitLen()), "", nil
	}
	name := hostName(entry)
	labels := strings.Split(name, ".")
	if name == "" || len(name) > 253 || slices.ContainsFunc(labels, badLabel) || !strings.ContainsAny(labels[len(labels)-1], letters) {
		return netip.Prefix{}, "", bot.WrongSetting("", "%q is not a network, an IP address or the name of a host", entry)
	}
	return netip.Prefix{}, name, nil
}

const letters = "abcdefghijklmnopqrstuvwxyz"

func badLabel(label string) bool {
	return label == "" || len(label) > 63 || strings.Trim(label, letters+"0123456789-_") != ""
}

// hostName is a host name in the form for comparison.
func hostName(name string) string { return strings.ToLower(strings.TrimSuffix(name, ".")) }
