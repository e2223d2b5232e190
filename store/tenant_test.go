package store_test

import (
	"bytes"
	"testing"
	"time"

	"recallbot/bot"
	"recallbot/store"
)

func testTenant(t *testing.T, s *store.Store) {
	t.Helper()
	one, other := store.NewTenant(s, bot.AppID("cli_"+t.Name())), store.NewTenant(s, bot.AppID("cli_other_"+t.Name()))
	ctx := t.Context()
	holds := func(want string) {
		t.Helper()
		got, err := one.Load(ctx)
		must(t, err)
		if !bytes.Equal(got, []byte(want)) {
			t.Errorf("stored is %q, want %q", got, want)
		}
	}
	holds("")
	must(t, one.Keep(ctx, []byte("first"), time.Minute))
	holds("first")
	must(t, one.Keep(ctx, []byte("second"), time.Minute))
	must(t, one.Drop(ctx, []byte("first")))
	holds("second")
	must(t, one.Drop(ctx, []byte("second")))
	holds("")

	turn := func(at *store.Tenant, want bool) {
		t.Helper()
		mine, err := at.Turn(ctx, time.Minute)
		must(t, err)
		if mine != want {
			t.Errorf("lock: %t", mine)
		}
	}
	turn(one, true)
	turn(one, false)
	turn(other, true)
	must(t, one.Done(ctx))
	turn(one, true)
}
