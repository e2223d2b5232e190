package sandbox

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"strings"
	"time"
)

// Call is one finished call of the open API.
type Call struct {
	Method, API, Path, Query string // API like "DELETE /open-apis/im/v1/messages/:message_id"
	Body                     []byte
	Status, Code             int // Status 0: cut without an answer
	LogID                    string
	Start                    time.Time
	Duration                 time.Duration
}

type record struct {
	calls              []Call
	finished, inFlight map[string]int // by API
}

func newRecord() *record {
	return &record{finished: map[string]int{}, inFlight: map[string]int{}}
}

// call is a call of the open API while it is served.
type call struct {
	r     *http.Request
	route route
	api   string
	body  []byte
	logID string
	start time.Time
	user  string // whose token it is; empty for the app's
}

func (c *call) path(name string) string  { return c.r.PathValue(name) }
func (c *call) query(name string) string { return c.r.URL.Query().Get(name) }

// decode reads the JSON body; an empty one, as Go's SDK sends with DELETE, is an empty object.
func (c *call) decode(v any) error {
	if len(c.body) == 0 {
		return nil
	}
	if err := json.Unmarshal(c.body, v); err != nil {
		return refuse(codeParam, "request body: "+err.Error())
	}
	return nil
}

// answer is what goes back over the wire.
type answer struct {
	status, code int
	body         []byte
	html         bool
	reset, limit string // rate limit headers
}

const maxBody = 1 << 20

// serveAPI wraps a route in what all of them share: arrival, faults, token, scope, limit, record.
func (f *Feishu) serveAPI(rt route) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, maxBody))
		if err != nil {
			http.Error(w, "request body too large", http.StatusRequestEntityTooLarge)
			return
		}
		c, spec := f.arrive(rt, r, body)
		out, cut := f.play(c, spec)
		f.finish(c, out, cut)
		if cut {
			panic(http.ErrAbortHandler) // closes the connection without an answer
		}
		h := w.Header()
		h.Set("Content-Type", "application/json; charset=utf-8")
		if out.html {
			h.Set("Content-Type", "text/html; charset=utf-8")
		}
		h.Set("X-Tt-Logid", c.logID)
		if out.reset != "" {
			h.Set("X-Ogw-Ratelimit-Limit", out.limit)
			h.Set("X-Ogw-Ratelimit-Reset", out.reset)
		}
		w.WriteHeader(out.status)
		_, _ = w.Write(out.body) // the caller may have gone; what it did is done
	}
}

// arrive counts a call in and finds the fault that is meant for it.
func (f *Feishu) arrive(rt route, r *http.Request, body []byte) (*call, *FaultSpec) {
	f.mu.Lock()
	defer f.mu.Unlock()
	now := time.Now() // under the lock, so that arrivals are in order
	c := &call{
		r: r, route: rt, api: rt.name(), body: body, start: now,
		logID: now.UTC().Format("20060102150405") + strings.ToUpper(f.ids.hex(20)),
	}
	f.gate.arrived(c.api, now)
	f.record.inFlight[c.api]++
	f.touch()
	if f.down {
		return c, &FaultSpec{CutBefore: true}
	}
	return c, f.faultFor(c)
}

// play serves a call under a fault, nil for none; cut says that no answer may be given.
func (f *Feishu) play(c *call, spec *FaultSpec) (out answer, cut bool) {
	if spec == nil {
		return f.act(c), false
	}
	if !f.wait(spec, c) || spec.CutBefore {
		return answer{}, true
	}
	if spec.answers() {
		return spec.answer(c.logID), spec.CutAfter
	}
	return f.act(c), spec.CutAfter
}

// act does what the call asks, under the lock, and words the answer.
func (f *Feishu) act(c *call) answer {
	f.mu.Lock()
	defer f.mu.Unlock()
	if err := f.admit(c); err != nil {
		return f.refusal(c, err)
	}
	data, err := c.route.serve(f, c)
	if err != nil {
		return f.refusal(c, err)
	}
	return success(c.route, data)
}

