package queue_test

import (
	"strings"
	"testing"
	"time"

	"recallbot/store/queue"
)

func TestValidate(t *testing.T) {
	t.Parallel()
	if err := (queue.Config{Name: "work"}).Validate(); err != nil {
		t.Errorf("zero fields are valid: %v", err)
	}
	wrong := queue.Config{
		Name: "a{b}", Workers: -1, PerKey: -1, KeyInFlight: -1, InFlight: -1, MaxAttempts: -1, DeadCap: -1,
		Lease: -1, Grace: -1, BackoffBase: time.Microsecond, BackoffCap: -1, Remember: 1,
	}
	err := wrong.Validate()
	if err == nil {
		t.Fatal("want an error")
	}
	for _, field := range []string{
		"name", "workers", "per_key", "key_in_flight", "in_flight", "max_attempts", "dead_cap",
		"lease", "grace", "backoff_base", "backoff_cap", "remember",
	} {
		if !strings.Contains(err.Error(), "queue "+field+" ") {
			t.Errorf("%s is not reported in:\n%v", field, err)
		}
	}
	if err := (queue.Config{}).Validate(); err == nil {
		t.Error("a queue without a name: want an error")
	}
}
