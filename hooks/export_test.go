package hooks

import "net/netip"

// MayReach looks at an address as the guard does.
func MayReach(c Config, addr netip.Addr) error {
	g, err := newGuard(c)
	if err != nil {
		return err
	}
	return g.may(addr)
}

// Control looks at what is dialled as the guard does.
func Control(c Config, network, address string) error {
	g, err := newGuard(c)
	if err != nil {
		return err
	}
	return g.control(network, address, nil)
}
