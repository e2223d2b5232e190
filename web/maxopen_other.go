//go:build !unix

package web

// maxOpen is how many connections may be open.
func maxOpen() int { return maxConnections }
