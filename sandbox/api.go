package sandbox

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"mime"
	"net/http"
	"strconv"
	"strings"
	"time"
)

// Call is one finished call of the open API.
type Call struct {
	Method, API, Path, Query string // API like "DELETE /open-apis/im/v1/messages/:message_id"
	Body                     []byte
	Status, Code             int // Status 0: no response
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

// actor is the caller: an app, or a person who authorised that app.
type actor struct {
	app  *app
	user string // open_id; empty: the app itself
}

// senderID is the id of the actor as a sender or a member.
func (a actor) senderID() string { return orElse(a.user, a.app.ID) }

// call is a call of the open API in progress.
type call struct {
	actor

	r      *http.Request
	route  route
	api    string
	body   []byte
	logID  string
	start  time.Time
	scopes []string // of the person's token
}

func (c *call) path(name string) string  { return c.r.PathValue(name) }
func (c *call) query(name string) string { return c.r.URL.Query().Get(name) }

// decode decodes the JSON body; an empty one, as Go's SDK sends with DELETE, is an empty object.
func (c *call) decode(v any) error {
	if len(c.body) > 0 && json.Unmarshal(c.body, v) != nil {
		return badRequest()
	}
	return nil
}

// checkRequired refuses a call without the required parameters of its route.
func (c *call) checkRequired() error {
	var missing []FieldViolation
	need := func(name, value string) {
		if value == "" {
			missing = append(missing, FieldViolation{Field: name, Description: name + " is required"})
		}
	}
	for _, name := range c.route.query {
		need(name, c.query(name))
	}
	if len(c.route.body) > 0 {
		var in map[string]json.RawMessage
		if json.Unmarshal(c.body, &in) != nil {
			return badRequest()
		}
		for _, name := range c.route.body {
			need(name, strings.Trim(string(in[name]), `"`))
		}
	}
	if missing != nil {
		return &Error{Status: http.StatusBadRequest, Code: codeField, Msg: codeText(codeField), Fields: missing}
	}
	return nil
}

// response is an HTTP response.
type response struct {
	status, code int
	body         []byte
	kind, name   string // media type if not JSON, and the name of a file
	reset, limit string // rate limit headers
}

const (
	maxBody   = 1 << 20
	maxUpload = 31 << 20 // a file of 30 MB and the form around it
)

// serveAPI adds to a route what all routes have: faults, token, scope, limit, record.
func (f *Feishu) serveAPI(rt route) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		limit := int64(maxBody)
		if rt.upload {
			limit = maxUpload
		}
		body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, limit))
		if err != nil {
			http.Error(w, "request body too large", http.StatusRequestEntityTooLarge)
			return
		}
		c, spec := f.beginCall(rt, r, body)
		out, cut := f.serveWithFault(c, spec)
		f.endCall(c, out, cut)
		if cut {
			panic(http.ErrAbortHandler) // closes the connection without a response
		}
		h := w.Header()
		h.Set("Content-Type", orElse(out.kind, "application/json; charset=utf-8"))
		if out.name != "" {
			h.Set("Content-Disposition", mime.FormatMediaType("attachment", map[string]string{"filename": out.name}))
		}
		h.Set("X-Tt-Logid", c.logID)
		if out.reset != "" {
			h.Set("X-Ogw-Ratelimit-Limit", out.limit)
			h.Set("X-Ogw-Ratelimit-Reset", out.reset)
		}
		w.WriteHeader(out.status)
		_, _ = w.Write(out.body) // the caller may have gone
	}
}

// notFound is the gateway's response for an unknown path or method.
func (f *Feishu) notFound(w http.ResponseWriter, _ *http.Request) {
	w.Header().Set("X-Tt-Logid", f.logID(f.now()))
	http.Error(w, "404 page not found", http.StatusNotFound)
}

func (f *Feishu) logID(at time.Time) string {
	return at.UTC().Format("20060102150405") + strings.ToUpper(f.ids.hex(20))
}

