package cli

import (
	"bytes"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
)

// wantRun runs a command line and checks its exit code and output.
func wantRun(t *testing.T, code int, wanted string, args ...string) {
	t.Helper()
	var out, problems bytes.Buffer
	if got := execute(t.Context(), Program{}, args, &out, &problems); got != code {
		t.Errorf("recallbot %s: exit code %d, want %d:\n%s%s", strings.Join(args, " "), got, code, &out, &problems)
	}
	if !strings.Contains(out.String()+problems.String(), wanted) {
		t.Errorf("recallbot %s does not print %q:\n%s%s", strings.Join(args, " "), wanted, &out, &problems)
	}
}

// TestCommandsOverTheAPI checks the requests that the commands send.
func TestCommandsOverTheAPI(t *testing.T) {
	bodies := make(chan string, 10)
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		if err != nil || r.Header.Get("Authorization") != "Bearer rb_t1_secret" {
			t.Errorf("%v, Authorization %q", err, r.Header.Get("Authorization"))
		}
		bodies <- r.Method + " " + r.URL.RequestURI() + " " + string(body)
		_, _ = io.WriteString(w, `{"group":"g","id":"j1","state":"waiting","count":3}`)
	}))
	defer server.Close()
	t.Setenv("RECALLBOT_API_TOKEN", "rb_t1_secret")

	wantRun(t, CodeUsage, "--server", "post", "hi", "--chat", "oc_1")
	wantRun(t, CodeUsage, "--server", "recall", "--group", "g")
	wantRun(t, CodeDone, "group g", "post", "hi", "--chat", "oc_1", "--chat", "oc_2", "--undo-button", "--expire-in", "1h",
		"--server", server.URL)
	t.Setenv("RECALLBOT_API_URL", server.URL)
	wantRun(t, CodeDone, "j1 waiting", "recall", "--chat", "oc_1", "--filter=--bot me --since 30m", "--yes", "--detach")
	wantRun(t, CodeUnconfirmed, "3 messages would go", "recall", "om_1", "om_2")
	wantRun(t, CodeDone, "POST", "posts", "--group", "g", "-n", "5")
	wantRun(t, CodeDone, "TIME", "audit", "--chat", "oc_1")
	wantRun(t, CodeDone, "", "undo", "j1", "--detach")

	for _, want := range []string{
		`POST /api/v1/posts {"chats":["oc_1","oc_2"],"text":"hi","expire_in":"1h","undo":{"button":true}}`,
		`POST /api/v1/recalls {"chat":"oc_1","filter":"--bot me --since 30m","confirm":true}`,
		`POST /api/v1/recalls {"messages":["om_1","om_2"],"confirm":false}`,
		"GET /api/v1/posts?group=g&limit=5 ", "GET /api/v1/audit?chat=oc_1 ", "POST /api/v1/recalls/j1/undo ",
	} {
		select {
		case got := <-bodies:
			if got != want {
				t.Errorf("the bot saw %s, want %s", got, want)
			}
		default:
			t.Errorf("the bot did not see %s", want)
		}
	}
}
