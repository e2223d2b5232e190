package sandbox

import (
	"errors"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"time"
)

// platformOrder are the fields of orders that change the platform's behaviour.
type platformOrder struct {
	API          string     `json:"api"`
	Target       string     `json:"target"`
	Times        int        `json:"times"`
	Delay        timespan   `json:"delay"`
	Cut          string     `json:"cut"`
	Status       int        `json:"status"`
	Code         int        `json:"code"`
	Msg          string     `json:"msg"`
	HTML         bool       `json:"html"`
	RateReset    string     `json:"rate_reset"`
	Fault        string     `json:"fault"`
	Advance      timespan   `json:"advance"`
	Waits        []timespan `json:"waits"`
	AckWithin    timespan   `json:"ack_within"`
	Window       timespan   `json:"window"`
	PerSecond    int        `json:"per_second"`
	PerMinute    int        `json:"per_minute"`
	SendsPerChat int        `json:"sends_per_chat"`
	Pause        bool       `json:"pause"`
	Twice        bool       `json:"twice"`
	TwiceNewID   bool       `json:"twice_new_id"`
	Shuffle      timespan   `json:"shuffle"`
	NewID        string     `json:"new_id"`
}

// platformOrders change the platform's behaviour.
func platformOrders() []orderSpec {
	list := func(names string) []string { return strings.Fields(names) }
	return []orderSpec{
		{"fault", nil, list("api target times delay cut status code msg html rate_reset"), (*Feishu).orderFault},
		{"mend", nil, list("fault"), (*Feishu).orderMend},
		{"switch", list("on"), list("name"), (*Feishu).orderSwitch},
		{"clock", nil, list("advance"), (*Feishu).orderClock},
		{"retries", nil, list("waits ack_within"), (*Feishu).orderRetries},
		{"limits", nil, list("per_second per_minute sends_per_chat"), (*Feishu).orderLimits},
		{"recall_window", list("window"), nil, (*Feishu).orderWindow},
		{"delivery", nil, list("pause twice twice_new_id shuffle"), (*Feishu).orderDelivery},
		{"redeliver", list("event"), list("new_id"), (*Feishu).orderRedeliver},
		{"down", list("on"), nil, (*Feishu).orderDown},
		{"drop_websockets", nil, nil, (*Feishu).orderDrop},
		{"revoke_tokens", nil, nil, (*Feishu).orderRevoke},
		{"language", list("language"), nil, (*Feishu).orderLanguage},
	}
}

// orderFault adds a fault; mend removes it by the name in the response.
func (f *Feishu) orderFault(_ *http.Request, in order) (any, error) {
	spec := FaultSpec{
		API: in.API, Target: in.Target, Times: in.Times, Delay: time.Duration(in.Delay), Status: in.Status, Code: in.Code, Msg: in.Msg,
		HTML: in.HTML, RateReset: in.RateReset, CutBefore: in.Cut == "before", CutAfter: in.Cut == "after",
	}
	switch {
	case in.Cut != "" && !spec.CutBefore && !spec.CutAfter:
		return nil, errors.New(`fault: cut is "before" or "after" the call acts`)
	case in.Cut == "" && spec.Delay == 0 && !spec.answers():
		return nil, errors.New("fault: say what it does: delay, cut, status, code or html")
	case in.API != "" && !isKnownAPI(in.API):
		return nil, fmt.Errorf("fault: no API %q; it is written like %q", in.API, "DELETE "+imAPI+"messages/:message_id")
	}
	remove := f.Fault(spec)
	f.mu.Lock()
	defer f.mu.Unlock()
	f.faultCount++
	name := strconv.Itoa(f.faultCount)
	f.faultNames[name] = remove
	f.notify()
	return map[string]string{"fault": name}, nil
}

func isKnownAPI(api string) bool {
	for _, rt := range routes() {
		if rt.name() == api {
			return true
		}
	}
	return false
}

// orderMend removes one fault, or all that orders have added.
func (f *Feishu) orderMend(_ *http.Request, in order) (any, error) {
	f.mu.Lock()
	gone := map[string]func(){}
	for name, remove := range f.faultNames {
		if in.Fault == "" || in.Fault == name {
			gone[name] = remove
			delete(f.faultNames, name)
		}
	}
	f.notify()
	f.mu.Unlock()
	if in.Fault != "" && len(gone) == 0 {
		return nil, fmt.Errorf("mend: no fault %q", in.Fault)
	}
	for _, remove := range gone {
		remove()
	}
	return struct{}{}, nil
}

func (f *Feishu) orderClock(_ *http.Request, in order) (any, error) {
	if in.Advance < 0 {
		return nil, errors.New("clock: time goes forward only")
	}
	f.Advance(time.Duration(in.Advance))
	return map[string]string{"now": f.now().Format(time.RFC3339)}, nil
}

func (f *Feishu) orderRetries(_ *http.Request, in order) (any, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if in.Waits != nil {
		f.cfg.RetryAfter = nil
		for _, wait := range in.Waits {
			f.cfg.RetryAfter = append(f.cfg.RetryAfter, time.Duration(wait))
		}
	}
	if in.AckWithin > 0 {
		f.cfg.AckWithin = time.Duration(in.AckWithin)
	}
	return struct{}{}, nil
}

func (f *Feishu) orderLimits(_ *http.Request, in order) (any, error) {
	f.SetLimits(Limits{PerSecond: in.PerSecond, PerMinute: in.PerMinute, SendsPerChat: in.SendsPerChat})
	return struct{}{}, nil
}

func (f *Feishu) orderWindow(_ *http.Request, in order) (any, error) {
	f.SetRecallWindow(time.Duration(in.Window))
	return struct{}{}, nil
}

// orderDelivery sets how events are pushed; omitted options are off.
func (f *Feishu) orderDelivery(_ *http.Request, in order) (any, error) {
	f.Duplicate(in.Twice)
	f.DuplicateNewID(in.TwiceNewID)
	f.Shuffle(time.Duration(in.Shuffle))
	if in.Pause {
		f.PauseEvents()
	} else {
		f.ResumeEvents()
	}
	return struct{}{}, nil
}

func (f *Feishu) orderRedeliver(_ *http.Request, in order) (any, error) {
	if in.NewID != "" {
		return done(f.RedeliverAs(in.Event, in.NewID))
	}
	return done(f.Redeliver(in.Event))
}

func (f *Feishu) orderDown(_ *http.Request, in order) (any, error) {
	f.Down(in.On)
	return struct{}{}, nil
}

func (f *Feishu) orderDrop(*http.Request, order) (any, error) {
	f.DropSockets()
	return struct{}{}, nil
}

func (f *Feishu) orderRevoke(*http.Request, order) (any, error) {
	f.RevokeTokens()
	return struct{}{}, nil
}
