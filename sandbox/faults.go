package sandbox

import (
	"encoding/json"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"
)

// FaultSpec makes API calls fail. A call must match all of API, Target and Match that are set. The fault first waits,
// then closes the connection, responds, or lets the call proceed.
type FaultSpec struct {
	API    string // like "DELETE /open-apis/im/v1/messages/:message_id"; empty: any
	Target string // an id in the path, query or body; empty: any
	Match  func(r *http.Request, body []byte) bool
	Times  int // how often; 0: until removed

	Delay time.Duration
	Hold  <-chan struct{} // wait until closed

	CutBefore bool // close the connection without carrying out the call
	CutAfter  bool // carry out the call, then close the connection

	Status    int // respond without carrying out the call; default 400 with a Code, else 500
	Code      int
	Msg       string
	HTML      bool    // respond with a web page, not JSON
	Body      *string // response body; default status 200
	RateReset string  // x-ogw-ratelimit-reset of the answer
}

type fault struct {
	FaultSpec
	left int // unlimited
}

// Fault adds a fault, before the existing ones, and returns the function that removes it.
func (f *Feishu) Fault(spec FaultSpec) (remove func()) {
	f.mu.Lock()
	defer f.mu.Unlock()
	one := &fault{FaultSpec: spec, left: orElse(spec.Times, -1)}
	f.faults = slices.Insert(f.faults, 0, one)
	return func() {
		f.mu.Lock()
		defer f.mu.Unlock()
		f.faults = slices.DeleteFunc(f.faults, func(x *fault) bool { return x == one })
	}
}

// Down closes all connections to the API and all websockets until it is called with false.
func (f *Feishu) Down(on bool) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.down = on
	if on {
		f.closeSockets()
	}
	f.notify()
}

// faultFor returns the first fault that matches the call, and counts its use. The caller holds mu.
func (f *Feishu) faultFor(c *call) *FaultSpec {
	for _, one := range f.faults {
		if one.left == 0 || !one.selects(c) {
			continue
		}
		if one.left > 0 {
			one.left--
		}
		return &one.FaultSpec
	}
	return nil
}

func (s *FaultSpec) selects(c *call) bool {
	if s.API != "" && s.API != c.api {
		return false
	}
	if s.Target != "" && !strings.Contains(c.r.URL.String(), s.Target) && !strings.Contains(string(c.body), s.Target) {
		return false
	}
	return s.Match == nil || s.Match(c.r, c.body)
}

// wait delays a call; false if the caller has gone or the sandbox closes.
func (f *Feishu) wait(s *FaultSpec, c *call) bool {
	if s.Hold != nil {
		select {
		case <-s.Hold:
		case <-c.r.Context().Done():
			return false
		case <-f.ctx.Done():
			return false
		}
	}
	return f.sleep(s.Delay)
}

// answers reports whether the fault has its own response.
func (s *FaultSpec) answers() bool { return s.Status != 0 || s.Code != 0 || s.HTML || s.Body != nil }

func (f *Feishu) faultAnswer(s *FaultSpec, logID string) response {
	if s.Body != nil {
		return response{status: orElse(s.Status, http.StatusOK), body: []byte(*s.Body)}
	}
	status := s.Status
	if status == 0 {
		status = http.StatusInternalServerError
		if s.Code != 0 {
			status = codeStatus(s.Code)
		}
	}
	out := response{status: status, code: s.Code, reset: s.RateReset, limit: "50"}
	if s.HTML {
		out.kind = "text/html; charset=utf-8"
		out.body = []byte("<html><body><h1>" + http.StatusText(status) + "</h1></body></html>")
		return out
	}
	out.body = f.errorBody(&Error{Code: s.Code, Msg: orElse(s.Msg, codeText(s.Code))}, logID)
	return out
}

// errorBody is the platform's JSON of an error.
func (f *Feishu) errorBody(e *Error, logID string) []byte {
	out := map[string]any{"code": e.Code, "msg": e.Msg}
	detail := map[string]any{"log_id": logID, "troubleshooter": "排查建议查看(Troubleshooting suggestions): " + f.brand().console +
		"/search?from=openapi&log_id=" + logID + "&code=" + strconv.Itoa(e.Code)}
	if len(e.Fields) > 0 {
		detail["field_violations"] = e.Fields
	}
	if len(e.Scopes) > 0 {
		kind := map[int]string{codeUserScope: "action_privilege_required"}[e.Code]
		var violations []map[string]string
		for _, scope := range e.Scopes {
			violations = append(violations, map[string]string{"type": orElse(kind, "action_scope_required"), "subject": scope})
		}
		detail["permission_violations"] = violations
	}
	switch e.shape {
	case withDetail:
		out["error"] = detail
	case withData:
		out["data"] = struct{}{}
	case withNothing:
	}
	body, err := json.Marshal(out)
	if err != nil {
		panic(err) // strings and numbers always are JSON
	}
	return body
}
