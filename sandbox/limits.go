package sandbox

import "time"

// Limits are the platform's rate limits. Zero means the platform's value, negative no limit.
type Limits struct {
	PerSecond         int // per API; 50
	PerMinute         int // per API; 1000
	SendsPerChat      int // per second, shared by all bots; 5
	EphemeralsPerChat int // per second; 40
	PatchesPerMessage int // per second; 5
}

func (l Limits) withDefaults() Limits {
	return Limits{
		PerSecond: orElse(l.PerSecond, 50), PerMinute: orElse(l.PerMinute, 1000),
		SendsPerChat: orElse(l.SendsPerChat, 5), EphemeralsPerChat: orElse(l.EphemeralsPerChat, 40),
		PatchesPerMessage: orElse(l.PatchesPerMessage, 5),
	}
}

// SetLimits changes the limits; earlier calls stay counted.
func (f *Feishu) SetLimits(l Limits) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.limiter.limits = l.withDefaults()
}

// limiter counts requests in exact sliding windows.
type limiter struct {
	limits  Limits
	apis    map[string]*[2]window // by API: the second and the minute
	windows map[string]*window    // by chat or message
	meters  map[string]*peakMeter // arrivals, including refused ones
	refused int                   // answers with 429
}

// window is a log of times, the oldest first.
type window struct {
	times []time.Time
}

func newLimiter(l Limits) *limiter {
	return &limiter{limits: l, apis: map[string]*[2]window{}, windows: map[string]*window{}, meters: map[string]*peakMeter{}}
}

// wait returns how long until the next one is allowed.
func (w *window) wait(now time.Time, limit int, span time.Duration) time.Duration {
	i := 0
	for i < len(w.times) && now.Sub(w.times[i]) >= span {
		i++
	}
	w.times = w.times[i:]
	if limit < 0 || len(w.times) < limit {
		return 0
	}
	return w.times[len(w.times)-limit].Add(span).Sub(now)
}

// admit counts a request to an API, or returns the wait and the limit.
func (g *limiter) admit(api string, now time.Time) (reset time.Duration, limit int) {
	w := g.apis[api]
	if w == nil {
		w = &[2]window{}
		g.apis[api] = w
	}
	second := w[0].wait(now, g.limits.PerSecond, time.Second)
	minute := w[1].wait(now, g.limits.PerMinute, time.Minute)
	if minute > 0 || second > 0 {
		if minute >= second {
			return minute, g.limits.PerMinute
		}
		return second, g.limits.PerSecond
	}
	w[0].times = append(w[0].times, now)
	w[1].times = append(w[1].times, now)
	return 0, 0
}

// allow counts an action under a key, up to limit per second.
func (g *limiter) allow(key string, limit int, now time.Time) bool {
	w := g.windows[key]
	if w == nil {
		w = &window{}
		g.windows[key] = w
	}
	if w.wait(now, limit, time.Second) > 0 {
		return false
	}
	w.times = append(w.times, now)
	return true
}

// peakMeter records the most arrivals in any second and any minute.
type peakMeter struct {
	second, minute         window
	peakSecond, peakMinute int
}

func (g *limiter) countArrival(api string, now time.Time) {
	m := g.meters[api]
	if m == nil {
		m = &peakMeter{}
		g.meters[api] = m
	}
	m.second.wait(now, -1, time.Second)
	m.minute.wait(now, -1, time.Minute)
	m.second.times = append(m.second.times, now)
	m.minute.times = append(m.minute.times, now)
	m.peakSecond = max(m.peakSecond, len(m.second.times))
	m.peakMinute = max(m.peakMinute, len(m.minute.times))
}

// RateLimited returns how many calls were answered 429.
func (f *Feishu) RateLimited() int {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.limiter.refused
}

// Peak returns the most arrivals at an API in any second and any minute, including refused ones.
func (f *Feishu) Peak(api string) (second, minute int) {
	f.mu.Lock()
	defer f.mu.Unlock()
	m := f.limiter.meters[api]
	if m == nil {
		return 0, 0
	}
	return m.peakSecond, m.peakMinute
}
