//go:build !unix

package redistest

import "syscall"

// Windows has no such signals: Freeze and Thaw fail there.
const stopSignal, contSignal = syscall.Signal(0x13), syscall.Signal(0x12)
