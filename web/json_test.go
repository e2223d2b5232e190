package web_test

import (
	"net/http"
	"strings"
	"testing"
)

// ambiguousBodies are bodies that two decoders may read differently. Each would pass a check if the checked value
// were not the decoded one.
func ambiguousBodies() map[string][2]string {
	long := strings.Repeat("x", 5000)
	many := strings.Repeat(`{"message_id":"om_1"},`, 3000) + `{"message_id":"om_2"}`
	return map[string][2]string{
		"an author in another case":         {"/posts", `{"chats":["oc_1"],"text":"x","author":"ou_1","Author":"` + long + `"}`},
		"an author in another case alone":   {"/posts", `{"chats":["oc_1"],"text":"x","AUTHOR":"ou_1"}`},
		"a text in another case":            {"/posts", `{"chats":["oc_1"],"text":"x","Text":"` + long + `"}`},
		"a group twice":                     {"/posts", `{"chats":["oc_1"],"text":"x","group":"g","group":"` + long + `"}`},
		"a group twice, the second written": {"/posts", `{"chats":["oc_1"],"text":"x","group":"g","gr\u006fup":"` + long + `"}`},
		"a group with a long s":             {"/posts", `{"chats":["oc_1"],"text":"x","u\u017fers":["ou_1"]}`},
		"a switch within another":           {"/posts", `{"chats":["oc_1"],"text":"x","undo":{"button":false,"Button":true}}`},
		"a card that says a name twice":     {"/posts", `{"chats":["oc_1"],"card":{"a":1,"b":{"c":1,"c":2}}}`},
		"messages in another case":          {"/posts/register", `{"messages":[{"message_id":"om_1"}],"Messages":[` + many + `]}`},
		"a message's id in another case":    {"/posts/register", `{"messages":[{"message_id":"om_1","Message_id":"../../im/v1/chats/oc_x"}]}`},
		"a message's id twice":              {"/posts/register", `{"messages":[{"message_id":"om_1","message_id":"bm-x/../.."}]}`},
		"a reason in another case":          {"/recalls", `{"messages":["om_A"],"confirm":true,"reason":"r","Reason":"` + long + `"}`},
		"an address in another case":        {"/recalls", `{"messages":["om_A"],"notify":{"url":"https://told.example.com/x","URL":"https://10.0.0.1/"}}`},
		"a confirmation twice":              {"/recalls", `{"messages":["om_A"],"confirm":false,"confirm":true}`},
	}
}

// TestAmbiguousBodies: ambiguous JSON is refused and changes nothing.
func TestAmbiguousBodies(t *testing.T) {
	t.Parallel()
	for name, call := range ambiguousBodies() {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c := newCaller()
			before := len(c.backend.posts)
			answer := c.call(t, "POST", call[0], call[1])
			if answer.Code != http.StatusBadRequest && answer.Code != http.StatusUnprocessableEntity {
				t.Errorf("HTTP %d %s", answer.Code, answer.Body)
			}
			if len(c.backend.posts) != before || len(c.backend.jobs) != len(newCaller().backend.jobs) {
				t.Error("something came of it")
			}
		})
	}
}

// TestSameNameInTwoObjects: a name may appear in several objects.
func TestSameNameInTwoObjects(t *testing.T) {
	t.Parallel()
	body := `{"chats":["oc_here"],"card":{"a":{"tag":"x","Tag":"y"},"b":[{"tag":"x"},{"tag":"x"}],"tag":"a"}}`
	if answer := newCaller().call(t, "POST", "/posts", body); answer.Code != http.StatusAccepted {
		t.Errorf("HTTP %d %s", answer.Code, answer.Body)
	}
}

// TestTooManyValues: a body that takes many times its length in memory is refused before decoding.
func TestTooManyValues(t *testing.T) {
	t.Parallel()
	for _, values := range []string{strings.Repeat("[],", 200_000), strings.Repeat("{},", 200_000), strings.Repeat("1,", 300_000), strings.Repeat("[", 500_000)} {
		answer := newCaller().call(t, "POST", "/posts", `{"chats":["oc_here"],"card":{"a":[`+values+`1]}}`)
		wantProblem(t, answer, http.StatusBadRequest)
	}
}
