// Package client is a client of the bot's HTTP API (/api/v1). It needs only the standard library.
//
// Every call takes a context. If the bot refuses a call, the error is an *[Error] with its problem details, which
// matches [ErrUnauthorized], [ErrForbidden], [ErrNotFound], [ErrConflict], [ErrInvalid], [ErrBusy] or
// [ErrUnavailable]. Calls that are safe to repeat are retried a few times, after the wait that the bot asks for.
package client

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"time"
)

const (
	// prefix is the path of the API.
	prefix = "/api/v1"
	// Defaults of Options.
	defaultTries   = 4
	defaultMaxWait = time.Minute
	// defaultTimeout limits one response, in addition to call.wait.
	defaultTimeout = 30 * time.Second
	// maxResponse limits a response in bytes.
	maxResponse = 16 << 20
)

// Client calls one bot with one token. It is safe for concurrent use.
type Client struct {
	base  *url.URL
	token string
	opts  Options
}

// Options configure a Client; zero fields take the default in brackets.
type Options struct {
	// HTTP sends the requests [an http.Client without a timeout, since streams have no end].
	HTTP *http.Client
	// Tries is the number of attempts of a call [4]; 1 disables retries.
	Tries int
	// Patience is the longest wait between two attempts [1m]; if the bot asks for more, its error is returned.
	Patience time.Duration
	// Timeout limits one response, in addition to PostOrder.Wait [30s].
	Timeout time.Duration
	// UserAgent is the User-Agent header [recallbot-client].
	UserAgent string
}

// New returns a client for a server (https://bot.example.com) and a token (rb_…).
func New(server, token string, opts Options) (*Client, error) {
	base, err := url.Parse(strings.TrimSuffix(server, "/"))
	switch {
	case !strings.Contains(server, "://"):
		return nil, fmt.Errorf("%w: %q has no http:// or https://; is it http://%[2]s?", ErrServer, server)
	case err != nil || (base.Scheme != "http" && base.Scheme != "https") || base.Host == "" || base.RawQuery != "" || base.Fragment != "":
		return nil, fmt.Errorf("%w: %q is not http(s)://host", ErrServer, server)
	case token == "" || strings.ContainsAny(token, " \t\r\n"):
		return nil, errors.New("the token is empty or has spaces")
	}
	base.Path = strings.TrimSuffix(base.Path, prefix)
	return &Client{base: base, token: token, opts: opts.withDefaults()}, nil
}

func (o Options) withDefaults() Options {
	if o.HTTP == nil {
		o.HTTP = &http.Client{}
	}
	if o.Tries <= 0 {
		o.Tries = defaultTries
	}
	if o.Patience <= 0 {
		o.Patience = defaultMaxWait
	}
	if o.Timeout <= 0 {
		o.Timeout = defaultTimeout
	}
	if o.UserAgent == "" {
		o.UserAgent = "recallbot-client"
	}
	return o
}

// call is one call of the API.
type call struct {
	method string
	path   []string
	query  url.Values
	body   any
	// key is the Idempotency-Key; calls with one are safe to repeat.
	key string
	// wait is how long the bot may delay its response.
	wait time.Duration
	// idempotent calls are safe to repeat.
	idempotent bool
	// replayed, if set, receives whether the bot knew the key before this call.
	replayed *bool
}

// validate rejects empty ids and dots, which would change the path.
func (c call) validate() error {
	for _, part := range c.path {
		if strings.Trim(part, ".") == "" {
			return fmt.Errorf("%q is not an id", part)
		}
	}
	return nil
}

// do makes a call and decodes its response into out, which may be nil.
func (c *Client) do(ctx context.Context, call call, out any) error {
	if err := call.validate(); err != nil {
		return err
	}
	body, err := encode(call.body)
	if err != nil {
		return err
	}
	for try := 1; ; try++ {
		response, err := c.send(ctx, call, body)
		wait, again := c.retry(call, err, try)
		if err == nil {
			if call.replayed != nil && try > 1 {
				*call.replayed = false // known from our first attempt
			}
			return decode(call, response, out)
		}
		if !again {
			return err
		}
		if err := sleep(ctx, wait); err != nil {
			return err
		}
	}
}

// send makes one attempt.
func (c *Client) send(ctx context.Context, call call, body []byte) ([]byte, error) {
	ctx, cancel := context.WithTimeout(ctx, c.opts.Timeout+call.wait)
	defer cancel()
	req, err := c.request(ctx, call, body)
	if err != nil {
		return nil, err
	}
	resp, err := c.opts.HTTP.Do(req)
	if err != nil {
		return nil, err
	}
	defer resp.Body.Close() //nolint:errcheck // already read
	text, err := io.ReadAll(io.LimitReader(resp.Body, maxResponse))
	if err != nil {
		return nil, fmt.Errorf("%s %s: read the response: %w", call.method, req.URL.Path, err)
	}
	if resp.StatusCode/100 != 2 { //nolint:mnd // 2xx
		return nil, problemOf(resp, text)
	}
	if call.replayed != nil {
		*call.replayed = resp.Header.Get("Idempotent-Replay") == "true"
	}
	return text, nil
}

// decode decodes a response into out.
func decode(call call, response []byte, out any) error {
	switch out := out.(type) {
	case nil:
		return nil
	case *[]byte:
		*out = response
		return nil
	default:
		if err := json.Unmarshal(response, out); err != nil {
			return fmt.Errorf("%s /%s: the answer is not the API's: %w", call.method, strings.Join(call.path, "/"), err)
		}
		return nil
	}
}

func (c *Client) request(ctx context.Context, call call, body []byte) (*http.Request, error) {
	at := c.base.JoinPath(prefix)
	for _, part := range call.path {
		at = at.JoinPath(url.PathEscape(part))
	}
	at.RawQuery = call.query.Encode()
	req, err := http.NewRequestWithContext(ctx, call.method, at.String(), bytes.NewReader(body))
	if err != nil {
		return nil, err
	}
	req.Header.Set("Authorization", "Bearer "+c.token)
	req.Header.Set("User-Agent", c.opts.UserAgent)
	req.Header.Set("Accept", "application/json, application/problem+json")
	if call.body != nil {
		req.Header.Set("Content-Type", "application/json")
	}
	if call.key != "" {
		req.Header.Set("Idempotency-Key", call.key)
	}
	if call.wait > 0 {
		req.Header.Set("Prefer", fmt.Sprintf("wait=%d", int((call.wait+time.Second-1)/time.Second)))
	}
	return req, nil
}

func encode(body any) ([]byte, error) {
	if body == nil {
		return nil, nil
	}
	if raw, ok := body.(json.RawMessage); ok {
		return raw, nil
	}
	data, err := json.Marshal(body)
	if err != nil {
		return nil, fmt.Errorf("encode the request: %w", err)
	}
	return data, nil
}
