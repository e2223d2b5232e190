//go:build unix

package redistest

import "syscall"

const stopSignal, contSignal = syscall.SIGSTOP, syscall.SIGCONT
