package sandbox_test

import (
	"bytes"
	"flag"
	"fmt"
	"io"
	"mime/multipart"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"recallbot/sandbox"
)

var update = flag.Bool("update", false, "write testdata/refusals.txt")

// refusal causes one error.
type refusal struct {
	api, fault string
	play       func(s *site) reply
}

const (
	tokenPath = "/open-apis/auth/v3/tenant_access_token/internal"
	toChat    = messagesPath + "?receive_id_type=chat_id"
	batchPath = "/open-apis/message/v4/batch_send/"
)

// raw makes a call as our app with an unchanged body.
func (s *site) raw(method, path, kind, body string) reply {
	s.t.Helper()
	if s.token == "" {
		s.token = s.login()
	}
	return s.rawAs(http.Header{"Authorization": {"Bearer " + s.token}, "Content-Type": {kind}}, method, path, body)
}

func (s *site) rawAs(header http.Header, method, path, body string) reply {
	s.t.Helper()
	req, err := http.NewRequestWithContext(s.t.Context(), method, s.url+path, strings.NewReader(body))
	s.must(err)
	req.Header = header
	resp, err := http.DefaultClient.Do(req)
	s.must(err)
	defer func() { _ = resp.Body.Close() }() // already read
	text, err := io.ReadAll(resp.Body)
	s.must(err)
	return readReply(resp, text)
}

const asJSON = "application/json; charset=utf-8"

// sends creates a message of this type and content in the site's chat.
func sends(kind, content string) func(s *site) reply {
	return func(s *site) reply { return s.create(s.chat, kind, content) }
}

func (s *site) create(chat, kind, content string) reply {
	s.t.Helper()
	return s.call("POST", toChat, map[string]string{"receive_id": chat, "msg_type": kind, "content": content})
}

// upload sends a form with a file.
func (s *site) upload(path string, fields map[string]string, name string, data []byte) reply {
	s.t.Helper()
	if s.token == "" {
		s.token = s.login()
	}
	return s.rawUpload(s.token, path, fields, name, data)
}

func (s *site) rawUpload(token, path string, fields map[string]string, name string, data []byte) reply {
	s.t.Helper()
	var body bytes.Buffer
	form := multipart.NewWriter(&body)
	for key, value := range fields {
		s.must(form.WriteField(key, value))
	}
	file, err := form.CreateFormFile(name, "a.bin")
	s.must(err)
	_, err = file.Write(data)
	s.must(err)
	s.must(form.Close())
	return s.rawAs(http.Header{"Authorization": {"Bearer " + token}, "Content-Type": {form.FormDataContentType()}}, "POST", path, body.String())
}

func png() []byte {
	return []byte("\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR\x00\x00\x00\x01\x00\x00\x00\x01\x08\x06\x00\x00\x00\x1f\x15\xc4\x89")
}

// uploaded is the key of an own file.
func (s *site) uploaded(path string, fields map[string]string, name string, data []byte) string {
	s.t.Helper()
	r := s.upload(path, fields, name, data)
	if r.Code != 0 {
		s.t.Fatalf("upload: %d %s", r.Code, r.Msg)
	}
	for _, key := range []string{"image_key", "file_key"} {
		if got, ok := r.field(key).(string); ok {
			return got
		}
	}
	s.t.Fatalf("upload: %s", r.Data)
	return ""
}

func (s *site) image() string {
	return s.uploaded("/open-apis/im/v1/images", map[string]string{"image_type": "message"}, "image", png())
}

func (s *site) file(kind string) string {
	return s.uploaded("/open-apis/im/v1/files", map[string]string{"file_type": kind, "file_name": "a." + kind}, "file", []byte("x"))
}

// as makes further calls as another app.
func (s *site) as(app sandbox.App) {
	s.t.Helper()
	cred, ok := s.CredentialsOf(app.ID)
	if !ok {
		s.t.Fatalf("no app %s", app.ID)
	}
	r := s.send("", "POST", tokenPath, map[string]string{"app_id": cred.AppID, "app_secret": cred.AppSecret})
	s.token, _ = r.raw["tenant_access_token"].(string)
}

// TestRefusals compares with testdata/refusals.txt: documented responses, and those that others reported.
func TestRefusals(t *testing.T) {
	t.Parallel()
	path := filepath.Join("testdata", "refusals.txt")
	golden, err := os.ReadFile(path)
	if err != nil && !*update {
		t.Fatal(err)
	}
	want := map[string]string{}
	for line := range strings.Lines(string(golden)) {
		if cells := strings.SplitN(strings.TrimSpace(line), " | ", 3); len(cells) == 3 && line[0] != '#' {
			want[cells[0]+" | "+cells[1]] = cells[2]
		}
	}
	var written []string
	for _, one := range slices.Concat(sendRefusals(), contentRefusals(), messageRefusals(), chatRefusals(), tokenRefusals(), fileRefusals(), batchRefusals()) {
		name := one.api + " | " + one.fault
		s := open(t, sandbox.Config{Seed: name})
		got := responseLine(s, one.play(s))
		written = append(written, name+" | "+got)
		if want[name] != got && !*update {
			t.Errorf("%s:\n got %s\nwant %s", name, got, want[name])
		}
		delete(want, name)
	}
	if *update {
		writeGolden(t, path, golden, written)
		return
	}
	for name := range want {
		t.Errorf("nothing plays %s", name)
	}
}

// writeGolden keeps the comments at the start.
func writeGolden(t *testing.T, path string, before []byte, rows []string) {
	t.Helper()
	var out strings.Builder
	for line := range strings.Lines(string(before)) {
		if strings.HasPrefix(line, "#") {
			out.WriteString(line)
		}
	}
	out.WriteString("\n" + strings.Join(rows, "\n") + "\n")
	if err := os.WriteFile(path, []byte(out.String()), 0o600); err != nil {
		t.Fatal(err)
	}
}

// responseLine is a response in a line: status, code, shape of the body, message, without what differs in each run.
func responseLine(s *site, r reply) string {
	shape := "text"
	detail, _ := r.raw["error"].(map[string]any)
	_, data := r.raw["data"]
	_, oauth := r.raw["error"].(string)
	switch {
	case detail["log_id"] != nil:
		shape = "error"
		if detail["log_id"] != r.header.Get("X-Tt-Logid") {
			shape = "error without the id of the header"
		}
	case oauth:
		shape = "oauth"
	case data:
		shape = "data"
	case r.raw != nil:
		shape = "plain"
	}
	if r.header.Get("X-Tt-Logid") == "" {
		shape += " without a log id"
	}
	msg := r.Msg
	if oauth {
		msg = fmt.Sprint(r.raw["error"], ": ", r.raw["error_description"])
	}
	if fields, ok := detail["field_violations"].([]any); ok {
		said := []string{msg}
		for _, f := range fields {
			v, _ := f.(map[string]any)
			said = append(said, fmt.Sprintf("%v: %v", v["field"], v["description"]))
		}
		msg = strings.Join(said, "; ")
	}
	if scopes, ok := detail["permission_violations"].([]any); ok {
		first, _ := scopes[0].(map[string]any)
		msg, _, _ = strings.Cut(msg, ".")
		msg += fmt.Sprintf("; %v", first["type"])
	}
	cred := s.Config()
	for _, id := range []string{s.chat, s.owner.OpenID, s.member.OpenID, cred.AppID} {
		msg = strings.ReplaceAll(msg, id, "ID")
	}
	return strings.TrimSpace(fmt.Sprintf("%d | %d | %s | %s", r.status, r.Code, shape, msg))
}
