package scenarios_test

// sockets closes the websockets, or stops their traffic without closing them: dropped, stalled.
func (s *story) sockets(l line) {
	if l.has("stalled") {
		s.StallSockets()
		return
	}
	s.DropSockets()
}
