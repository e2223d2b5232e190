package hooks

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"net/url"
	"slices"
	"strconv"
	"syscall"
	"time"

	"code.dny.dev/ssrf"
)

// ErrForbidden is returned for targets that are not allowed.
var ErrForbidden = errors.New("this target may not be reached")

// Allowed ports: 80, 443, and those above the system ports.
const (
	portHTTP    = 80
	portHTTPS   = 443
	minUserPort = 1024
)

// wireServer is a public address that belongs to the hosts of Azure.
const wireServer = "168.63.129.16/32"

// guard prevents server-side request forgery. It checks the IP address that is dialled, after the DNS lookup, so that a name that
// changes its address (DNS rebinding) is checked too.
type guard struct {
	public *ssrf.Guardian
	hosts  []string
}

func newGuard(c Config) (*guard, error) {
	var v4, v6 []netip.Prefix
	g := &guard{}
	for _, entry := range c.Allow {
		prefix, host, err := readAllowed(entry)
		switch {
		case err != nil:
			return nil, err
		case host != "":
			g.hosts = append(g.hosts, host)
		case prefix.Addr().Is4():
			v4 = append(v4, prefix)
		default:
			v6 = append(v6, prefix)
		}
	}
	g.public = ssrf.New(ssrf.WithAnyPort(), ssrf.WithAllowedV4Prefixes(v4...), ssrf.WithAllowedV6Prefixes(v6...),
		ssrf.WithDeniedV4Prefixes(netip.MustParsePrefix(wireServer)))
	return g, nil
}

// checkURL checks the port, and the address if the host is an IP address.
func (g *guard) checkURL(u *url.URL) error {
	if text := u.Port(); text != "" {
		port, err := strconv.ParseUint(text, 10, 16)
		if err != nil {
			return fmt.Errorf("%w: %q is not a port", ErrForbidden, text)
		}
		if err := checkPort(uint16(port)); err != nil {
			return err
		}
	}
	addr, err := netip.ParseAddr(u.Hostname())
	if err != nil {
		return nil //nolint:nilerr // a host name, which is checked when it is dialled
	}
	return g.checkAddr(addr)
}

func checkPort(port uint16) error {
	if port == portHTTP || port == portHTTPS || port >= minUserPort {
		return nil
	}
	return fmt.Errorf("%w: port %d", ErrForbidden, port)
}

// checkAddr checks an address. An IPv4-mapped IPv6 address is checked as IPv4.
func (g *guard) checkAddr(addr netip.Addr) error {
	if err := g.public.SafeAddr(addr.Unmap()); err != nil {
		return fmt.Errorf("%w: %s is not public; hooks.allow can name it", ErrForbidden, addr)
	}
	return nil
}

// control is net.Dialer.Control: it is called with each address before the connection.
func (g *guard) control(network, address string, _ syscall.RawConn) error {
	to, err := netip.ParseAddrPort(address)
	if err != nil || (network != "tcp4" && network != "tcp6") {
		return fmt.Errorf("%w: %s %s", ErrForbidden, network, address)
	}
	if err := checkPort(to.Port()); err != nil {
		return err
	}
	return g.checkAddr(to.Addr())
}

// dial connects to allowed addresses; a host of Config.Allow may have any address.
func (g *guard) dial(ctx context.Context, network, address string) (net.Conn, error) {
	host, _, err := net.SplitHostPort(address)
	if err != nil {
		return nil, fmt.Errorf("%w: %s", ErrForbidden, address)
	}
	dialer := &net.Dialer{Timeout: dialTimeout, Control: g.control}
	if slices.Contains(g.hosts, hostName(host)) {
		dialer.Control = nil
	}
	return dialer.DialContext(ctx, network, address)
}

const dialTimeout = 5 * time.Second
