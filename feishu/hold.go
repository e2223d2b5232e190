package feishu

import (
	"bytes"
	"io"
	"net/http"
)

// HeldCall is a call of the platform that would have been made.
type HeldCall struct {
	Method string
	Path   string
	// Body holds what people would have read: it is for whoever asked to see it, never for the log.
	Body []byte
}

// heldAnswer is success, with no id of anything that was made.
const heldAnswer = `{"code":0,"msg":"held back","data":{}}`

// holds reports whether a request is to be held back: all that do not merely read, but for those of tokens.
func (t *transport) holds(r *http.Request, record *callInfo) bool {
	if t.hold == nil || record.bypassHold || r.Method == http.MethodGet || r.Method == http.MethodHead {
		return false
	}
	return t.hold()
}

// held answers in the platform's place.
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
