// Package hooks sends what happened to others over HTTP, signed as Standard Webhooks has it, and to no address that it was
// not meant to reach. It tries once: whoever calls it keeps what is to be sent, and tries again.
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

var errSecret = bot.WrongSetting("", "want whsec_ and 24 to 64 bytes in base64, such as `echo whsec_$(openssl rand -base64 32)` prints")

// keysOf are the bytes of a secret that signs what is sent: whsec_ and 24 to 64 bytes in base64; several, with spaces
// between, sign each, so that receivers can change theirs one after the other.
func keysOf(secret bot.Secret) ([][]byte, error) {
	var keys [][]byte
	for text := range strings.FieldsSeq(secret.Reveal()) {
		encoded, marked := strings.CutPrefix(text, secretPrefix)
		key, err := base64.StdEncoding.DecodeString(encoded)
		if !marked || err != nil || len(key) < minSecret || len(key) > maxSecret {
			return nil, errSecret
		}
		keys = append(keys, key)
	}
	if len(keys) == 0 {
		return nil, errSecret
	}
	return keys, nil
}

// Target is an address of the operator's, with the secret that signs what goes there.
type Target struct {
	URL    string     `yaml:"url"`
	Secret bot.Secret `yaml:"secret"`
}

// On reports whether anything is sent there.
func (t Target) On() bool { return t.URL != "" }

// Config says what may be reached and where finished jobs are told: the section "hooks".
type Config struct {
	// Allow are private targets that may be reached all the same: networks (10.0.0.0/8), addresses, or names of hosts.
	Allow []string `yaml:"allow"`
	// AllowHTTP takes addresses that are not https.
	AllowHTTP bool `yaml:"allow_http"`
	// Timeout is how long one try may take, from the name's look-up to the end of the answer.
	Timeout time.Duration `yaml:"timeout"`
	// MaxAttempts is how often a message is tried until it is given up.
	MaxAttempts int `yaml:"max_attempts"`
	// Jobs is told of each job that ended. Its secret, and secrets made of it, sign what goes to addresses of others too.
	Jobs Target `yaml:"jobs"`
}

// Defaults is what holds where the configuration says nothing.
func Defaults() Config { return Config{Timeout: 10 * time.Second, MaxAttempts: 24} }

const maxTimeout = 15 * time.Second

// Validate reports everything that is wrong, with the keys' names. No address is quoted: it may hold a token.
func (c Config) Validate() error {
	var errs []error
	for _, entry := range c.Allow {
		if _, _, err := readAllowed(entry); err != nil {
			errs = append(errs, bot.InSetting("hooks.allow", err))
		}
	}
	if c.Timeout < time.Second || c.Timeout > maxTimeout {
		errs = append(errs, bot.WrongSetting("hooks.timeout", "want 1s to %s, got %s", maxTimeout, c.Timeout))
	}
	if c.MaxAttempts < 1 {
		errs = append(errs, bot.WrongSetting("hooks.max_attempts", "want more than 0, got %d", c.MaxAttempts))
	}
	return errors.Join(append(errs, c.CheckTarget("hooks.jobs", c.Jobs))...)
}

// CheckTarget reports what is wrong with a target, whose settings begin with key. A secret may stand there alone.
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

// maxURL is the longest address that is taken.
const maxURL = 2048

// CheckURL reports why nothing can ever be sent to an address, by how it is written: its form, its scheme, its port, an
// address in the place of a name that may not be reached. What a name stands for is looked at when it is dialled.
func (c Config) CheckURL(text string) error {
	u, err := url.Parse(text)
	switch {
	case err != nil || len(text) > maxURL || u.Hostname() == "" || u.Opaque != "":
		return bot.WrongSetting("", "want an address like https://host/path")
	case u.Scheme != "https" && u.Scheme != "http":
		return bot.WrongSetting("", "want https")
	case u.Scheme == "http" && !c.AllowHTTP:
		return bot.WrongSetting("", "want https (hooks.allow_http: true takes http as well)")
	case u.User != nil:
		return bot.WrongSetting("", "want no user or password in it")
	case u.Fragment != "":
		return bot.WrongSetting("", "want nothing behind a #")
	}
	guard, err := newGuard(c)
	if err != nil {
		return err
	}
	return guard.written(u)
}

// readAllowed reads an entry of the list of private targets: a network, or the name of a host.
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
		return netip.Prefix{}, "", bot.WrongSetting("", "%q is no network, address or name of a host", entry)
	}
	return netip.Prefix{}, name, nil
}

const letters = "abcdefghijklmnopqrstuvwxyz"

func badLabel(label string) bool {
	return label == "" || len(label) > 63 || strings.Trim(label, letters+"0123456789-_") != ""
}

// hostName is a host's name as it is compared.
func hostName(name string) string { return strings.ToLower(strings.TrimSuffix(name, ".")) }
