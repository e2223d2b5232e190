package sandbox

import (
	"fmt"
	"net/http"
	"strings"
	"time"
)

// faultSwitch is a fault with a name that the page can switch on and off.
type faultSwitch struct {
	name string
	spec FaultSpec // what calls of the API meet; else isOn and set
	isOn func(f *Feishu) bool
	set  func(f *Feishu, on bool)
}

// faultSwitches are all switches, in the order of the page.
func faultSwitches() []faultSwitch {
	const recall = "DELETE " + imAPI + "messages/:message_id"
	sends := func(r *http.Request, _ []byte) bool {
		return r.Method == http.MethodPost && (r.URL.Path == imAPI+"messages" || strings.HasSuffix(r.URL.Path, "/reply"))
	}
	return []faultSwitch{
		{name: "unreachable", isOn: func(f *Feishu) bool { return f.down }, set: (*Feishu).Down},
		{name: "slow", spec: FaultSpec{Delay: 3 * time.Second}},
		{name: "rate_limited", spec: FaultSpec{Status: http.StatusTooManyRequests, Code: codeRateLimited, RateReset: "1"}},
		{name: "server_error", spec: FaultSpec{Status: http.StatusInternalServerError, Code: 2200, Msg: "Internal Error"}},
		{name: "error_page", spec: FaultSpec{Status: http.StatusBadGateway, HTML: true}},
		{name: "recall_denied", spec: FaultSpec{API: recall, Code: codeNoRecallRight}},
		{name: "recall_too_old", spec: FaultSpec{API: recall, Code: codeTooOld}},
		{name: "recall_answer_lost", spec: FaultSpec{API: recall, CutAfter: true}},
		{name: "send_fails", spec: FaultSpec{Match: sends, Status: http.StatusInternalServerError, Code: 2200, Msg: "Internal Error"}},
		{name: "private_cards", spec: FaultSpec{API: "POST /open-apis/ephemeral/v1/send", Code: codeUnreachable}},
		{name: "events_held", isOn: func(f *Feishu) bool { return f.push.paused != nil }, set: (*Feishu).holdEvents},
		{name: "events_twice", isOn: func(f *Feishu) bool { return f.push.twice }, set: (*Feishu).Duplicate},
		{name: "events_shuffled", isOn: func(f *Feishu) bool { return f.push.shuffle > 0 }, set: (*Feishu).shuffleEvents},
	}
}

func (f *Feishu) holdEvents(on bool) {
	if on {
		f.PauseEvents()
	} else {
		f.ResumeEvents()
	}
}

func (f *Feishu) shuffleEvents(on bool) {
	if on {
		f.Shuffle(3 * time.Second)
	} else {
		f.Shuffle(0)
	}
}

// on reports whether a switch is on. The caller holds mu.
func (s faultSwitch) on(f *Feishu) bool {
	if s.isOn != nil {
		return s.isOn(f)
	}
	return f.faultNames[s.name] != nil
}

// set switches a fault on or off.
func (f *Feishu) set(s faultSwitch, on bool) {
	f.mu.Lock()
	was := s.on(f)
	remove := f.faultNames[s.name]
	delete(f.faultNames, s.name)
	f.mu.Unlock()
	switch {
	case s.set != nil && was != on:
		s.set(f, on)
	case s.set == nil:
		if remove != nil {
			remove()
		}
		if on {
			remove = f.Fault(s.spec)
			f.mu.Lock()
			f.faultNames[s.name] = remove
			f.mu.Unlock()
		}
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	f.notify()
}

// orderSwitch switches a fault; without a name all faults go off, those of the order fault too.
func (f *Feishu) orderSwitch(_ *http.Request, in order) (any, error) {
	if in.Name == "" && !in.On {
		return struct{}{}, f.setSwitches(nil)
	}
	for _, s := range faultSwitches() {
		if s.name == in.Name {
			f.set(s, in.On)
			return struct{}{}, nil
		}
	}
	return nil, fmt.Errorf("switch: no switch %q", in.Name)
}

// setSwitches switches all faults off but these.
func (f *Feishu) setSwitches(on map[string]bool) error {
	if _, err := f.orderMend(nil, order{}); err != nil {
		return err
	}
	for _, s := range faultSwitches() {
		f.set(s, on[s.name])
	}
	return nil
}

// switchView is a switch for the page.
type switchView struct {
	Name string `json:"name"`
	On   bool   `json:"on"`
}

// switchViews are all switches, and the number of other faults. The caller holds mu.
func (f *Feishu) switchViews() (out []switchView, others int) {
	others = len(f.faultNames)
	for _, s := range faultSwitches() {
		out = append(out, switchView{s.name, s.on(f)})
		if f.faultNames[s.name] != nil {
			others--
		}
	}
	return out, others
}
