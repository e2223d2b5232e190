package sandbox

import (
	"encoding/json"
	"fmt"
	"net/http"
	"time"
)

// changeDelay is how long changes are collected before the page gets them.
const changeDelay = 30 * time.Millisecond

// controlEvents streams changed chats and the wire log.
func (f *Feishu) controlEvents(w http.ResponseWriter, r *http.Request) {
	stream := http.NewResponseController(w)
	w.Header().Set("Content-Type", "text/event-stream")
	w.Header().Set("Cache-Control", "no-store")
	f.mu.Lock()
	version := f.version
	f.mu.Unlock()
	seq := int64(0)
	heartbeat := time.NewTicker(15 * time.Second)
	defer heartbeat.Stop()
	for {
		f.mu.Lock()
		chats, entries, changed := f.changedSince(version), f.wire.since(seq), f.changed
		world := f.version != version
		version, seq = f.version, f.wire.seq
		f.mu.Unlock()
		if world && !sendEvent(w, "change", map[string]any{"chats": chats}) {
			return
		}
		for _, e := range entries {
			if !sendEvent(w, "wire", e.view()) {
				return
			}
		}
		if stream.Flush() != nil || !f.nextChange(r, w, changed, heartbeat.C) {
			return
		}
	}
}

// changedSince returns the chats that changed after a version. The caller holds mu.
func (f *Feishu) changedSince(version int64) []string {
	chats := []string{}
	for _, id := range f.world.order {
		if f.world.chats[id].version > version {
			chats = append(chats, id)
		}
	}
	return chats
}

// nextChange waits for a change, or sends a heartbeat; false ends the stream.
func (f *Feishu) nextChange(r *http.Request, w http.ResponseWriter, changed <-chan struct{}, heartbeat <-chan time.Time) bool {
	select {
	case <-changed:
		return f.sleep(changeDelay)
	case <-heartbeat:
		_, err := fmt.Fprint(w, ": still here\n\n")
		return err == nil
	case <-r.Context().Done():
		return false
	case <-f.ctx.Done():
		return false
	}
}

func sendEvent(w http.ResponseWriter, name string, v any) bool {
	data, err := json.Marshal(v)
	if err != nil {
		panic(err) // our own structs always are JSON
	}
	_, err = fmt.Fprintf(w, "event: %s\ndata: %s\n\n", name, data)
	return err == nil
}
