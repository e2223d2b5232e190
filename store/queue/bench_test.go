package queue_test

import (
	"context"
	"strconv"
	"sync/atomic"
	"testing"

	"github.com/redis/go-redis/v9"

	"recallbot/store/queue"
)

// backendB is a benchmark with its backend.
type backendB struct {
	*testing.B

	rdb redis.UniversalClient
}

func onBoth(b *testing.B, run func(b backendB)) {
	b.Helper()
	for _, be := range backends()[:2] {
		b.Run(be.name, func(b *testing.B) { run(backendB{b, be.open(b)}) })
	}
}

// BenchmarkPut puts from many callers, each item with two dedupe ids.
func BenchmarkPut(b *testing.B) {
	onBoth(b, func(b backendB) {
		q, payload := queue.New(b.rdb, testConfig()), make([]byte, 200)
		var n atomic.Int64
		b.SetParallelism(16)
		b.RunParallel(func(pb *testing.PB) {
			for pb.Next() {
				id := strconv.FormatInt(n.Add(1), 10)
				if _, err := q.Put(context.Background(), queue.Item{ID: id, Key: "k", Payload: payload}, id, "m"+id); err != nil {
					b.Error(err)
				}
			}
		})
	})
}

// BenchmarkDrain handles b.N waiting items of a thousand keys; the handler does nothing.
func BenchmarkDrain(b *testing.B) {
	onBoth(b, func(b backendB) {
		q, payload := queue.New(b.rdb, testConfig()), make([]byte, 200)
		for i := range b.N {
			if _, err := q.Put(b.Context(), queue.Item{ID: strconv.Itoa(i), Key: strconv.Itoa(i % 1000), Payload: payload}); err != nil {
				b.Fatal(err)
			}
		}
		var n atomic.Int64
		all := make(chan struct{})
		b.ResetTimer()
		start(b, q, func(context.Context, queue.Delivery) error {
			if n.Add(1) == int64(b.N) {
				close(all)
			}

			return nil
		})
		<-all
		b.StopTimer()
	})
}

// BenchmarkIdleLatency measures the time from Put to the start of the handler of an idle worker.
func BenchmarkIdleLatency(b *testing.B) {
	onBoth(b, func(b backendB) {
		q := queue.New(b.rdb, testConfig())
		got := make(chan queue.Delivery)
		start(b, q, sendTo(got))
		for b.Loop() {
			if _, err := q.Put(b.Context(), queue.Item{ID: "1", Key: "k"}); err != nil {
				b.Fatal(err)
			}
			<-got
		}
	})
}
