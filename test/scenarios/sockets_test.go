package scenarios_test

// sockets closes the websockets, or makes them go dead without a word: dropped, stalled.
func (s *story) sockets(l line) {
	if l.has("stalled") {
		s.StallSockets()
		return
	}
	s.DropSockets()
}
