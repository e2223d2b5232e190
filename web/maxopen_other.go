//go:build !unix

package web

// maxOpen is the limit of open connections.
func maxOpen() int { return maxConnections }
