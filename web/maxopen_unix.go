//go:build unix

package web

import "syscall"

// maxOpen is the limit of open connections: half of the files that the process may open.
func maxOpen() int {
	var files syscall.Rlimit
	if err := syscall.Getrlimit(syscall.RLIMIT_NOFILE, &files); err != nil {
		return maxConnections
	}
	return int(min(uint64(files.Cur)/2, maxConnections)) //nolint:unconvert // int64 on other systems
}
