package hooks

import (
	"bytes"
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"recallbot/bot"
)

// Message is something to tell.
type Message struct {
	// ID stays the same however often it is sent: receivers know repeats by it. It holds no dot.
	ID string
	// URL is where to, Secret what signs it.
	URL    string
	Secret bot.Secret
	// Body is JSON.
	Body []byte
}

// Sender sends messages. It is safe for concurrent use.
type Sender struct {
	config Config
	client *http.Client
	now    func() time.Time
}

const (
	// maxAnswer is how much of an answer is read, and maxHeader how long its header may be.
	maxAnswer = 4 << 10
	maxHeader = 16 << 10
	// maxWait is the longest wait that a receiver is granted when it asks for one.
	maxWait  = time.Hour
	idleTime = 30 * time.Second
)

// NewSender makes a sender from a valid configuration.
func NewSender(config Config, now func() time.Time) (*Sender, error) {
	guard, err := newGuard(config)
	if err != nil {
		return nil, bot.Errorf(bot.Invalid, "hooks.allow: %w", err)
	}
	return &Sender{config: config, now: now, client: &http.Client{
		Timeout: config.Timeout,
		// A proxy would dial for us, out of the guard's sight.
		Transport: &http.Transport{
			Proxy: nil, DialContext: guard.dial, TLSHandshakeTimeout: dialTimeout, ResponseHeaderTimeout: config.Timeout,
			MaxResponseHeaderBytes: maxHeader, ForceAttemptHTTP2: true, MaxIdleConnsPerHost: 2, IdleConnTimeout: idleTime,
		},
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}}, nil
}

// Close ends connections that wait for more.
func (s *Sender) Close() error {
	s.client.CloseIdleConnections()
	return nil
}

// Send tries once. An answer of 2xx means that it was taken. Of the errors, Invalid and Denied mean that it can never be
// (a bad address, one that may not be reached, 410), RateLimited that the receiver named a time, and Unavailable all else.
// No error quotes the address, which may hold a token; it names the host.
func (s *Sender) Send(ctx context.Context, m Message) error {
	req, err := s.request(ctx, m)
	if err != nil {
		return err
	}
	op := "send " + m.ID + " to " + req.URL.Hostname()
	resp, err := s.client.Do(req)
	if err != nil {
		if wrapped, ok := errors.AsType[*url.Error](err); ok {
			err = wrapped.Err
		}
		kind := bot.Unavailable
		if errors.Is(err, ErrForbidden) {
			kind = bot.Denied
		}
		return bot.Errorf(kind, "%s: %w", op, err)
	}
	// What is left unread ends the connection.
	_, _ = io.CopyN(io.Discard, resp.Body, maxAnswer)
	_ = resp.Body.Close()
	return s.answered(resp, op)
}

func (s *Sender) request(ctx context.Context, m Message) (*http.Request, error) {
	if err := s.config.CheckURL(m.URL); err != nil {
		return nil, bot.Errorf(bot.Invalid, "send %s: %w", m.ID, err)
	}
	at := strconv.FormatInt(s.now().Unix(), 10)
	signature, err := sign(m, at)
	if err != nil {
		return nil, bot.Errorf(bot.Invalid, "send %s: secret: %w", m.ID, err)
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, m.URL, bytes.NewReader(m.Body))
	if err != nil {
		return nil, bot.Errorf(bot.Invalid, "send %s: %w", m.ID, errSecretAddress)
	}
	req.Header.Set("Content-Type", "application/json")
	req.Header.Set("User-Agent", "recallbot")
	req.Header.Set("Webhook-Id", m.ID)
	req.Header.Set("Webhook-Timestamp", at)
	req.Header.Set("Webhook-Signature", signature)
	return req, nil
}

var errSecretAddress = errors.New("the address can't be used")

// sign is the signature of Standard Webhooks: for each key v1 and HMAC-SHA-256 over id, time and body.
func sign(m Message, at string) (string, error) {
	keys, err := keysOf(m.Secret)
	if err != nil {
		return "", err
	}
	signatures := make([]string, len(keys))
	for i, key := range keys {
		mac := hmac.New(sha256.New, key)
		_, _ = io.WriteString(mac, m.ID+"."+at+".")
		_, _ = mac.Write(m.Body)
		signatures[i] = "v1," + base64.StdEncoding.EncodeToString(mac.Sum(nil))
	}
	return strings.Join(signatures, " "), nil
}

// answered says what a status means.
func (s *Sender) answered(resp *http.Response, op string) error {
	status := resp.StatusCode
	switch {
	case status >= 200 && status < 300:
		return nil
	case status == http.StatusGone:
		return bot.Errorf(bot.Denied, "%s: HTTP 410: the receiver wants no more", op)
	case status == http.StatusTooManyRequests || status == http.StatusServiceUnavailable:
		if wait, ok := s.askedWait(resp.Header.Get("Retry-After")); ok {
			return &bot.Error{Kind: bot.RateLimited, Op: op, RetryAfter: wait, Err: fmt.Errorf("HTTP %d", status)}
		}
	case status >= 300 && status < 400:
		return bot.Errorf(bot.Unavailable, "%s: HTTP %d: redirects are not followed", op, status)
	}
	return bot.Errorf(bot.Unavailable, "%s: HTTP %d", op, status)
}

// askedWait reads Retry-After: seconds, or a date.
func (s *Sender) askedWait(text string) (time.Duration, bool) {
	wait := time.Duration(0)
	if seconds, err := strconv.ParseUint(text, 10, 32); err == nil {
		wait = time.Duration(seconds) * time.Second
	} else if at, err := http.ParseTime(text); err == nil {
		wait = at.Sub(s.now())
	}
	return min(wait, maxWait), wait > 0
}
