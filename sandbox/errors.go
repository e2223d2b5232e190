package sandbox

import (
	"fmt"
	"net/http"
	"strings"
)

// Error is a refusal of the platform: of an API call, or to a person in the client.
type Error struct {
	Status int    // HTTP status of the answer
	Code   int    // the platform's code
	Msg    string // the platform's message, with an ext=… suffix if it has one
	Fields []FieldViolation
	Scopes []string // required scopes
	shape  errorShape
}

// errorShape is the form of an error body besides code and msg.
type errorShape int

const (
	withDetail errorShape = iota // error, with the log id
	withData                     // data:{}, as of the gateway
	withNothing
)

// FieldViolation is an invalid field of a request.
type FieldViolation struct {
	Field       string `json:"field"`
	Value       string `json:"value"`
	Description string `json:"description"`
}

// Error implements error.
func (e *Error) Error() string { return fmt.Sprintf("%d: %s", e.Code, e.Msg) }

// refuse returns the error for a code with the platform's message and HTTP status.
func refuse(code int, ext string) error {
	msg := codeText(code)
	if ext != "" {
		msg = strings.TrimSuffix(msg, ".") + ", ext=" + ext
	}
	return &Error{Status: codeStatus(code), Code: code, Msg: msg}
}

// violation is the error for an invalid field, which is checked first.
func violation(field, value, description string) error {
	return &Error{Status: http.StatusBadRequest, Code: codeField, Msg: codeText(codeField), Fields: []FieldViolation{
		{Field: field, Value: value, Description: description},
	}}
}

// badRequest is the error for a body that is not the call's JSON.
func badRequest() error {
	return &Error{Status: http.StatusBadRequest, Code: codeBadRequest, Msg: codeText(codeBadRequest), shape: withData}
}