// beginCall counts a call and selects its fault.
func (f *Feishu) beginCall(rt route, r *http.Request, body []byte) (*call, *FaultSpec) {
	f.mu.Lock()
	defer f.mu.Unlock()
	now := f.now() // under the lock, so that calls are ordered
	c := &call{
		actor: actor{app: f.world.app}, r: r, route: rt, api: rt.name(), body: body, start: now, logID: f.logID(now),
	}
	f.limiter.countArrival(c.api, now)
	f.record.inFlight[c.api]++
	f.notify()
	if f.down {
		return c, &FaultSpec{CutBefore: true}
	}
	return c, f.faultFor(c)
}

// serveWithFault serves a call with a fault or nil; cut means that the connection is closed without a response.
func (f *Feishu) serveWithFault(c *call, spec *FaultSpec) (out response, cut bool) {
	if spec == nil {
		return f.serve(c), false
	}
	if !f.wait(spec, c) || spec.CutBefore {
		return response{}, true
	}
	if spec.answers() {
		return f.faultAnswer(spec, c.logID), spec.CutAfter
	}
	return f.serve(c), spec.CutAfter
}

// serve carries out the call under the lock and returns the response.
func (f *Feishu) serve(c *call) response {
	f.mu.Lock()
	defer f.mu.Unlock()
	if err := f.authorize(c); err != nil {
		return f.refusal(c, err)
	}
	data, err := c.route.serve(f, c)
	if err != nil {
		return f.refusal(c, err)
	}
	return success(c.route, data)
}

// limitError is a 429 with its headers.
type limitError struct {
	reset time.Duration
	limit int
}

// Error implements error.
func (e *limitError) Error() string { return fmt.Sprintf("rate limited for %s", e.reset) }

func (f *Feishu) refusal(c *call, err error) response {
	if e, ok := errors.AsType[*limitError](err); ok {
		return response{
			status: http.StatusTooManyRequests, code: codeRateLimited,
			limit: strconv.Itoa(e.limit), reset: fmt.Sprintf("%.3f", e.reset.Seconds()+0.001),
			body: f.errorBody(&Error{Code: codeRateLimited, Msg: codeText(codeRateLimited)}, c.logID),
		}
	}
	if e, ok := errors.AsType[*consentError](err); ok {
		return e.answer()
	}
	e, ok := errors.AsType[*Error](err)
	if !ok {
		f.log.Error("api call failed", "api", c.api, "error", err)
		e = &Error{Status: http.StatusInternalServerError, Code: 1, Msg: "internal error"}
	}
	return response{status: e.Status, code: e.Code, body: f.errorBody(e, c.logID)}
}

// flatBody is a response without data around it.
type flatBody map[string]any

// rawBody is a response that is sent unchanged.
type rawBody map[string]any

func success(rt route, data any) response {
	msg := orElse(rt.msg, "success")
	var v any
	switch data := data.(type) {
	case flatBody:
		if _, refused := data["code"]; !refused {
			data["code"], data["msg"] = 0, msg
		}
		v = data
	case rawBody:
		v = data
	case download:
		return response{status: http.StatusOK, body: data.data, kind: data.kind, name: data.name}
	case nil:
		v = map[string]any{"code": 0, "msg": msg, "data": struct{}{}}
	default:
		v = map[string]any{"code": 0, "msg": msg, "data": data}
	}
	body, err := json.Marshal(v)
	if err != nil {
		panic(err) // own structs always marshal
	}
	return response{status: http.StatusOK, body: body}
}

// endCall records a call.
func (f *Feishu) endCall(c *call, out response, cut bool) {
	took, note := f.now().Sub(c.start), ""
	if cut {
		out.status, out.body, note = 0, nil, "connection cut"
	}
	body := c.body
	if c.route.upload {
		body = nil // files are stored once
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	if out.status == http.StatusTooManyRequests {
		f.limiter.refused++
	}
	f.record.inFlight[c.api]--
	f.record.finished[c.api]++
	f.record.calls = appendCapped(f.record.calls, Call{
		Method: c.r.Method, API: c.api, Path: c.r.URL.Path, Query: c.r.URL.RawQuery, Body: body,
		Status: out.status, Code: out.code, LogID: c.logID, Start: c.start, Duration: took,
	})
	f.wire.add(wireEntry{
		at: c.start, dir: "call", name: strings.Replace(c.api, "/open-apis", "", 1), status: out.status, code: out.code,
		took: took, request: body, response: out.body, note: orElse(note, c.r.URL.RequestURI()),
	})
	f.notify()
}
