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

// ErrForbidden is the error for targets that may not be reached.
var ErrForbidden = errors.New("this target may not be reached")

// Ports that may be dialled: those of the web, and those that no system service has.
const (
	portHTTP    = 80
	portHTTPS   = 443
	minUserPort = 1024
)

// wireServer is an address of Azure's that looks public and is its machines' own.
const wireServer = "168.63.129.16/32"

// guard keeps connections away from where they are not meant to go. It looks at the address that is dialled, after the
// name was looked up: a name that stands for another address now than a moment ago gains nothing by it.
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

// written looks at an address as it is written.
func (g *guard) written(u *url.URL) error {
	if text := u.Port(); text != "" {
		port, err := strconv.ParseUint(text, 10, 16)
		if err != nil {
			return fmt.Errorf("%w: %q is no port", ErrForbidden, text)
		}
		if err := mayPort(uint16(port)); err != nil {
			return err
		}
	}
	addr, err := netip.ParseAddr(u.Hostname())
	if err != nil {
		return nil //nolint:nilerr // a name: what it stands for is looked at when it is dialled
	}
	return g.may(addr)
}

func mayPort(port uint16) error {
	if port == portHTTP || port == portHTTPS || port >= minUserPort {
		return nil
	}
	return fmt.Errorf("%w: port %d", ErrForbidden, port)
}

// may looks at an address. One of IPv4 that is written as one of IPv6 is the same address.
func (g *guard) may(addr netip.Addr) error {
	if err := g.public.SafeAddr(addr.Unmap()); err != nil {
		return fmt.Errorf("%w: %s is not public; hooks.allow can name it", ErrForbidden, addr)
	}
	return nil
}

// control is a net.Dialer's: it sees each address just before the connection is made.
func (g *guard) control(network, address string, _ syscall.RawConn) error {
	to, err := netip.ParseAddrPort(address)
	if err != nil || (network != "tcp4" && network != "tcp6") {
		return fmt.Errorf("%w: %s %s", ErrForbidden, network, address)
	}
	if err := mayPort(to.Port()); err != nil {
		return err
	}
	return g.may(to.Addr())
}

// dial connects to where the guard lets it; a host that the operator named may be anywhere.
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
