package web_test

import (
	"encoding/json"
	"net/http"
	"slices"
	"strings"
	"testing"

	"recallbot/bot"
	"recallbot/web"
)

func TestCreateRecall(t *testing.T) {
	t.Parallel()
	c := newCaller()
	answer := c.call(t, "POST", "/recalls", `{"chat":"oc_here","filter":"--bot me","reason":"oops"}`)
	var preview web.Preview
	if err := json.Unmarshal(answer.Body.Bytes(), &preview); err != nil || answer.Code != http.StatusOK {
		t.Fatalf("HTTP %d, %v", answer.Code, err)
	}
	// Own, the operator's and unowned messages; not team B's.
	if preview.Count != 3 || len(preview.Sample) != 3 || preview.Confirm || strings.Contains(answer.Body.String(), "secret words") {
		t.Errorf("the preview is %s", answer.Body)
	}
	if jobs := len(c.backend.jobs); jobs != 8 {
		t.Errorf("a preview began a job: %d", jobs)
	}
	answer = c.call(t, "POST", "/recalls", `{"group":"release","confirm":true,"reason":"oops"}`, "Idempotency-Key: k")
	var began web.Recall
	if err := json.Unmarshal(answer.Body.Bytes(), &began); err != nil || answer.Code != http.StatusAccepted {
		t.Fatalf("HTTP %d, %v: %s", answer.Code, err, answer.Body)
	}
	job := c.backend.jobs[began.ID]
	if job.By == nil || job.By.Team != "A" || job.Team != "A" || job.Group != "release" || job.Comment != "oops" || job.Via != bot.ViaAPI {
		t.Errorf("the job is %+v", job)
	}
	if place := answer.Header().Get("Location"); c.call(t, "GET", strings.TrimPrefix(place, "/api/v1"), "").Code != http.StatusOK {
		t.Errorf("nothing is at %q", place)
	}
	c.call(t, "POST", "/recalls", `{"group":"release","confirm":true,"reason":"oops"}`, "Idempotency-Key: k")
	if jobs := len(c.backend.jobs); jobs != 9 {
		t.Errorf("the same call began another job: %d", jobs)
	}
}

// TestNotifyURLIsStored: the job has the address, for both ways to name it.
func TestNotifyURLIsStored(t *testing.T) {
	t.Parallel()
	c := newCaller()
	for _, call := range [][3]string{
		{"POST", "/recalls", `{"group":"release","confirm":true,"notify":{"url":"https://told.example.com/a"}}`},
		{"DELETE", "/groups/release?notify=https%3A%2F%2Ftold.example.com%2Fa", ""},
	} {
		answer := c.call(t, call[0], call[1], call[2])
		var began web.Recall
		if err := json.Unmarshal(answer.Body.Bytes(), &began); err != nil || answer.Code != http.StatusAccepted {
			t.Fatalf("HTTP %d, %v: %s", answer.Code, err, answer.Body)
		}
		if got := c.backend.jobs[began.ID].Notify; got != "https://told.example.com/a" {
			t.Errorf("%s %s: %q is told", call[0], call[1], got)
		}
	}
	jobs := len(c.backend.jobs)
	wantProblem(t, c.call(t, "DELETE", "/groups/release?notify=https%3A%2F%2F10.0.0.1%2F", ""), http.StatusUnprocessableEntity)
	if len(c.backend.jobs) != jobs {
		t.Error("a job began with an address that must not be notified")
	}
}

func TestListRecallsPages(t *testing.T) {
	t.Parallel()
	c := newCaller()
	var ids []bot.JobID
	for path := "/recalls?limit=1"; path != ""; {
		var page struct {
			Items []web.Recall `json:"items"`
			Next  string       `json:"next_cursor"`
		}
		answer := c.call(t, "GET", path, "")
		if err := json.Unmarshal(answer.Body.Bytes(), &page); err != nil || answer.Code != http.StatusOK || len(page.Items) > 1 {
			t.Fatalf("HTTP %d, %v: %s", answer.Code, err, answer.Body)
		}
		for _, item := range page.Items {
			ids = append(ids, item.ID)
		}
		if path = ""; page.Next != "" {
			path = "/recalls?limit=1&cursor=" + page.Next
		}
	}
	if !slices.Equal(ids, []bot.JobID{"doneA", "runningA"}) {
		t.Errorf("team A's recalls are %v", ids)
	}
	for query, want := range map[string]int{"state=done": 1, "chat=oc_here": 2, "chat=oc_elsewhere": 0, "group=release": 0} {
		if n := strings.Count(c.call(t, "GET", "/recalls?"+query, "").Body.String(), `"id":`); n != want {
			t.Errorf("%s: %d recalls, want %d", query, n, want)
		}
	}
}

func TestUndoOnce(t *testing.T) {
	t.Parallel()
	c := newCaller()
	if answer := c.call(t, "POST", "/recalls/doneA/undo", ""); answer.Code != http.StatusAccepted || !strings.Contains(answer.Body.String(), `"of":"doneA"`) {
		t.Fatalf("HTTP %d %s", answer.Code, answer.Body)
	}
	wantProblem(t, c.call(t, "POST", "/recalls/doneA/undo", ""), http.StatusConflict)
	c.backend.kept[mainChat] = 0
	wantProblem(t, c.call(t, "POST", "/recalls/doneA/undo", ""), http.StatusConflict)
}
