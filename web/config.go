package web

import (
	"errors"
	"fmt"
	"net"
	"time"
)

// Config is the server section of the configuration.
type Config struct {
	// Listen is the address to listen on, host:port; an empty host means all of them.
	Listen string `yaml:"listen"`
	// DrainDelay is how long requests are still taken after the bot was told to stop: for so long /readyz says that it is
	// not ready, and a load balancer has time to see it.
	DrainDelay time.Duration `yaml:"drain_delay"`
}

// maxDrainDelay is as long as anybody's load balancer needs.
const maxDrainDelay = time.Minute

// Defaults listens on port 8080 of every address.
func Defaults() Config { return Config{Listen: ":8080"} }

// Validate reports an address that can't be listened on, and a delay that is none.
func (c Config) Validate() error {
	var errs []error
	if _, port, err := net.SplitHostPort(c.Listen); err != nil || port == "" {
		errs = append(errs, fmt.Errorf("server.listen: want host:port, got %q", c.Listen))
	}
	if c.DrainDelay < 0 || c.DrainDelay > maxDrainDelay {
		errs = append(errs, fmt.Errorf("server.drain_delay: want 0 to %s, got %s", maxDrainDelay, c.DrainDelay))
	}
	return errors.Join(errs...)
}
