package feishu

import (
	"bytes"
	"io"
	"net/http"
)

// HeldCall is a call that was not sent because of Config.Hold.
type HeldCall struct {
	Method string
	Path   string
	// Body has texts of messages: it must not be logged.
	Body []byte
}

// heldAnswer is a success without ids.
const heldAnswer = `{"code":0,"msg":"held back","data":{}}`

// holds reports whether a request is not to be sent: all that change something, except for tokens.
func (t *transport) holds(r *http.Request, record *callInfo) bool {
	if t.hold == nil || record.bypassHold || r.Method == http.MethodGet || r.Method == http.MethodHead {
		return false
	}
	return t.hold()
}

// held reports the call to OnHeld and returns a success.
func (t *transport) held(r *http.Request, record *callInfo) (*http.Response, error) {
	call := HeldCall{Method: r.Method, Path: r.URL.Path}
	if r.Body != nil {
		body, err := io.ReadAll(r.Body)
		if err != nil {
			return nil, err
		}
		call.Body = body
	}
	record.held, record.status, record.header = true, http.StatusOK, http.Header{}
	if t.onHeld != nil {
		t.onHeld(call)
	}
	return &http.Response{
		StatusCode: http.StatusOK, Status: http.StatusText(http.StatusOK), Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1,
		Header: http.Header{"Content-Type": {"application/json; charset=utf-8"}},
		Body:   io.NopCloser(bytes.NewBufferString(heldAnswer)), ContentLength: int64(len(heldAnswer)), Request: r,
	}, nil
}
