package scenarios_test

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"

	"recallbot/sandbox"
	"recallbot/store"
)

// TestEveryRecordReachesTheSIEM exports records to a receiver that is down at first, and kills the bots with kill -9. All
// records must arrive in order. Then it checks that `audit verify` finds changed and deleted records.
func TestEveryRecordReachesTheSIEM(t *testing.T) {
	t.Parallel()
	siem := newSIEM(t)
	w := newEnv(t, envOptions{redis: true, env: []string{
		"RECALLBOT_AUDIT_WEBHOOK_URL=" + siem.URL + "/audit", "RECALLBOT_AUDIT_WEBHOOK_SECRET=" + hooksSecret,
		"RECALLBOT_HOOKS_JOBS_URL=" + siem.URL + "/jobs", "RECALLBOT_HOOKS_JOBS_SECRET=" + hooksSecret,
		"RECALLBOT_HOOKS_ALLOW=127.0.0.0/8", "RECALLBOT_HOOKS_ALLOW_HTTP=true", "RECALLBOT_HOOKS_TIMEOUT=2s",
		"RECALLBOT_STORE_AUDIT_KEY=" + strings.Repeat("0f", 32),
	}})
	w.processes, w.jobs = true, true
	s := &chatEnv{env: w, t: t, owner: w.AddUser("Olga").OpenID}
	s.chat = s.addGroup()
	w.start(2)
	s.recallPosts(4)
	for i := range w.bots {
		w.killReplica(i)
	}
	s.recallPosts(3)
	w.wantOutput(0, []string{"settings", s.chat, "quorum", "3"}, "quorum")

	siem.set(http.StatusOK)
	last := s.newestRecord()
	w.poll("every record is there", func() bool { return siem.has(last) })
	siem.afterNextBatch(func() { // the batch is received, but the exporter can't store its position
		for _, b := range w.bots {
			p, _ := b.(*process)
			p.kill()
		}
	})
	s.say("/recall", s.newPost())
	w.poll("the bots are killed", func() bool {
		return !slices.ContainsFunc(w.bots, func(b instance) bool {
			p, _ := b.(*process)
			select {
			case <-p.gone:
				return false
			default:
				return true
			}
		})
	})
	for i := range w.bots {
		w.bots[i] = w.newBot()
	}
	w.routeEvents()
	w.waitIdle()
	last = s.newestRecord()
	w.poll("every record is there, the last one again", func() bool { return siem.counts() > last && siem.jobs() == 2 })
	siem.wantInOrder(t, last)

	received := filepath.Join(t.TempDir(), "received.jsonl")
	siem.write(t, received)
	whole := fmt.Sprintf("%d records, 1 to %d: none is missing, none was changed", last, last)
	w.wantOutput(0, []string{"audit", "verify", received}, whole)
	w.wantOutput(0, []string{"audit", "verify"}, whole)
	w.poll("every record is in the file", w.auditFileComplete)
	w.wantOutput(0, []string{"audit", "verify", w.audit}, whole)
	s.tamper(received)
	w.close()
}

// recallPosts sends n posts and recalls them as the owner: the first by a reply, the rest by a job.
func (s *chatEnv) recallPosts(n int) {
	s.t.Helper()
	posts := make([]string, n)
	for i := range posts {
		posts[i] = s.newPost()
	}
	s.say("/recall -- of the "+strconv.Itoa(n), posts[0])
	s.await("the first is recalled", func(st sandbox.State) bool { return st.Recalled(posts[0]) })
	s.say("/recall "+strconv.Itoa(n-1), "")
	for _, id := range posts {
		s.await("all are recalled", func(st sandbox.State) bool { return st.Recalled(id) })
	}
	s.waitIdle()
}

func (s *chatEnv) newPost() string {
	s.t.Helper()
	id, err := s.Post(sandbox.PostSpec{Chat: s.chat, Text: "the numbers of the wrong quarter"})
	if err != nil {
		s.t.Fatal(err)
	}
	return id
}

// newestRecord returns the number of the newest record.
func (s *chatEnv) newestRecord() int64 {
	s.t.Helper()
	end, err := store.NewAudit(s.probe.store).End(s.t.Context())
	if err != nil {
		s.t.Fatal(err)
	}
	return end.N
}

