package feishu

import (
	"context"
	"errors"
	"net/url"
	"strings"
	"time"
	"unicode"

	"recallbot/bot"
)

// Transport is how events arrive.
type Transport string

// The transports.
const (
	// Webhook: the platform posts events to our URL.
	Webhook Transport = "webhook"
	// Websocket: we connect to the platform and receive events over the connection.
	Websocket Transport = "websocket"
)

// Config is the feishu section of the configuration.
type Config struct {
	BaseURL   string     `yaml:"base_url"`
	AppID     string     `yaml:"app_id"`
	AppSecret bot.Secret `yaml:"app_secret"`
	// VerificationToken, if set, is compared with that of every event.
	VerificationToken bot.Secret `yaml:"verification_token"`
	EncryptKey        bot.Secret `yaml:"encrypt_key"`
	Transport         Transport  `yaml:"transport" values:"webhook,websocket"`
	// AllowUnsigned accepts plain events without a signature; then only the verification token protects against
	// forged ones.
	AllowUnsigned bool `yaml:"allow_unsigned"`
	// MaxEventAge is the largest allowed difference between an event's signed timestamp and our clock, in both
	// directions.
	MaxEventAge time.Duration `yaml:"max_event_age"`
	// CallTimeout limits one API call, from the dial to the last byte.
	CallTimeout time.Duration `yaml:"call_timeout"`

	// OtherPlatform is the base URL where an app may live that this platform does not know; empty means Lark for
	// Feishu and Feishu for Lark.
	OtherPlatform string `yaml:"-"`
	// TokenCache shares the tenant token among the replicas; nil keeps it in this process.
	TokenCache TokenCache `yaml:"-"`
	// Owners is set if owners may authorise us, which needs one event more.
	Owners bool `yaml:"-"`
	// MaxAge gives MaxEventAge where that changes while the bot runs. It may be nil.
	MaxAge func() time.Duration `yaml:"-"`
	// Now is the clock; nil means time.Now.
	Now func() time.Time `yaml:"-"`
	// Observe is called after every API call with its name, such as "message.delete", the platform's code (0 success,
	// -1 no answer) and the duration. It may be nil.
	Observe func(api string, code int, d time.Duration) `yaml:"-"`
	// OnPost is called for each message that we sent, before the call that sent it returns. repliedTo is its parent,
	// and the root if that differs. It may be nil.
	OnPost func(ctx context.Context, m bot.Message, repliedTo []bot.MessageID) `yaml:"-"`
	// ChatOf returns the chat of a message, or the empty chat, so that replies respect the chat's limit. It may be
	// nil.
	ChatOf func(ctx context.Context, id bot.MessageID) bot.ChatID `yaml:"-"`
	// Trace is called before every API call; the function that it returns is called afterwards with the platform's
	// code (as for Observe), its log id and the error. It may be nil.
	Trace func(ctx context.Context, api string) (context.Context, func(code int, logID string, err error)) `yaml:"-"`
	// Hold reports whether calls that change something are not to be sent but taken as done. Calls for tokens are
	// always sent. It may be nil.
	Hold func() bool `yaml:"-"`
	// OnHeld is called for each call that was not sent. It may be nil.
	OnHeld func(HeldCall) `yaml:"-"`
}

// Defaults is the configuration for Feishu with a webhook, without credentials.
func Defaults() Config {
	return Config{
		BaseURL:     addressFeishu,
		Transport:   Webhook,
		MaxEventAge: 10 * time.Minute,
		CallTimeout: 8 * time.Second,
	}
}

// Validate reports everything that is wrong, with the key to change.
func (c Config) Validate() error {
	var errs []error
	check := func(ok bool, err error) {
		if !ok {
			errs = append(errs, err)
		}
	}
	check(isBaseURL(c.BaseURL), bot.WrongSetting("feishu.base_url", "must be an address such as https://open.feishu.cn, with https:// and without /open-apis, not %q", c.BaseURL))
	check(c.AppID != "", bot.WrongSetting("feishu.app_id", "missing"))
	check(c.AppSecret != "", bot.WrongSetting("feishu.app_secret", "missing"))
	check(c.Transport == Webhook || c.Transport == Websocket, bot.WrongSetting("feishu.transport", "must be webhook or websocket, not %q", string(c.Transport)))
	if c.Transport == Webhook && c.EncryptKey == "" {
		check(c.AllowUnsigned, bot.WrongSetting("feishu.encrypt_key", "missing; without it anybody can forge events (feishu.allow_unsigned: true takes that risk)"))
		check(!c.AllowUnsigned || c.VerificationToken != "", bot.WrongSetting("feishu.verification_token", "missing; feishu.allow_unsigned without an encrypt key needs it"))
	}
	check(c.MaxEventAge > 0, bot.WrongSetting("feishu.max_event_age", "must be more than 0, not %s", c.MaxEventAge))
	check(c.CallTimeout > 0, bot.WrongSetting("feishu.call_timeout", "must be more than 0, not %s", c.CallTimeout))
	return errors.Join(append(errs, c.validateCredentials()...)...)
}

// validateCredentials reports invisible characters that were copied with a credential: the platform rejects an id or
// secret that looks right. It does not show the credential.
func (c Config) validateCredentials() []error {
	isPlain := func(r rune) bool { return r > ' ' && r <= unicode.MaxASCII && unicode.IsGraphic(r) }
	isVisible := func(r rune) bool { return r == ' ' || unicode.IsGraphic(r) && !unicode.IsSpace(r) }
	var errs []error
	for _, credential := range []struct {
		key, text string
		may       func(rune) bool
	}{
		{"feishu.app_id", c.AppID, isPlain},
		{"feishu.app_secret", c.AppSecret.Reveal(), isPlain},
		{"feishu.verification_token", c.VerificationToken.Reveal(), isVisible},
		{"feishu.encrypt_key", c.EncryptKey.Reveal(), isVisible},
	} {
		for i, r := range []rune(credential.text) {
			if !credential.may(r) {
				errs = append(errs, bot.WrongSetting(credential.key, "its character %d is %U, which does not belong there; copy it again", i+1, r))
			}
		}
	}
	return errs
}

// Base URLs of the two platforms.
const (
	addressFeishu = "https://open.feishu.cn"
	addressLark   = "https://open.larksuite.com"
)

// otherPlatform is the base URL of the other platform, or empty if this is neither Feishu nor Lark.
func (c Config) otherPlatform() string {
	switch {
	case c.OtherPlatform != "":
		return c.OtherPlatform
	case trimSlash(c.BaseURL) == addressFeishu:
		return addressLark
	case trimSlash(c.BaseURL) == addressLark:
		return addressFeishu
	default:
		return ""
	}
}

func (c Config) maxAge() time.Duration {
	if c.MaxAge == nil {
		return c.MaxEventAge
	}
	return c.MaxAge()
}

func (c Config) now() time.Time {
	if c.Now == nil {
		return time.Now()
	}
	return c.Now()
}

func isBaseURL(text string) bool {
	u, err := url.Parse(text)
	if err != nil || u.Host == "" || u.User != nil || u.RawQuery != "" || u.Fragment != "" {
		return false
	}
	// The client adds /open-apis; it is often copied along by mistake.
	return (u.Scheme == "http" || u.Scheme == "https") && !strings.Contains(u.Path, "open-apis")
}
