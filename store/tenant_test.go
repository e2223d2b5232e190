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
			t.Errorf("the value is %q, want %q", got, want)
		}
	}
	holds("")
	must(t, one.Store(ctx, []byte("first"), time.Minute))
	holds("first")
	must(t, one.Store(ctx, []byte("second"), time.Minute))
	must(t, one.Delete(ctx, []byte("first")))
	holds("second")
	must(t, one.Delete(ctx, []byte("second")))
	holds("")

	tryLock := func(at *store.Tenant, want bool) {
		t.Helper()
		locked, err := at.TryLock(ctx, time.Minute)
		must(t, err)
		if locked != want {
			t.Errorf("it is my tryLock: %t", locked)
		}
	}
	tryLock(one, true)
	tryLock(one, false)
	tryLock(other, true)
	must(t, one.Unlock(ctx))
	tryLock(one, true)
}
