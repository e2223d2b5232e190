package sandbox

import "time"

// now is the platform's time: the machine's plus what Advance added.
func (f *Feishu) now() time.Time { return time.Now().Add(time.Duration(f.ahead.Load())) }

// Now returns the platform's time.
func (f *Feishu) Now() time.Time { return f.now() }

// Advance moves the platform's time forward: tokens and codes expire, messages get older, limits are free, and due
// retries are sent.
func (f *Feishu) Advance(d time.Duration) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.ahead.Add(int64(max(d, 0)))
	close(f.advanced)
	f.advanced = make(chan struct{})
	f.notify()
}

// sleep waits in the platform's time; false if the sandbox closes.
func (f *Feishu) sleep(d time.Duration) bool {
	for until := f.now().Add(d); ; {
		f.mu.Lock()
		advanced := f.advanced
		f.mu.Unlock()
		left := until.Sub(f.now())
		if left <= 0 {
			return f.ctx.Err() == nil
		}
		timer := time.NewTimer(left)
		select {
		case <-timer.C:
		case <-advanced:
		case <-f.ctx.Done():
		}
		timer.Stop()
		if f.ctx.Err() != nil {
			return false
		}
	}
}
