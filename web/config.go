package web

import (
	"errors"
	"net"
	"net/netip"
	"time"

	"recallbot/bot"
)

// Config is the server section of the configuration.
type Config struct {
	// Listen is the address to listen on, host:port; an empty host means all of them.
	Listen string `yaml:"listen"`
	// DebugListen is where Go's profiles (/debug/pprof/) are served; empty means nowhere. They tell what is in memory, so
	// that it must be on the loopback unless DebugAnywhere says otherwise.
	DebugListen   string `yaml:"debug_listen"`
	DebugAnywhere bool   `yaml:"debug_anywhere"`
	// DrainDelay is how long requests are still taken after the bot was told to stop: for so long /readyz says that it is
	// not ready, and a load balancer has time to see it.
	DrainDelay time.Duration `yaml:"drain_delay"`
	// TrustedProxies are the addresses or networks of proxies in front of us: from them we take the word on where a call of
	// the API comes from (X-Forwarded-For).
	TrustedProxies []string `yaml:"trusted_proxies"`
}

// maxDrainDelay is as long as anybody's load balancer needs.
const maxDrainDelay = time.Minute

// Defaults listens on port 8080 of every address.
func Defaults() Config { return Config{Listen: ":8080", TrustedProxies: []string{}} }

// Validate reports everything that is wrong.
func (c Config) Validate() error {
	var errs []error
	if _, port, err := net.SplitHostPort(c.Listen); err != nil || port == "" {
		errs = append(errs, bot.WrongSetting("server.listen", "want host:port, got %q", c.Listen))
	}
	if c.DrainDelay < 0 || c.DrainDelay > maxDrainDelay {
		errs = append(errs, bot.WrongSetting("server.drain_delay", "want 0 to %s, got %s", maxDrainDelay, c.DrainDelay))
	}
	for _, proxy := range c.TrustedProxies {
		_, errNetwork := netip.ParsePrefix(proxy)
		if _, errAddress := netip.ParseAddr(proxy); errNetwork != nil && errAddress != nil {
			errs = append(errs, bot.WrongSetting("server.trusted_proxies", "%q is neither an address nor a network such as 10.0.0.0/8", proxy))
		}
	}
	return errors.Join(append(errs, c.validateDebug())...)
}

// validateDebug reports an address for profiles that strangers could reach.
func (c Config) validateDebug() error {
	if c.DebugListen == "" {
		return nil
	}
	host, port, err := net.SplitHostPort(c.DebugListen)
	if err != nil || port == "" {
		return bot.WrongSetting("server.debug_listen", "want host:port, got %q", c.DebugListen)
	}
	if ip := net.ParseIP(host); host != "localhost" && (ip == nil || !ip.IsLoopback()) && !c.DebugAnywhere {
		return bot.WrongSetting("server.debug_listen", "%q is not on the loopback (server.debug_anywhere: true takes that risk)", c.DebugListen)
	}
	return nil
}
