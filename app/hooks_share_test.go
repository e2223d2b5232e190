package app_test

import (
	"context"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"sync/atomic"
	"testing"

	"recallbot/app"
	"recallbot/bot"
	"recallbot/store"
)

// silentReceiver has many addresses and never answers.
type silentReceiver struct {
	port      int
	now, most atomic.Int32
	reached   chan struct{}
}

func newSilentReceiver(t *testing.T) *silentReceiver {
	t.Helper()
	listener, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp", "0.0.0.0:0")
	if err != nil {
		t.Fatal(err)
	}
	p := &silentReceiver{reached: make(chan struct{}, 1000)}
	ended := make(chan struct{})
	server := httptest.NewUnstartedServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		p.most.Store(max(p.most.Load(), p.now.Add(1)))
		defer p.now.Add(-1)
		p.reached <- struct{}{}
		select {
		case <-ended:
		case <-r.Context().Done():
		}
	}))
	_ = server.Listener.Close()
	server.Listener = listener
	server.Start()
	t.Cleanup(server.Close)
	t.Cleanup(func() { close(ended) })
	addr, _ := listener.Addr().(*net.TCPAddr)
	p.port = addr.Port
	return p
}

// TestTeamsShareTheWorkersOfHooks: a team that names many hosts which never answer, and many such teams, delay neither the
// operator's target nor another team.
func TestTeamsShareTheWorkersOfHooks(t *testing.T) {
	t.Parallel()
	in, p := newInbox(t, 0), newSilentReceiver(t)
	config := hooksConfig(in)
	opened, err := store.Open(t.Context(), config.Redis, config.Store, slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = opened.Close() })
	out := app.NewOutbox(t, config, opened)
	ctx, stop := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	t.Cleanup(func() {
		stop()
		if err := <-ended; err != nil {
			t.Error(err)
		}
	})
	tell := func(id, team, address string) {
		t.Helper()
		job := bot.Job{ID: bot.JobID(id), Kind: bot.JobClean, State: bot.JobDone, Notify: address, By: &bot.Principal{Team: bot.TeamID(team)}}
		if err := out.Ended(t.Context(), job); err != nil {
			t.Fatal(err)
		}
	}
	const hosts = 24
	for i := range 4 * hosts { // before any worker runs: the worst order
		tell(fmt.Sprint("greedy", i), "greedy", fmt.Sprintf("http://127.0.0.%d:%d/", 2+i%hosts, p.port))
	}
	go func() { ended <- out.Run(ctx) }()
	<-p.reached
	in.await(t, 4*hosts) // a webhook goes to the operator for each of these jobs
	tell("other", "other", in.URL+"/other")
	in.await(t, 4*hosts+2)
	if most := p.most.Load(); most > 2 {
		t.Errorf("%d workers were with one team's receivers", most)
	}
	for i := range 2 * hosts {
		tell(fmt.Sprint("more", i), fmt.Sprint("team", i), fmt.Sprintf("http://127.0.0.%d:%d/", 2+i%hosts, p.port))
	}
	in.await(t, 6*hosts+2)
	if most := p.most.Load(); most > 6 {
		t.Errorf("%d workers were with teams' receivers", most)
	}
}

// TestWhoseJobsTakeWorkers: jobs of one team, or of one chat, have an owner of their own.
func TestWhoseJobsTakeWorkers(t *testing.T) {
	t.Parallel()
	config := app.Defaults()
	opened, err := store.Open(t.Context(), config.Redis, config.Store, slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = opened.Close() })
	for id, row := range map[bot.JobID]struct {
		by   *bot.Principal
		want string
	}{
		"teams": {&bot.Principal{Token: "t1", Team: "release"}, "team/release"}, "operators": {&bot.Principal{Token: "t2"}, ""}, "persons": {nil, "oc_1"},
	} {
		if _, err := store.NewJobs(opened).Create(t.Context(), bot.Job{ID: id, Chat: "oc_1", State: bot.JobNew, By: row.by}); err != nil {
			t.Fatal(err)
		}
		if got := app.StepOwner(t.Context(), opened, id); got != row.want {
			t.Errorf("%s job: %q", id, got)
		}
	}
	if got := app.StepOwner(t.Context(), opened, "nosuch"); got != "" {
		t.Errorf("a job that is not kept: %q", got)
	}
}
