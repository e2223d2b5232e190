package scenarios_test

import (
	"encoding/json"
	"net/http"
	"strings"
)

// asApp calls the open API as another service of our app.
func (w *env) asApp(method, path, body string) map[string]any {
	w.t.Helper()
	if w.token == "" {
		cfg := w.Config()
		in := `{"app_id":"` + cfg.AppID + `","app_secret":"` + cfg.AppSecret + `"}`
		w.token, _ = w.call(http.MethodPost, "/open-apis/auth/v3/tenant_access_token/internal", in)["tenant_access_token"].(string)
	}
	return w.call(method, path, body)
}

func (w *env) call(method, path, body string) map[string]any {
	w.t.Helper()
	req, err := http.NewRequestWithContext(w.t.Context(), method, w.api+path, strings.NewReader(body))
	if err != nil {
		w.t.Fatal(err)
	}
	req.Header.Set("Authorization", "Bearer "+w.token)
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		w.t.Fatal(err)
	}
	defer func() { _ = resp.Body.Close() }()
	var out map[string]any
	if err := json.NewDecoder(resp.Body).Decode(&out); err != nil {
		w.t.Fatal(err)
	}
	return out
}
