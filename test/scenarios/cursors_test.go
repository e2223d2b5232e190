package scenarios_test

import (
	"encoding/base64"
	"net/http"
	"net/url"
	"testing"
)

// TestInvalidCursorsAreClientErrors checks that an invalid cursor is answered 422, not 500, for each list.
func TestInvalidCursorsAreClientErrors(t *testing.T) {
	t.Parallel()
	s := startChatEnv(t)
	token := s.apiToken("post,recall:own,audit:read", "--rate", "10000")
	places := []string{
		"0000000000-0", "0-0", "1-", "-1", "1-1-1", "+1-1", "1-00", "18446744073709551616-0", "1.", ".1", "1.p_1", "01.p_1", "-1.p_1", "+1.p_1",
		"9223372036854775808.p_1", "1e3.p_1", "nan.x", "inf.x", "(1.x", "1.-1", "1.99999999999999999999", "0", "-", "\x00", "中文", "{}", "' or 1",
	}
	for _, path := range []string{
		"/audit?", "/audit?chat=" + s.chat + "&", "/posts?", "/posts?group=g&", "/posts?author=ou_1&", "/recalls?", "/recalls?group=g&", "/chats?",
		"/chats/" + s.chat + "/messages?",
	} {
		for _, place := range places {
			for _, cursor := range []string{place, base64.RawURLEncoding.EncodeToString([]byte(place))} {
				status, answer := s.apiGet(token, path+"cursor="+url.QueryEscape(cursor))
				if status != http.StatusOK && status != http.StatusUnprocessableEntity {
					t.Errorf("%scursor=%q (%q): HTTP %d %s", path, cursor, place, status, answer)
				}
			}
		}
	}
	s.close()
}

// apiGet reads from the API.
func (s *chatEnv) apiGet(token, path string) (int, string) {
	s.t.Helper()
	status, answer, err := get(s.t.Context(), "http://"+s.bots[0].address()+"/api/v1"+path, token)
	if err != nil {
		s.t.Fatal(err)
	}
	return status, answer
}
