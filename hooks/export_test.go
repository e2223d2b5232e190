package hooks

import "net/netip"

// CheckAddr checks an address with the guard.
func CheckAddr(c Config, addr netip.Addr) error {
	g, err := newGuard(c)
	if err != nil {
		return err
	}
	return g.checkAddr(addr)
}

// Control checks a dialled address with the guard.
func Control(c Config, network, address string) error {
	g, err := newGuard(c)
	if err != nil {
		return err
	}
	return g.control(network, address, nil)
}
