package scenarios_test

import (
	"bytes"
	"io/fs"
	"os"
	"slices"
	"strings"
	"time"

	"recallbot/sandbox"
)

// job names the job that recalled a message: job j1 of f1.
func (s *story) job(l line) {
	s.waitIdle()
	records := s.records(s.id(l, l.with["of"]))
	if len(records) == 0 || records[len(records)-1].Job == "" {
		s.t.Fatalf("%s: no job: %+v", l.place, records)
	}
	s.ids[l.word(0)] = string(records[len(records)-1].Job)
}

// peak checks the maximum number of calls per second: peak delete 50.
func (s *story) peak(l line) {
	s.waitIdle()
	s.wantPaced(l.place, s.api(l, l.word(0)), s.number(l, l.word(1)))
}

// wantPaced checks that an API got at most so many calls per second, counted from the first call. A call that the machine delays
// arrives together with later ones: a single second may have half as many more, and the platform may refuse these.
func (w *env) wantPaced(place, api string, perSecond int) {
	w.t.Helper()
	var starts []time.Time
	for _, call := range w.Calls() {
		if call.API == api {
			starts = append(starts, call.Start)
		}
	}
	slices.SortFunc(starts, time.Time.Compare)
	for i, at := range starts {
		seconds := 1 + int(at.Sub(starts[0])/time.Second)
		if i+1 > perSecond*seconds {
			w.t.Fatalf("%s: %d calls within %d s", place, i+1, seconds)
		}
	}
	peak, _ := w.Peak(api)
	if n := w.RateLimited(); peak > perSecond*3/2 || n > max(0, peak-perSecond) {
		w.t.Errorf("%s: at most %d calls within a second, %d were refused", place, peak, n)
	}
}

// wantSpacing checks the minimum time between calls about the same message: spaced patch 2s.
func (s *story) wantSpacing(l line) {
	s.waitIdle()
	least, err := time.ParseDuration(l.word(1))
	s.ok(l, err)
	last := map[string]time.Time{}
	for _, call := range s.Calls() {
		if call.API != s.api(l, l.word(0)) {
			continue
		}
		if before, again := last[call.Path]; again && call.Start.Sub(before) < least {
			s.t.Errorf("%s: %s after %s", l.place, call.Path, call.Start.Sub(before))
		}
		last[call.Path] = call.Start
	}
}

// restored waits for a restored post: restored r1 in Launch: fragment … fragment. With "type", the fragments are searched in
// the raw content.
func (s *story) restored(l line) {
	s.t.Helper()
	chat, found := s.id(l, l.with["in"]), ""
	s.await(l.place, func(st sandbox.State) bool {
		for _, m := range st.Messages(chat) {
			raw := l.with["type"] == m.Type && strings.Contains(m.Content, l.text)
			if m.Sender == s.Bot().ID && !s.own[m.ID] && !s.told[m.ID] && !m.Deleted && (raw || s.contains(m, l.text)) {
				found = m.ID
				return true
			}
		}
		return false
	})
	s.told[found] = true
	s.ids[l.word(0)] = found
}

// wantCount counts the messages with the fragment that are not recalled: count 60 in Launch: fragment.
func (s *story) wantCount(l line) {
	s.waitIdle()
	n := 0
	for _, m := range s.Messages(s.id(l, l.with["in"])) {
		if !m.Deleted && s.contains(m, l.text) {
			n++
		}
	}
	if n != s.number(l, l.word(0)) {
		s.t.Errorf("%s: %d", l.place, n)
	}
}

// forget marks messages of the bot as expected without naming them: forget in Launch: fragment.
func (s *story) forget(l line) {
	s.waitIdle()
	for _, m := range s.Messages(s.id(l, l.with["in"])) {
		if m.Sender == s.Bot().ID && s.contains(m, l.text) {
			s.told[m.ID] = true
		}
	}
}

// ordered checks the order of messages in their chat.
func (s *story) ordered(l line) {
	s.waitIdle()
	first, _ := s.Message(s.id(l, l.word(0)))
	at := -1
	all := s.Messages(first.Chat)
	for _, name := range spans(l.words) {
		i := slices.IndexFunc(all, func(m sandbox.Message) bool { return m.ID == s.id(l, name) })
		if i <= at {
			s.t.Errorf("%s: %s comes too early", l.place, name)
		}
		at = i
	}
}

// wantSameTopic checks that two messages are in the same topic.
func (s *story) wantSameTopic(l line) {
	s.waitIdle()
	a, _ := s.Message(s.id(l, l.word(0)))
	b, _ := s.Message(s.id(l, l.word(1)))
	if a.Thread == "" || a.Thread != b.Thread {
		s.t.Errorf("%s: they stand in the topics %q and %q", l.place, a.Thread, b.Thread)
	}
}

// unreadable checks that Redis's append-only file, which holds every write, contains no message text. Commands are left out:
// their filters and reasons are stored on purpose.
func (s *story) unreadable(l line) {
	s.waitIdle()
	answer, err := s.probe.store.Client().Do(s.t.Context(), "CONFIG", "GET", "dir").StringSlice()
	s.ok(l, err)
	root, err := os.OpenRoot(answer[1])
	s.ok(l, err)
	defer func() { _ = root.Close() }()
	files := 0
	err = fs.WalkDir(root.FS(), ".", func(path string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		files++
		written, err := root.ReadFile(path)
		for _, said := range s.texts {
			if at := bytes.Index(written, []byte(said)); at >= 0 && len(said) >= 8 && !strings.Contains(said, "/recall") {
				s.t.Errorf("%s: %s holds %q behind %q", l.place, path, said, written[max(0, at-300):at])
			}
		}
		return err
	})
	s.ok(l, err)
	if files == 0 {
		s.t.Errorf("%s: Redis keeps no file in %s", l.place, answer[1])
	}
}
