package redistest

// StartAt is Start on the first of the ports that is free.
var StartAt = startAt

// TryRestart is Restart with the error for the test to see.
func (s *Server) TryRestart() error { return s.start() }

// ErrTaken: somebody else has the port.
var ErrTaken = errTaken

// AnyPort is a port that a server may try.
var AnyPort = anyPort
