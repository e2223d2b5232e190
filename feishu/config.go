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

// Transport is how events come to us.
type Transport string

// The transports.
const (
	// Webhook: the platform posts events to our address.
	Webhook Transport = "webhook"
	// Websocket: we keep a connection to the platform and events come down it.
	Websocket Transport = "websocket"
)

// Config is the feishu section of the configuration.
type Config struct {
	BaseURL   string     `yaml:"base_url"`
	AppID     string     `yaml:"app_id"`
	AppSecret bot.Secret `yaml:"app_secret"`
	// VerificationToken, when set, is compared on every event.
	VerificationToken bot.Secret `yaml:"verification_token"`
	EncryptKey        bot.Secret `yaml:"encrypt_key"`
	Transport         Transport  `yaml:"transport" values:"webhook,websocket"`
	// AllowUnsigned takes plain events without a signature; then the token is all that tells them from forged ones.
	AllowUnsigned bool `yaml:"allow_unsigned"`
	// MaxEventAge is how far an event's signed timestamp may be from our clock, before or after.
	MaxEventAge time.Duration `yaml:"max_event_age"`
	// CallTimeout is how long one API call may take, from the dial to the last byte.
	CallTimeout time.Duration `yaml:"call_timeout"`

	// OtherPlatform is the platform where an app may belong that this one does not know; empty means Lark for Feishu and Feishu
	// for Lark.
	OtherPlatform string `yaml:"-"`
	// TokenCache shares the tenant token among the replicas; nil keeps it in this process.
	TokenCache TokenCache `yaml:"-"`
	// Owners is set where owners may authorise us, which takes an event more.
	Owners bool `yaml:"-"`
	// Now is the clock; nil means time.Now.
	Now func() time.Time `yaml:"-"`
	// Observe is told of every API call: its name, such as "message.delete", the platform's code (0 success, -1 no
	// answer) and how long it took. It may be nil.
	Observe func(api string, code int, d time.Duration) `yaml:"-"`
	// OnPost is told of every post of our own, before the call that made it returns, and which messages it answers: its
	// parent, and the root where that is another. It may be nil.
	OnPost func(ctx context.Context, m bot.Message, answered []bot.MessageID) `yaml:"-"`
	// ChatOf tells in which chat a message stands, or the empty chat, so that replies keep within the chat's limit. It may
	// be nil.
	ChatOf func(ctx context.Context, id bot.MessageID) bot.ChatID `yaml:"-"`
	// Trace is told of every call of an API before it is made; what it returns is called with the platform's code (as
	// Observe), its log id and the error. It may be nil.
	Trace func(ctx context.Context, api string) (context.Context, func(code int, logID string, err error)) `yaml:"-"`
	// Hold tells whether calls that would change something are held back now: they are not sent, and taken as done. Those
	// for tokens are always sent. It may be nil.
	Hold func() bool `yaml:"-"`
	// OnHeld is told of every call that was held back. It may be nil.
	OnHeld func(HeldCall) `yaml:"-"`
}

// Defaults is the configuration of a bot on Feishu that takes webhooks; the credentials are missing.
func Defaults() Config {
	return Config{
		BaseURL:     addressFeishu,
		Transport:   Webhook,
		MaxEventAge: 10 * time.Minute,
		CallTimeout: 8 * time.Second,
	}
}

// Validate reports everything that is wrong, each with the key to change.
func (c Config) Validate() error {
	var errs []error
	need := func(ok bool, err error) {
		if !ok {
			errs = append(errs, err)
		}
	}
	need(isBaseURL(c.BaseURL), bot.WrongSetting("feishu.base_url", "want an address such as https://open.feishu.cn, with https:// and without /open-apis, got %q", c.BaseURL))
	need(c.AppID != "", bot.WrongSetting("feishu.app_id", "missing"))
	need(c.AppSecret != "", bot.WrongSetting("feishu.app_secret", "missing"))
	need(c.Transport == Webhook || c.Transport == Websocket, bot.WrongSetting("feishu.transport", "want webhook or websocket, got %q", string(c.Transport)))
	if c.Transport == Webhook && c.EncryptKey == "" {
		need(c.AllowUnsigned, bot.WrongSetting("feishu.encrypt_key", "missing; without it anybody can forge events (feishu.allow_unsigned: true takes that risk)"))
		need(!c.AllowUnsigned || c.VerificationToken != "", bot.WrongSetting("feishu.verification_token", "missing; feishu.allow_unsigned without an encrypt key needs it"))
	}
	need(c.MaxEventAge > 0, bot.WrongSetting("feishu.max_event_age", "want more than 0, got %s", c.MaxEventAge))
	need(c.CallTimeout > 0, bot.WrongSetting("feishu.call_timeout", "want more than 0, got %s", c.CallTimeout))
	return errors.Join(append(errs, c.validateCredentials()...)...)
}

// validateCredentials names what was copied along with a credential and can't be seen: with it the platform refuses an id or a
// secret that looks right. The credential itself is not shown.
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

// The addresses of the two platforms.
const (
	addressFeishu = "https://open.feishu.cn"
	addressLark   = "https://open.larksuite.com"
)

// otherPlatform is the other platform, or empty where this is neither Feishu nor Lark.
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
	// /open-apis is ours to add; that it was copied along is a frequent slip.
	return (u.Scheme == "http" || u.Scheme == "https") && !strings.Contains(u.Path, "open-apis")
}