// tamper changes a line of a file and deletes an entry in Redis, and checks that verify finds both.
func (s *chatEnv) tamper(file string) {
	s.t.Helper()
	text, err := os.ReadFile(file)
	if err != nil {
		s.t.Fatal(err)
	}
	changed := strings.Replace(string(text), `"who":"`+s.owner, `"who":"ou_somebody_else`, 1)
	if err := os.WriteFile(file, []byte(changed), 0o600); err != nil {
		s.t.Fatal(err)
	}
	s.wantOutput(1, []string{"audit", "verify", file}, "the chain is broken, first at:\nrecord 1 ("+file+":1) was changed")
	client := s.probe.store.Client()
	entries, err := client.XRange(s.t.Context(), "{audit}", "-", "+").Result()
	if err != nil {
		s.t.Fatal(err)
	}
	if err := client.XDel(s.t.Context(), "{audit}", entries[2].ID).Err(); err != nil {
		s.t.Fatal(err)
	}
	s.wantOutput(1, []string{"audit", "verify"}, "the chain is broken, first at:\nrecord 3 is missing")
}

// siem is a receiver of the audit's webhook.
type siem struct {
	*httptest.Server

	t         *testing.T
	mu        sync.Mutex
	status    int
	afterNext func()  // called after the next batch was received, before the answer
	numbers   []int64 // of the records, in the order of arrival
	records   map[int64]json.RawMessage
	ended     map[string]string // webhook-id -> body
}

func newSIEM(t *testing.T) *siem {
	t.Helper()
	s := &siem{t: t, status: http.StatusInternalServerError, records: map[int64]json.RawMessage{}, ended: map[string]string{}}
	s.Server = httptest.NewServer(http.HandlerFunc(s.serve))
	t.Cleanup(s.Close)
	return s
}

func (s *siem) set(status int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.status = status
}

func (s *siem) afterNextBatch(after func()) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.afterNext = after
}

// counts returns the number of received records, with duplicates.
func (s *siem) counts() int64 {
	s.mu.Lock()
	defer s.mu.Unlock()
	return int64(len(s.numbers))
}

func (s *siem) serve(rw http.ResponseWriter, req *http.Request) {
	if req.Method == http.MethodHead { // a check of doctor
		return
	}
	body, err := io.ReadAll(req.Body)
	if err != nil {
		return // its sender was killed
	}
	key, _ := base64.StdEncoding.DecodeString(strings.TrimPrefix(hooksSecret, "whsec_"))
	mac := hmac.New(sha256.New, key)
	id := req.Header.Get("webhook-id")
	fmt.Fprintf(mac, "%s.%s.%s", id, req.Header.Get("webhook-timestamp"), body)
	if got := req.Header.Get("webhook-signature"); got != "v1,"+base64.StdEncoding.EncodeToString(mac.Sum(nil)) {
		s.t.Errorf("the signature is %q", got)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.status >= 300 {
		rw.WriteHeader(s.status)
		return
	}
	if req.URL.Path == "/jobs" {
		s.ended[id] = string(body)
		return
	}
	s.store(body)
	if s.afterNext != nil {
		s.afterNext()
		s.afterNext = nil
	}
}

func (s *siem) store(body []byte) {
	var event struct {
		Data struct {
			Records []json.RawMessage `json:"records"`
			Missing []any             `json:"missing"`
		} `json:"data"`
	}
	if err := json.Unmarshal(body, &event); err != nil || len(event.Data.Missing) > 0 {
		s.t.Errorf("a batch: %v, missing %v", err, event.Data.Missing)
	}
	for _, raw := range event.Data.Records {
		var record struct {
			N int64 `json:"n"`
		}
		if err := json.Unmarshal(raw, &record); err != nil {
			s.t.Errorf("record %s: %v", raw, err)
		}
		s.numbers = append(s.numbers, record.N)
		s.records[record.N] = raw
	}
}

func (s *siem) has(n int64) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.records[n] != nil
}

func (s *siem) jobs() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return len(s.ended)
}

// wantInOrder checks that each record arrived after all earlier ones, and that some arrived twice.
func (s *siem) wantInOrder(t *testing.T, last int64) {
	t.Helper()
	s.mu.Lock()
	defer s.mu.Unlock()
	next := int64(1)
	for _, n := range s.numbers {
		if n > next {
			t.Fatalf("record %d came before %d: %v", n, next, s.numbers)
		}
		next = max(next, n+1)
	}
	if next != last+1 || len(s.numbers) == int(last) {
		t.Errorf("up to %d came, want %d, and some twice: %v", next-1, last, s.numbers)
	}
	for id, body := range s.ended {
		if !strings.HasPrefix(id, "job-") || !strings.Contains(body, `"state":"done"`) || !strings.Contains(body, `"recalled":`) {
			t.Errorf("%s: %s", id, body)
		}
	}
}

// write writes the records to a file as JSON lines.
func (s *siem) write(t *testing.T, path string) {
	t.Helper()
	s.mu.Lock()
	defer s.mu.Unlock()
	var lines strings.Builder
	for n := int64(1); s.records[n] != nil; n++ {
		lines.Write(append(s.records[n], '\n'))
	}
	if err := os.WriteFile(path, []byte(lines.String()), 0o600); err != nil {
		t.Fatal(err)
	}
}
