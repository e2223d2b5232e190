package web

import (
	"context"
	"net/http"
)

// handleHead answers HEAD as GET is answered, without the body (RFC 9110, 9.3.2). What a GET uses up is for GET alone.
func handleHead(served http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Method != http.MethodHead || r.URL.Path == consentPath {
			served.ServeHTTP(w, r)
			return
		}
		asked := r.WithContext(context.WithValue(r.Context(), headKey{}, true))
		asked.Method = http.MethodGet
		served.ServeHTTP(&headWriter{ResponseWriter: w}, asked)
	})
}

type headKey struct{}

// isHead reports whether only the head of an answer is asked for.
func isHead(ctx context.Context) bool { return ctx.Value(headKey{}) != nil }

// headWriter is a writer that leaves the body out.
type headWriter struct {
	http.ResponseWriter

	begun bool
}

// WriteHeader sends the head.
func (b *headWriter) WriteHeader(status int) {
	b.begun = true
	b.ResponseWriter.WriteHeader(status)
}

// Write takes a part of the body as written.
func (b *headWriter) Write(p []byte) (int, error) {
	if !b.begun {
		b.WriteHeader(http.StatusOK)
	}
	return len(p), nil
}

// Unwrap is for http.ResponseController.
func (b *headWriter) Unwrap() http.ResponseWriter { return b.ResponseWriter }
