package sandbox

import (
	"fmt"
	"net/http"
	"strings"
)

// Error is the platform saying no: to an API call, or to a person in the client.
type Error struct {
	Status int    // HTTP status of the answer
	Code   int    // the platform's code
	Msg    string // the platform's words, with an ext=… suffix where it gives one
	Fields []FieldViolation
	Scopes []string // those of which one is missing
	shape  errorShape
}

// errorShape is what a refusal has beside code and words.
type errorShape int

const (
	withDetail errorShape = iota // error, with the log id
	withData                     // data:{}, as the gateway answers
	withNothing
)

// FieldViolation names a request field that was refused.
type FieldViolation struct {
	Field       string `json:"field"`
	Value       string `json:"value"`
	Description string `json:"description"`
}

// Error implements error.
func (e *Error) Error() string { return fmt.Sprintf("%d: %s", e.Code, e.Msg) }

// refuse returns the refusal for a code, in the platform's words and with its HTTP status.
func refuse(code int, ext string) error {
	msg := codeText(code)
	if ext != "" {
		msg = strings.TrimSuffix(msg, ".") + ", ext=" + ext
	}
	return &Error{Status: codeStatus(code), Code: code, Msg: msg}
}

// violation refuses a field of the query or the body before anything else looks at it.
func violation(field, value, description string) error {
	return &Error{Status: http.StatusBadRequest, Code: codeField, Msg: codeText(codeField), Fields: []FieldViolation{
		{Field: field, Value: value, Description: description},
	}}
}

// badRequest refuses a body that is not the JSON of the call: not JSON at all, or a field of another type.
func badRequest() error {
	return &Error{Status: http.StatusBadRequest, Code: codeBadRequest, Msg: codeText(codeBadRequest), shape: withData}
}
