// Package client speaks to the HTTP API of a bot (/api/v1): posts, and taking them back. It needs nothing but the
// standard library.
//
// Every call takes a context and returns, where the bot says no, an *[Error] that holds its problem details and matches
// [ErrUnauthorized], [ErrForbidden], [ErrNotFound], [ErrConflict], [ErrInvalid], [ErrBusy] or [ErrUnavailable]. What may
// be sent again without doing anything twice is sent again, a few times, after as long as the bot asks for.
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
	// prefix is where the API begins.
	prefix = "/api/v1"
	// defaultTries is how often a call is sent in all, and defaultPatience the longest wait between two of these.
	defaultTries    = 4
	defaultPatience = time.Minute
	// defaultTimeout is how long one answer may take, besides what was asked to be waited for.
	defaultTimeout = 30 * time.Second
	// maxAnswer bounds what is read of an answer.
	maxAnswer = 16 << 20
)

// Client is one bot and one token. It is safe for concurrent use.
type Client struct {
	base  *url.URL
	token string
	opts  Options
}

// Options change how a Client works; zero fields take what stands in brackets.
type Options struct {
	// HTTP sends the requests [a client of its own, without a timeout: streams have no end].
	HTTP *http.Client
	// Tries is how often a call is sent in all [4]; 1 never repeats anything.
	Tries int
	// Patience is the longest wait between two tries [1m]; where the bot asks for more, its answer is returned.
	Patience time.Duration
	// Timeout is how long one answer may take, besides what was asked to be waited for [30s].
	Timeout time.Duration
	// UserAgent says who calls [recallbot-client].
	UserAgent string
}

// New makes a client for a server (https://bot.example.com) and a token (rb_…).
func New(server, token string, opts Options) (*Client, error) {
	base, err := url.Parse(strings.TrimSuffix(server, "/"))
	switch {
	case !strings.Contains(server, "://"):
		return nil, fmt.Errorf("server: want an address with http:// or https://, got %q; is it http://%[1]s?", server)
	case err != nil || (base.Scheme != "http" && base.Scheme != "https") || base.Host == "" || base.RawQuery != "" || base.Fragment != "":
		return nil, fmt.Errorf("server: want http(s)://host, got %q", server)
	case token == "" || strings.ContainsAny(token, " \t\r\n"):
		return nil, errors.New("token: want one without spaces")
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
		o.Patience = defaultPatience
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
	// key makes the call one that may be sent again: the bot knows it by its Idempotency-Key.
	key string
	// wait is how long the bot may hold its answer back.
	wait time.Duration
	// again says that a second one does no harm, whatever became of the first.
	again bool
	// replayed, when set, is told whether the bot knew the key before this call.
	replayed *bool
}

// check refuses names that would lead to another call.
func (c call) check() error {
	for _, part := range c.path {
		if strings.Trim(part, ".") == "" {
			return fmt.Errorf("%q names nothing", part)
		}
	}
	return nil
}

// do makes a call and reads its answer into out, which may be nil.
func (c *Client) do(ctx context.Context, call call, out any) error {
	if err := call.check(); err != nil {
		return err
	}
	body, err := encode(call.body)
	if err != nil {
		return err
	}
	for try := 1; ; try++ {
		answer, err := c.once(ctx, call, body)
		wait, repeat := c.next(call, err, try)
		if err == nil {
			if call.replayed != nil && try > 1 {
				*call.replayed = false // the bot may know it from the first try
			}
			return decode(call, answer, out)
		}
		if !repeat {
			return err
		}
		if err := sleep(ctx, wait); err != nil {
			return err
		}
	}
}

// once sends a call one time.
func (c *Client) once(ctx context.Context, call call, body []byte) ([]byte, error) {
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
	defer resp.Body.Close() //nolint:errcheck // what matters of it has been read
	text, err := io.ReadAll(io.LimitReader(resp.Body, maxAnswer))
	if err != nil {
		return nil, fmt.Errorf("%s %s: read the answer: %w", call.method, req.URL.Path, err)
	}
	if resp.StatusCode/100 != 2 { //nolint:mnd // 2xx
		return nil, problemOf(resp, text)
	}
	if call.replayed != nil {
		*call.replayed = resp.Header.Get("Idempotent-Replay") == "true"
	}
	return text, nil
}

// decode reads an answer into out.
func decode(call call, answer []byte, out any) error {
	switch out := out.(type) {
	case nil:
		return nil
	case *[]byte:
		*out = answer
		return nil
	default:
		if err := json.Unmarshal(answer, out); err != nil {
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
