package feishu

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/sha256"
	"crypto/subtle"
	"errors"
	"net/http"
	"sync"
	"sync/atomic"

	"recallbot/bot"
)

// Opener turns requests of the platform into envelopes: it verifies, decrypts and decodes them. It is safe for
// concurrent use, has no state between requests and does no I/O.
type Opener struct {
	cfg     Config
	block   cipher.Block // nil without an encrypt key
	self    atomic.Pointer[Self]
	buffers sync.Pool
}

// NewOpener makes an Opener from a valid configuration.
func NewOpener(cfg Config) *Opener {
	o := &Opener{cfg: cfg}
	o.buffers.New = func() any { return new([]byte) }
	if cfg.EncryptKey != "" {
		key := sha256.Sum256([]byte(cfg.EncryptKey))
		o.block, _ = aes.NewCipher(key[:]) // fails on key sizes only
	}
	return o
}

// Name is our bot's name, or "" while it is not known.
func (o *Opener) Name() string {
	if self := o.self.Load(); self != nil {
		return self.Name
	}
	return ""
}

// SetSelf sets our identity, by which own posts and mentions of us are recognised. Without an open_id it does
// nothing.
func (o *Opener) SetSelf(self Self) {
	if self.OpenID != "" {
		o.self.Store(&self)
	}
}

// MaxBody is the largest request body to read. With an encrypt key, an unsigned request can only be a challenge,
// which is short.
func (o *Opener) MaxBody(header http.Header) int {
	if o.block != nil && !isSigned(header) {
		return maxChallenge
	}
	return maxEvent
}

const (
	// maxEvent is far above any event; the platform's largest message is 150 KB.
	maxEvent = 1 << 20
	// maxChallenge is the largest challenge. Unsigned requests above it are not decrypted, so that response times
	// reveal nothing of the plain text.
	maxChallenge = 1 << 10
	// maxValues is far above the JSON values of an event. It limits the memory that an unsigned request can take.
	maxValues = 20_000
)

// Open verifies and decodes one request. Its errors are Denied (not from the platform, not for us, or too old),
// Invalid (unreadable) and Unavailable (the platform should send it again), and never quote the request.
func (o *Opener) Open(header http.Header, body []byte) (bot.Envelope, error) {
	if o.block == nil {
		return o.openUnsigned(body)
	}
	signed, err := o.checkSignature(header, body)
	if err != nil {
		return bot.Envelope{}, err
	}
	if !signed && len(body) > maxChallenge {
		return bot.Envelope{}, denied("unsigned, and larger than a challenge")
	}
	cipherText, encrypted, err := encryptedPart(body)
	if err != nil {
		return bot.Envelope{}, unsignedIsDenied(signed, err)
	}
	if !encrypted {
		return o.openPlainChallenge(body)
	}
	return o.openEncrypted(cipherText, signed)
}

// OpenTrusted decodes an event from an authenticated channel, the websocket: plain and unsigned. It compares the app
// id, and the verification token if the event has one.
func (o *Opener) OpenTrusted(body []byte) (bot.Envelope, error) {
	w, err := parseWire(body)
	if err != nil {
		return bot.Envelope{}, err
	}
	if w.isChallenge() {
		return bot.Envelope{}, invalid("a challenge where events are expected")
	}
	if w.token() != "" && o.cfg.VerificationToken != "" && !sameSecret(w.token(), o.cfg.VerificationToken) {
		return bot.Envelope{}, denied("wrong verification token")
	}
	return o.openEvent(w)
}

// OpenFile decodes an event from an operator's file, encrypted or not. The event is not verified: it may be shown but
// not acted upon.
func (o *Opener) OpenFile(body []byte) (bot.Envelope, error) {
	cipherText, encrypted, err := encryptedPart(body)
	if err != nil {
		return bot.Envelope{}, err
	}
	if !encrypted {
		return o.OpenTrusted(body)
	}
	if o.block == nil {
		return bot.Envelope{}, invalid("encrypted, and no encrypt key is configured")
	}
	buffer, _ := o.buffers.Get().(*[]byte)
	defer o.buffers.Put(buffer)
	plain, err := decrypt(o.block, cipherText, buffer)
	if err != nil {
		return bot.Envelope{}, err
	}
	return o.OpenTrusted(plain)
}

func (o *Opener) openEncrypted(cipherText []byte, signed bool) (bot.Envelope, error) {
	buffer, _ := o.buffers.Get().(*[]byte)
	defer o.buffers.Put(buffer)
	plain, err := decrypt(o.block, cipherText, buffer)
	// It is parsed even if the padding is wrong, so that response times don't reveal wrong padding.
	w, parseErr := parseWire(plain)
	if err == nil {
		err = parseErr
	}
	if err != nil || (!signed && !w.isPureChallenge()) {
		return bot.Envelope{}, unsignedIsDenied(signed, err)
	}
	return o.openWire(w)
}

// openUnsigned is for apps without an encrypt key: only the verification token protects them.
func (o *Opener) openUnsigned(body []byte) (bot.Envelope, error) {
	if !o.cfg.AllowUnsigned || o.cfg.VerificationToken == "" {
		return bot.Envelope{}, denied("neither an encrypt key nor a verification token is configured")
	}
	if bot.JSONValues(body) > maxValues {
		return bot.Envelope{}, invalid("too many values")
	}
	w, err := parseWire(body)
	if err != nil {
		return bot.Envelope{}, err
	}
	if w.Encrypt != "" {
		return bot.Envelope{}, invalid("encrypted, and no encrypt key is configured")
	}
	return o.openWire(w)
}

// openPlainChallenge opens a challenge, the only plain request that is accepted with an encrypt key.
func (o *Opener) openPlainChallenge(body []byte) (bot.Envelope, error) {
	if o.cfg.VerificationToken == "" {
		return bot.Envelope{}, denied("not encrypted")
	}
	w, err := parseWire(body)
	if err != nil || !w.isPureChallenge() {
		return bot.Envelope{}, denied("not encrypted")
	}
	return o.openWire(w)
}

// openWire checks the token of a decoded request, and opens it.
func (o *Opener) openWire(w *wire) (bot.Envelope, error) {
	if o.cfg.VerificationToken != "" && !sameSecret(w.token(), o.cfg.VerificationToken) {
		return bot.Envelope{}, denied("wrong verification token")
	}
	if !w.isChallenge() {
		return o.openEvent(w)
	}
	if !w.isPureChallenge() {
		return bot.Envelope{}, invalid("a challenge that carries something else")
	}
	return bot.Envelope{Challenge: w.Challenge}, nil
}

func (o *Opener) openEvent(w *wire) (bot.Envelope, error) {
	if w.appID() != o.cfg.AppID && (w.Header != nil || w.appID() != "") {
		return bot.Envelope{}, denied("for another app")
	}
	event, err := o.decode(w)
	return bot.Envelope{Event: event}, err
}

func sameSecret(got string, want bot.Secret) bool {
	return subtle.ConstantTimeCompare([]byte(got), []byte(want.Reveal())) == 1
}

// unsignedIsDenied hides the error of an unsigned request from its sender.
func unsignedIsDenied(signed bool, err error) error {
	if signed {
		return err
	}
	return denied("unsigned, and no challenge")
}

func denied(why string) error {
	return &bot.Error{Kind: bot.Denied, Op: "open event", Err: errors.New(why)}
}

func invalid(why string) error {
	return &bot.Error{Kind: bot.Invalid, Op: "open event", Err: errors.New(why)}
}
