package web

import (
	"context"
	"net/http"
)

// handleHead answers HEAD as GET without the body (RFC 9110, 9.3.2), except for the OAuth callback, where GET uses up
// a code.
func handleHead(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Method != http.MethodHead || r.URL.Path == consentPath {
			next.ServeHTTP(w, r)
			return
		}
		get := r.WithContext(context.WithValue(r.Context(), headKey{}, true))
		get.Method = http.MethodGet
		next.ServeHTTP(&headWriter{ResponseWriter: w}, get)
	})
}

type headKey struct{}

// isHead reports whether the request is a HEAD request.
func isHead(ctx context.Context) bool { return ctx.Value(headKey{}) != nil }

// headWriter discards the body.
type headWriter struct {
	http.ResponseWriter

	wroteHeader bool
}

// WriteHeader sends the header.
func (b *headWriter) WriteHeader(status int) {
	b.wroteHeader = true
	b.ResponseWriter.WriteHeader(status)
}

// Write discards a part of the body.
func (b *headWriter) Write(p []byte) (int, error) {
	if !b.wroteHeader {
		b.WriteHeader(http.StatusOK)
	}
	return len(p), nil
}

// Unwrap is for http.ResponseController.
func (b *headWriter) Unwrap() http.ResponseWriter { return b.ResponseWriter }
