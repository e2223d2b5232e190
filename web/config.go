package web

import (
	"fmt"
	"net"
)

// Config is the server section of the configuration.
type Config struct {
	// Listen is the address to listen on, host:port; an empty host means all of them.
	Listen string `yaml:"listen"`
}

// Defaults listens on port 8080 of every address.
func Defaults() Config { return Config{Listen: ":8080"} }

// Validate reports an address that can't be listened on.
func (c Config) Validate() error {
	if _, port, err := net.SplitHostPort(c.Listen); err != nil || port == "" {
		return fmt.Errorf("server.listen: want host:port, got %q", c.Listen)
	}
	return nil
}
