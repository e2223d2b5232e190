package web_test

import (
	"net/http"
	"net/http/httptest"
	"testing"

	"recallbot/web"
)

// TestDebugListen: profiles reveal memory contents.
func TestDebugListen(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		listen   string
		anywhere bool
		ok       bool
	}{
		{"", false, true},
		{"127.0.0.1:6060", false, true},
		{"[::1]:6060", false, true},
		{"localhost:6060", false, true},
		{":6060", false, false},
		{"0.0.0.0:6060", false, false},
		{"10.0.0.1:6060", false, false},
		{"debug.example.com:6060", false, false},
		{"6060", true, false},
		{"10.0.0.1:6060", true, true},
	} {
		config := web.Defaults()
		config.DebugListen, config.DebugAnywhere = tt.listen, tt.anywhere
		if err := config.Validate(); (err == nil) != tt.ok {
			t.Errorf("%q, anywhere %t: %v", tt.listen, tt.anywhere, err)
		}
	}
	answer := httptest.NewRecorder()
	newCaller().served.ServeHTTP(answer, httptest.NewRequestWithContext(t.Context(), http.MethodGet, "/debug/pprof/", http.NoBody))
	if answer.Code != http.StatusNotFound {
		t.Errorf("where everybody is served, profiles get HTTP %d", answer.Code)
	}
}
