package web_test

import (
	"context"
	"maps"
	"slices"
	"strconv"
	"time"

	"recallbot/audit"
	"recallbot/bot"
)

// fakeIndex is the index and the cache of roles of a backend.
type fakeIndex struct{ *backend }

func (g fakeIndex) Find(_ context.Context, id bot.MessageID) (bot.Message, bool, error) {
	for _, m := range g.known() {
		if m.ID == id {
			return m, true, nil
		}
	}
	return bot.Message{}, false, nil
}

func (fakeIndex) Add(context.Context, ...bot.Message) error { return nil }

func (fakeIndex) Forget(context.Context, bot.MessageID) error { return nil }

func (fakeIndex) Load(context.Context, bot.ChatID) (bot.Chat, int64, bool, error) {
	return bot.Chat{}, 0, false, nil
}

func (fakeIndex) Keep(context.Context, bot.Chat, int64, time.Duration) error { return nil }

func (o *backend) Chat(_ context.Context, id bot.ChatID) (bot.Chat, error) {
	return bot.Chat{ID: id, Member: true, Owner: "ou_owner", Learned: time.Now()}, nil
}

func (o *backend) Chats(context.Context, int, string) ([]bot.Chat, string, error) {
	return []bot.Chat{{ID: mainChat, Name: "Here"}, {ID: otherChat, Name: "Elsewhere"}}, "", nil
}

func (o *backend) Recent(_ context.Context, chat bot.ChatID, n int, before string) ([]audit.Entry, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	var page []audit.Entry
	for i, e := range slices.Backward(o.entries) {
		e.ID = strconv.Itoa(i)
		if at, err := strconv.Atoi(before); err == nil && i >= at {
			continue
		}
		if (chat == "" || e.Chat == chat) && len(page) < n {
			page = append(page, e)
		}
	}
	return page, nil
}

func (o *backend) Record(_ context.Context, _ string, e audit.Entry) (bool, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.entries = append(o.entries, e)
	return true, nil
}

func (o *backend) Keep(_ context.Context, key, value string, _ time.Duration) (string, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if kept, ok := o.once[key]; ok {
		return kept, nil
	}
	o.once[key] = value
	return value, nil
}

func (o *backend) Count(_ context.Context, chat bot.ChatID, _ bot.JobID) (int, bot.Counts, error) {
	return o.kept[chat], nil, nil
}

func (o *backend) Put(context.Context, bot.JobID) error { return nil }

func (o *backend) PutAt(context.Context, bot.JobID, time.Time) error { return nil }

func (o *backend) Hold(context.Context, bot.ChatID, bot.JobID, string, time.Duration) (held, stopped bool, err error) {
	return true, false, nil
}

func (o *backend) Release(context.Context, bot.ChatID, bot.JobID, string) error { return nil }

func (o *backend) Stop(context.Context, bot.ChatID, bot.JobID) error { return nil }

// jobStore stores the jobs of a backend.
type jobStore struct{ *backend }

func (s jobStore) Create(_ context.Context, job bot.Job) (bot.Job, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if kept, ok := s.jobs[job.ID]; ok {
		return kept, nil
	}
	job.Version = 1
	s.jobs[job.ID] = job
	return job, nil
}

func (s jobStore) Load(_ context.Context, id bot.JobID) (bot.Job, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	job, ok := s.jobs[id]
	if !ok {
		return job, bot.Errorf(bot.NotFound, "no job %s", id)
	}
	return job, nil
}

func (s jobStore) Save(_ context.Context, job *bot.Job) (bool, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.jobs[job.ID].Version != job.Version {
		return false, nil
	}
	job.Version++
	s.jobs[job.ID] = *job
	return true, nil
}

// List is ordered by job id; the cursor is the last id.
func (s jobStore) List(
	_ context.Context, team bot.TeamID, cursor string, n int, wanted func(bot.Job) bool,
) (page []bot.Job, next string, err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, id := range slices.Sorted(maps.Keys(s.jobs)) {
		job := s.jobs[id]
		if string(id) <= cursor || (team != "" && (job.By == nil || job.By.Team != team)) || !wanted(job) {
			continue
		}
		if len(page) == n {
			return page, string(page[n-1].ID), nil
		}
		page = append(page, job)
	}
	return page, "", nil
}

func (s jobStore) Line(context.Context, bot.ChatID) ([]bot.JobID, error) { return nil, nil }

func (s jobStore) Asking(context.Context, bot.ChatID) ([]bot.JobID, error) { return nil, nil }

func (s jobStore) Leave(context.Context, bot.ChatID, bot.JobID) error { return nil }