// admit checks token, scope and limit, in this order.
func (f *Feishu) admit(c *call) error {
	if !c.route.open {
		bearer, ok := strings.CutPrefix(c.r.Header.Get("Authorization"), "Bearer ")
		person, err := f.admitUser(c, bearer)
		switch {
		case !ok || bearer == "":
			return refuse(codeNoToken, "")
		case err != nil:
			return err
		case person:
		case !f.validToken(bearer, c.start):
			return refuse(codeBadToken, "")
		case !f.world.has(c.route.scopes...):
			return f.lacking(c.route.scopes)
		}
	}
	reset, limit := f.gate.admit(c.api, time.Now())
	if limit > 0 {
		return &limitError{reset: reset, limit: limit}
	}
	return nil
}

func (f *Feishu) lacking(scopes []string) error {
	list := strings.Join(scopes, ", ")
	link := f.brand().console + "/app/" + f.world.app.ID + "/auth?q=" + strings.Join(scopes, ",") +
		"&op_from=openapi&token_type=tenant"
	return &Error{
		Status: http.StatusBadRequest, Code: codeNoScope,
		Msg: "Access denied. One of the following scopes is required: [" + list + "]. " + link,
	}
}

// limitError is a 429 with its two headers.
type limitError struct {
	reset time.Duration
	limit int
}

// Error implements error.
func (e *limitError) Error() string { return fmt.Sprintf("rate limited for %s", e.reset) }

func (f *Feishu) refusal(c *call, err error) answer {
	if e, ok := errors.AsType[*limitError](err); ok {
		return answer{
			status: http.StatusTooManyRequests, code: codeRateLimited,
			limit: strconv.Itoa(e.limit), reset: fmt.Sprintf("%.3f", e.reset.Seconds()+0.001),
			body: errorBody(&Error{Code: codeRateLimited, Msg: codeText(codeRateLimited)}, c.logID),
		}
	}
	if out, ok := consentRefusal(err); ok {
		return out
	}
	e, ok := errors.AsType[*Error](err)
	if !ok {
		f.log.Error("api call failed", "api", c.api, "error", err)
		e = &Error{Status: http.StatusInternalServerError, Code: 1, Msg: "internal error"}
	}
	return answer{status: e.Status, code: e.Code, body: errorBody(e, c.logID)}
}

// flat is an answer that is not wrapped in data.
type flat map[string]any

// bare is an answer that is sent as it is.
type bare map[string]any

func success(rt route, data any) answer {
	msg := orElse(rt.msg, "success")
	var v any
	switch data := data.(type) {
	case flat:
		if _, refused := data["code"]; !refused {
			data["code"], data["msg"] = 0, msg
		}
		v = data
	case bare:
		v = data
	case nil:
		v = map[string]any{"code": 0, "msg": msg, "data": struct{}{}}
	default:
		v = map[string]any{"code": 0, "msg": msg, "data": data}
	}
	body, err := json.Marshal(v)
	if err != nil {
		panic(err) // our own structs always are JSON
	}
	return answer{status: http.StatusOK, body: body}
}

// finish records a call.
func (f *Feishu) finish(c *call, out answer, cut bool) {
	took, note := time.Since(c.start), ""
	if cut {
		out.status, out.body, note = 0, nil, "connection cut"
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	if out.status == http.StatusTooManyRequests {
		f.gate.refused++
	}
	f.record.inFlight[c.api]--
	f.record.finished[c.api]++
	f.record.calls = appendCapped(f.record.calls, Call{
		Method: c.r.Method, API: c.api, Path: c.r.URL.Path, Query: c.r.URL.RawQuery, Body: c.body,
		Status: out.status, Code: out.code, LogID: c.logID, Start: c.start, Duration: took,
	})
	f.wire.add(wireEntry{
		at: c.start, dir: "call", name: strings.Replace(c.api, "/open-apis", "", 1), status: out.status, code: out.code,
		took: took, request: c.body, response: out.body, note: orElse(note, c.r.URL.RequestURI()),
	})
	f.touch()
}

// token is a tenant token.
type token struct {
	value   string
	expires time.Time
}

func (f *Feishu) validToken(value string, now time.Time) bool {
	for _, t := range f.tokens {
		if t.value == value && now.Before(t.expires) {
			return true
		}
	}
	return false
}

// RevokeTokens makes every tenant token invalid (99991663); new ones can be had.
func (f *Feishu) RevokeTokens() {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.tokens = nil
}
