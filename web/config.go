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
	// Listen is the address to listen on, host:port; an empty host means all addresses.
	Listen string `yaml:"listen"`
	// DebugListen is the address of Go's profiles (/debug/pprof/); empty disables them. They reveal memory contents,
	// so the address must be on the loopback unless DebugAnywhere is set.
	DebugListen   string `yaml:"debug_listen"`
	DebugAnywhere bool   `yaml:"debug_anywhere"`
	// DrainDelay is how long requests are accepted after the bot was told to stop. /readyz fails during that time, so
	// that load balancers notice.
	DrainDelay time.Duration `yaml:"drain_delay"`
	// TrustedProxies are addresses or networks of proxies whose X-Forwarded-For is trusted.
	TrustedProxies []string `yaml:"trusted_proxies"`
}

// maxDrainDelay is enough for common load balancers.
const maxDrainDelay = time.Minute

// Defaults listens on port 8080 of all addresses.
func Defaults() Config { return Config{Listen: ":8080", TrustedProxies: []string{}} }

// Validate reports everything that is wrong.
func (c Config) Validate() error {
	var errs []error
	if _, port, err := net.SplitHostPort(c.Listen); err != nil || port == "" {
		errs = append(errs, bot.WrongSetting("server.listen", "must be host:port, such as :8080, not %q", c.Listen))
	}
	if c.DrainDelay < 0 || c.DrainDelay > maxDrainDelay {
		errs = append(errs, bot.WrongSetting("server.drain_delay", "must be 0 to %s, not %s", maxDrainDelay, c.DrainDelay))
	}
	for _, proxy := range c.TrustedProxies {
		_, errNetwork := netip.ParsePrefix(proxy)
		if _, errAddress := netip.ParseAddr(proxy); errNetwork != nil && errAddress != nil {
			errs = append(errs, bot.WrongSetting("server.trusted_proxies", "%q is not an IP address or a network such as 10.0.0.0/8", proxy))
		}
	}
	return errors.Join(append(errs, c.validateDebug())...)
}

// validateDebug reports an address for profiles that others could reach.
func (c Config) validateDebug() error {
	if c.DebugListen == "" {
		return nil
	}
	host, port, err := net.SplitHostPort(c.DebugListen)
	if err != nil || port == "" {
		return bot.WrongSetting("server.debug_listen", "must be host:port, such as :8080, not %q", c.DebugListen)
	}
	if ip := net.ParseIP(host); host != "localhost" && (ip == nil || !ip.IsLoopback()) && !c.DebugAnywhere {
		return bot.WrongSetting("server.debug_listen", "%q is not on the loopback (server.debug_anywhere: true takes that risk)", c.DebugListen)
	}
	return nil
}
