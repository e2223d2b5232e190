package redistest

// StartAt is Start on the first of the ports that is free.
var StartAt = startAt

// TryRestart is Restart with an error.
func (s *Server) TryRestart() error { return s.start() }

// ErrPortInUse: another process has the port.
var ErrPortInUse = errPortInUse

// RandomPort is a port that a server may try.
var RandomPort = randomPort
