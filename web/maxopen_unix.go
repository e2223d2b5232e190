//go:build unix

package web

import "syscall"

// maxOpen is how many connections may be open: half of the files that the process may open are for the rest.
func maxOpen() int {
	var files syscall.Rlimit
	if err := syscall.Getrlimit(syscall.RLIMIT_NOFILE, &files); err != nil {
		return maxConnections
	}
	return int(min(uint64(files.Cur)/2, maxConnections)) //nolint:unconvert // elsewhere it is an int64
}
