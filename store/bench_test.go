package store_test

import (
	"fmt"
	"math/rand/v2"
	"sync/atomic"
	"testing"
	"time"

	"recallbot/bot"
	"recallbot/store"
	"recallbot/test/redistest"
)

func benchmarkServers(b *testing.B, run func(*testing.B, *store.Store)) {
	b.Helper()
	b.Run("redis", func(b *testing.B) { run(b, benchmarkStore(b, redistest.Start(b).URL())) })
	b.Run("embedded", func(b *testing.B) { run(b, benchmarkStore(b, "")) })
}

func benchmarkStore(b *testing.B, url string) *store.Store {
	b.Helper()
	return open(b, url, store.DefaultConfig())
}

// BenchmarkAdd: one message per call, from one caller and from 64, over a thousand chats.
func BenchmarkAdd(b *testing.B) {
	for _, callers := range []int{1, 64} {
		b.Run(fmt.Sprintf("callers=%d", callers), func(b *testing.B) {
			benchmarkServers(b, func(b *testing.B, s *store.Store) {
				b.Helper()
				x := movedIndex(b, s)
				chats := make([]bot.ChatID, 1000)
				for i := range chats {
					chats[i] = newChat()
					if err := x.Add(b.Context(), personMessage(chats[i], 0)); err != nil {
						b.Fatal(err)
					}
				}
				var n atomic.Int64
				add := func() {
					if err := x.Add(b.Context(), personMessage(chats[n.Add(1)%1000], 0)); err != nil {
						b.Error(err)
					}
				}
				b.ReportAllocs()
				b.ResetTimer()
				if callers == 1 {
					for b.Loop() {
						add()
					}
					return
				}
				b.SetParallelism(callers / 2)
				b.RunParallel(func(pb *testing.PB) {
					for pb.Next() {
						add()
					}
				})
			})
		})
	}
}

// movedIndex returns an index without an old layout.
func movedIndex(b *testing.B, s *store.Store) *store.Index {
	b.Helper()
	x := store.NewIndex(s)
	if moved, err := x.MoveNext(b.Context()); err != nil || !moved {
		b.Fatal(moved, err)
	}
	return x
}

// fullIndex returns an index with a full chat.
func fullIndex(b *testing.B, s *store.Store) (*store.Index, []bot.Message) {
	b.Helper()
	x, chat := movedIndex(b, s), newChat()
	messages := make([]bot.Message, 1000)
	for i := range messages {
		messages[i] = personMessage(chat, i)
		messages[i].Kind = bot.Kind(1 + i%3)
	}
	if err := x.Add(b.Context(), messages...); err != nil {
		b.Fatal(err)
	}
	return x, messages
}

func BenchmarkFind(b *testing.B) {
	benchmarkServers(b, func(b *testing.B, s *store.Store) {
		b.Helper()
		x, messages := fullIndex(b, s)
		for b.Loop() {
			if _, ok, err := x.Find(b.Context(), messages[rand.IntN(len(messages))].ID); err != nil || !ok {
				b.Fatal(ok, err)
			}
		}
	})
}

func BenchmarkNewest(b *testing.B) {
	for name, q := range map[string]store.NewestQuery{
		"last=50":     {Limit: 50},
		"own=1":       {Kind: bot.KindOwn, Limit: 1},
		"thread=none": {Thread: 1, Limit: 1},
	} {
		b.Run(name, func(b *testing.B) {
			benchmarkServers(b, func(b *testing.B, s *store.Store) {
				b.Helper()
				x, messages := fullIndex(b, s)
				for b.Loop() {
					if _, err := x.Newest(b.Context(), messages[0].Chat, q); err != nil {
						b.Fatal(err)
					}
				}
			})
		})
	}
}

func BenchmarkWalk(b *testing.B) {
	benchmarkServers(b, func(b *testing.B, s *store.Store) {
		b.Helper()
		x, messages := fullIndex(b, s)
		for b.Loop() {
			for _, err := range x.Walk(b.Context(), messages[0].Chat, time.Time{}, time.Time{}) {
				if err != nil {
					b.Fatal(err)
				}
			}
		}
	})
}

// BenchmarkForget forgets and adds again messages of a full chat.
func BenchmarkForget(b *testing.B) {
	benchmarkServers(b, func(b *testing.B, s *store.Store) {
		b.Helper()
		x, messages := fullIndex(b, s)
		for b.Loop() {
			if err := x.Forget(b.Context(), messages[rand.IntN(len(messages))].ID); err != nil {
				b.Fatal(err)
			}
		}
	})
}

func BenchmarkLimiterReserve(b *testing.B) {
	benchmarkServers(b, func(b *testing.B, s *store.Store) {
		b.Helper()
		limiter := store.NewLimiter(s)
		for b.Loop() {
			if _, err := limiter.Reserve(b.Context(), string(newChat()), 1); err != nil {
				b.Fatal(err)
			}
		}
	})
}
