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

// Message is a webhook to send.
type Message struct {
	// ID is the same in all attempts, so that receivers can detect repeats. It has no dot.
	ID string
	// URL is the receiver's address, Secret signs the message.
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
	// maxAnswer is how much of a response body is read, maxHeader the maximum size of its header.
	maxAnswer = 4 << 10
	maxHeader = 16 << 10
	// maxWait is the maximum that is accepted of Retry-After.
	maxWait  = time.Hour
	idleTime = 30 * time.Second
)

// NewSender returns a sender. The configuration must be valid.
func NewSender(config Config, now func() time.Time) (*Sender, error) {
	guard, err := newGuard(config)
	if err != nil {
		return nil, bot.Errorf(bot.Invalid, "hooks.allow: %w", err)
	}
	return &Sender{config: config, now: now, client: &http.Client{
		Timeout: config.Timeout,
		// No proxy: it would dial in place of the guard.
		Transport: &http.Transport{
			Proxy: nil, DialContext: guard.dial, TLSHandshakeTimeout: dialTimeout, ResponseHeaderTimeout: config.Timeout,
			MaxResponseHeaderBytes: maxHeader, ForceAttemptHTTP2: true, MaxIdleConnsPerHost: 2, IdleConnTimeout: idleTime,
		},
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}}, nil
}

// Close closes idle connections.
func (s *Sender) Close() error {
	s.client.CloseIdleConnections()
	return nil
}

// Send sends a message once; a status of 2xx is success. Its errors are Invalid for a bad address or secret, Denied for an address
// that is not allowed and for status 410, RateLimited with RetryAfter if the receiver named a time, and Unavailable otherwise.
// They name the host, and don't quote the address, which may contain a token.
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
	// If more is left, Close ends the connection.
	_, _ = io.CopyN(io.Discard, resp.Body, maxAnswer)
	_ = resp.Body.Close()
	return s.checkStatus(resp, op)
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

// sign returns the signatures of Standard Webhooks: for each key v1 and HMAC-SHA-256 of id, time and body.
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

// checkStatus returns the error of a status.
func (s *Sender) checkStatus(resp *http.Response, op string) error {
	status := resp.StatusCode
	switch {
	case status >= 200 && status < 300:
		return nil
	case status == http.StatusGone:
		return bot.Errorf(bot.Denied, "%s: HTTP 410: the receiver wants no more", op)
	case status == http.StatusTooManyRequests || status == http.StatusServiceUnavailable:
		if wait, ok := s.retryAfter(resp.Header.Get("Retry-After")); ok {
			return &bot.Error{Kind: bot.RateLimited, Op: op, RetryAfter: wait, Err: fmt.Errorf("HTTP %d", status)}
		}
	case status >= 300 && status < 400:
		return bot.Errorf(bot.Unavailable, "%s: HTTP %d: redirects are not followed", op, status)
	}
	return bot.Errorf(bot.Unavailable, "%s: HTTP %d", op, status)
}

// retryAfter parses Retry-After: seconds or a date. It returns false without a time in the future.
func (s *Sender) retryAfter(text string) (time.Duration, bool) {
	wait := time.Duration(0)
	if seconds, err := strconv.ParseUint(text, 10, 32); err == nil {
		wait = time.Duration(seconds) * time.Second
	} else if at, err := http.ParseTime(text); err == nil {
		wait = at.Sub(s.now())
	}
	return min(wait, maxWait), wait > 0
}
