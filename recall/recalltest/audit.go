package recalltest

import (
	"context"
	"sync"

	"recallbot/audit"
)

// Audit keeps one record for each key. With Err calls fail; with Lost they fail after they have recorded.
type Audit struct {
	mu       sync.Mutex
	Keys     map[string]bool
	Entries  []audit.Entry
	Observed []audit.Entry
	Err      error
	Lost     error
}

// Record is recall.Deps.Record.
func (a *Audit) Record(_ context.Context, key string, entry audit.Entry) (bool, error) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.Err != nil {
		return false, a.Err
	}
	fresh := !a.Keys[key]
	if fresh {
		a.Keys[key] = true
		a.Entries = append(a.Entries, entry)
	}
	return fresh && a.Lost == nil, a.Lost
}

// Observe notes a record.
func (a *Audit) Observe(entry audit.Entry) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.Observed = append(a.Observed, entry)
}

// Results are the records, as "om_1 recalled for ou_owner via reply (owner)".
func (a *Audit) Results() []string {
	a.mu.Lock()
	defer a.mu.Unlock()
	var list []string
	for _, e := range a.Entries {
		list = append(list, string(e.Message)+" "+string(e.Result)+" for "+string(e.Who)+" via "+string(e.Via)+" ("+e.Rule+")")
	}
	return list
}
