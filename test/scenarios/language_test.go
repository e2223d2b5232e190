package scenarios_test

import (
	"encoding/json"
	"net/http"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"recallbot/client"
	"recallbot/sandbox"
)

// TestLanguageChangeAppliesToNewPosts checks that a changed language applies to updates of alerts' cards and to new posts.
func TestLanguageChangeAppliesToNewPosts(t *testing.T) {
	t.Parallel()
	s := newChatEnv(t)
	path := filepath.Join(t.TempDir(), "language")
	replaceFile(t, path, "en")
	s.environ = slices.DeleteFunc(s.environ, func(entry string) bool { return strings.HasPrefix(entry, "RECALLBOT_CHAT_LANGUAGE=") })
	s.set("CHAT_LANGUAGE_FILE", path)
	s.start(1)
	token := s.apiToken("post", "--chat", s.chat)
	s.postAlerts(token, "alertmanager", "alertmanager-firing", http.StatusAccepted)
	s.awaitCard("HighLatency", "firing:")

	replaceFile(t, path, "zh-CN")
	s.awaitLog("configuration reloaded")
	s.postAlerts(token, "alertmanager", "alertmanager-partly", http.StatusAccepted)
	s.awaitCard("HighLatency", "条告警：")
	order, err := json.Marshal(client.PostOrder{
		Chats: []string{s.chat}, Author: s.owner, Undo: &client.Undo{Button: true},
		Card: json.RawMessage(`{"schema":"2.0","body":{"elements":[{"tag":"markdown","content":"a build"}]}}`),
	})
	if err != nil {
		t.Fatal(err)
	}
	s.curl(token, nil, "-X", "POST", "-d", string(order), "/posts")
	s.await("the button is in the language of now", func(st sandbox.State) bool {
		for _, card := range cardsIn(st, s.chat) {
			if strings.Contains(card, "a build") {
				return strings.Contains(card, "撤回")
			}
		}
		return false
	})
	s.waitIdle()
	s.close()
}
