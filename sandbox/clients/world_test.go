package clients_test

import (
	"context"
	"net/http/httptest"
	"testing"
	"time"

	"recallbot/sandbox"
)

// world is a sandbox on a port with one person and one group.
type world struct {
	*sandbox.Feishu
	t      *testing.T
	url    string
	person sandbox.User
	chat   string
}

func newWorld(t *testing.T) *world {
	t.Helper()
	f, err := sandbox.New(sandbox.Config{EncryptKey: "an encrypt key"})
	if err != nil {
		t.Fatal(err)
	}
	srv := httptest.NewServer(f.Handler())
	t.Cleanup(func() {
		f.Close()
		srv.Close()
	})
	w := &world{Feishu: f, t: t, url: srv.URL, person: f.AddUser("Olga")}
	w.chat, err = f.AddChat(sandbox.ChatSpec{Name: "Launch", Owner: w.person.OpenID})
	if err != nil {
		t.Fatal(err)
	}
	return w
}

// await waits for the world, longer than a busy machine takes.
func (w *world) await(what string, ok func(sandbox.State) bool) {
	w.t.Helper()
	ctx, cancel := context.WithTimeout(w.t.Context(), time.Minute)
	defer cancel()
	if err := w.Wait(ctx, ok); err != nil {
		w.t.Fatalf("%s: %v", what, err)
	}
}

// receive waits for what a client hears, longer than a busy machine takes.
func receive[T any](t *testing.T, what string, from <-chan T) T {
	t.Helper()
	select {
	case v := <-from:
		return v
	case <-time.After(time.Minute):
		t.Fatalf("%s does not come", what)
	}
	panic("unreachable")
}
