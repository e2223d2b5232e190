package web_test

import (
	"net/http"
	"regexp"
	"strings"
	"testing"
)

// TestSentencesOfProblems checks what a caller reads of a wrong request: sentences, no words of huma, Go or Redis.
func TestSentencesOfProblems(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		method, path, body string
		status             int
		want               []string // the detail, then the errors as "place: message"
	}{
		{"POST", "/posts", `{"chats":["oc_1"]`, 400, []string{"The request is wrong; errors says where.", "body: The body is not valid JSON."}},
		{"POST", "/posts", `hi`, 400, []string{"The request is wrong; errors says where.", "body: The body is not valid JSON."}},
		{"POST", "/posts", ``, 400, []string{"The body is missing."}},
		{"POST", "/posts", `[]`, 422, []string{"The request is wrong; errors says where.", "body: Must be an object, {…}."}},
		{"POST", "/posts", `{"chat":"oc_1","text":3,"chats":"oc_1"}`, 422, []string{"The request is wrong; errors says where.", "body.chat: There is no such field.", "body.text: Must be a text.", "body.chats: Must be a list."}},
		{"POST", "/posts", `{"chats":["oc_a"],"text":"hi","author":"bob"}`, 422, []string{"The request is wrong; errors says where.", "body.author: Must begin with ou_, then letters and digits."}},
		{"POST", "/posts", `{"chats":["oc_REPLACE_ME"],"text":"hi"}`, 422, []string{"oc_REPLACE_ME is a placeholder"}},
		{"POST", "/posts", `{"chats":["oc_a"],"text":"hi","expire_in":"soon"}`, 422, []string{"expire_in must be a duration from 1s to 365d, such as 24h or 3d, or a number of seconds."}},
		{"POST", "/recalls", `{}`, 422, []string{"Give exactly one of messages, chat and group."}},
		{"POST", "/recalls", `{"chat":"oc_a","filter":"--bto --bot"}`, 422, []string{"body.filter: said of filter_unknown --bto"}},
		{"POST", "/recalls", `{"chat":"oc_a","filter":"--bot me","notify":{"url":"::"}}`, 422, []string{"The request is wrong; errors says where.", "body.notify.url: Must be an address such as https://host/path."}},
		{"GET", "/posts?limit=1000&state=foo", ``, 422, []string{"The request is wrong; errors says where.", "query.limit: Must be at most 200.", "query.state: Must be one of queued, sent, failed, unsure, cancelled, recalled."}},
		{"GET", "/posts?limit=x", ``, 422, []string{"The request is wrong; errors says where.", "query.limit: Must be a number."}},
		{"GET", "/audit?cursor=!", ``, 422, []string{"cursor must be the next_cursor of an earlier answer."}},
		{"GET", "/recalls/nope", ``, 404, []string{"There is no such recall."}},
		{"POST", "/alertmanager?chat=oc_a", `{`, 422, []string{"The body is not a webhook of alertmanager: it is not valid JSON."}},
		{"POST", "/alertmanager?chat=oc_a", `{"version":"4","alerts":3}`, 422, []string{"The body is not a webhook of alertmanager: alerts must be a list."}},
		{"POST", "/alertmanager?chat=oc_a", `{"version":4}`, 422, []string{"The body is not a webhook of alertmanager: version can't be a number."}},
		{"POST", "/alertmanager?chat=oc_a", `{"version":"4","groupKey":"k","status":"no","alerts":[{}]}`, 422, []string{`Status must be firing or resolved, not "no".`}},
		{"POST", "/alertmanager?chat=oc_REPLACE_ME", `{}`, 422, []string{"oc_REPLACE_ME is a placeholder"}},
		{"POST", "/alertmanager", `{}`, 422, []string{"chat is missing: to which chat should the cards go?"}},
	} {
		c := newCaller()
		p := wantProblem(t, c.call(t, tt.method, tt.path, tt.body), tt.status)
		said := []string{p.Detail}
		for _, e := range p.Errors {
			said = append(said, e.Location+": "+e.Message)
		}
		all := strings.Join(said, "\n")
		for _, want := range tt.want {
			if !strings.Contains(all, want) {
				t.Errorf("%s %s %s: it does not say %q:\n%s", tt.method, tt.path, tt.body, want, all)
			}
		}
		if found := regexp.MustCompile(`expected|validation|invalid|unmarshal|looking for|EOF|_[a-z]+_[a-z]+`).FindString(all); found != "" {
			t.Errorf("%s %s %s: it says %q:\n%s", tt.method, tt.path, tt.body, found, all)
		}
	}
}

// TestSentencesOfWaits checks that a caller learns what is away, and how long to wait.
func TestSentencesOfWaits(t *testing.T) {
	t.Parallel()
	c := newCaller()
	c.backend.down = errDown
	if p := wantProblem(t, c.call(t, http.MethodGet, "/posts", ""), http.StatusServiceUnavailable); p.Detail != "Redis is not reachable. Nothing was changed; try again." {
		t.Errorf("Redis is away: %q", p.Detail)
	}
}
