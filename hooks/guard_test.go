package hooks_test

import (
	"errors"
	"net/netip"
	"strings"
	"testing"

	"recallbot/hooks"
)

func addr(t *testing.T, text string) netip.Addr {
	t.Helper()
	a, err := netip.ParseAddr(text)
	if err != nil {
		t.Fatal(err)
	}
	return a
}

func TestAllowedAddresses(t *testing.T) {
	t.Parallel()
	none := hooks.Defaults()
	some := hooks.Defaults()
	some.Allow = []string{"10.1.0.0/16", "192.168.7.7", "fd00:1::/32", "64:ff9b::/96", "siem.internal"}
	for config, table := range map[*hooks.Config]map[string]string{
		&none: {
			"public": "8.8.8.8 1.1.1.1 142.250.1.1 2606:4700:4700::1111 ::ffff:8.8.8.8",
			"refused": "127.0.0.1 127.1.2.3 0.0.0.0 0.1.2.3 10.0.0.1 10.255.255.255 172.16.0.1 172.31.255.255 192.168.0.1 " +
				"169.254.169.254 100.64.0.1 100.100.100.200 100.127.255.255 192.0.0.1 192.0.2.1 192.88.99.1 198.18.0.1 198.51.100.1 " +
				"203.0.113.1 224.0.0.1 239.1.1.1 240.0.0.1 255.255.255.255 168.63.129.16 " +
				":: ::1 ::127.0.0.1 ::ffff:127.0.0.1 ::ffff:10.0.0.1 ::ffff:169.254.169.254 fe80::1 fe80::1%eth0 febf::1 fec0::1 " +
				"fc00::1 fd00:ec2::254 ff02::1 ff0e::1 64:ff9b::7f00:1 64:ff9b::808:808 64:ff9b:1::1 2002:7f00:1:: 2001::1 2001:db8::1 " +
				"100::1 5f00::1",
		},
		&some: {
			"public":  "8.8.8.8 10.1.2.3 ::ffff:10.1.2.3 192.168.7.7 fd00:1::9 64:ff9b::808:808",
			"refused": "10.2.0.1 192.168.7.8 127.0.0.1 ::1 fd00:2::1 169.254.169.254 fe80::1%eth0",
		},
	} {
		for what, addrs := range table {
			for text := range strings.FieldsSeq(addrs) {
				err := hooks.CheckAddr(*config, addr(t, text))
				if (err == nil) != (what == "public") || (err != nil && !errors.Is(err, hooks.ErrForbidden)) {
					t.Errorf("%s is %s: %v", text, what, err)
				}
			}
		}
	}
}

func TestAllowedPorts(t *testing.T) {
	t.Parallel()
	for address, ok := range map[string]bool{
		"8.8.8.8:443": true, "8.8.8.8:80": true, "8.8.8.8:8443": true, "[2606:4700:4700::1111]:443": true,
		"8.8.8.8:22": false, "8.8.8.8:25": false, "8.8.8.8:0": false, "127.0.0.1:443": false, "8.8.8.8": false, "host:443": false,
	} {
		if err := hooks.Control(hooks.Defaults(), "tcp4", address); (err == nil) != ok {
			t.Errorf("%s: %v", address, err)
		}
	}
	if err := hooks.Control(hooks.Defaults(), "udp4", "8.8.8.8:443"); err == nil {
		t.Error("udp passes")
	}
}

// FuzzAddress: every address that package netip does not call public is refused, in all its forms.
func FuzzAddress(f *testing.F) {
	for _, seed := range []string{"7f000001", "0a000001", "00000000000000000000000000000001", "00000000000000000000ffff7f000001", "fe800000000000000000000000000001"} {
		raw := make([]byte, 0, 16)
		for i := 0; i+1 < len(seed); i += 2 {
			raw = append(raw, unhex(seed[i])<<4|unhex(seed[i+1]))
		}
		f.Add(raw)
	}
	f.Fuzz(func(t *testing.T, raw []byte) {
		a, ok := netip.AddrFromSlice(raw)
		if !ok {
			return
		}
		plain := a.Unmap()
		inner := plain.IsLoopback() || plain.IsPrivate() || plain.IsLinkLocalUnicast() || plain.IsMulticast() ||
			plain.IsUnspecified() || plain.IsInterfaceLocalMulticast() || !plain.IsGlobalUnicast()
		for _, written := range []netip.Addr{a, plain, netip.AddrFrom16(a.As16())} {
			if err := hooks.CheckAddr(hooks.Defaults(), written); inner && err == nil {
				t.Errorf("%s may be reached", written)
			}
		}
	})
}

func unhex(c byte) byte {
	if c >= 'a' {
		return c - 'a' + 10
	}
	return c - '0'
}

func TestCheckURL(t *testing.T) {
	t.Parallel()
	http := hooks.Defaults()
	http.AllowHTTP = true
	for text, ok := range map[string]bool{
		"https://example.com/hook?token=1": true, "https://example.com:8443/": true, "https://[2606:4700:4700::1111]/": true,
		"http://example.com/": false, "https://user:password@example.com/": false, "https://example.com/#x": false, "https://": false,
		"ftp://example.com/": false, "example.com": false, "": false, "https:example.com": false, "https://example.com:22/": false,
		"https://127.0.0.1/": false, "https://[::1]/": false, "https://[::ffff:127.0.0.1]/": false, "https://169.254.169.254/": false,
		"https://example.com:99999/": false, "https://example.com/" + strings.Repeat("x", 3000): false, "javascript:alert(1)": false,
		"file:///etc/passwd": false,
	} {
		if err := hooks.Defaults().CheckURL(text); (err == nil) != ok {
			t.Errorf("%.40s: %v", text, err)
		}
	}
	if err := http.CheckURL("http://example.com/"); err != nil {
		t.Errorf("http with AllowHTTP: %v", err)
	}
}

func FuzzCheckURL(f *testing.F) {
	f.Add("https://example.com/")
	f.Add("https://[::1%25eth0]:443/")
	f.Fuzz(func(_ *testing.T, text string) { _ = hooks.Defaults().CheckURL(text) })
}

func TestValidate(t *testing.T) {
	t.Parallel()
	if err := hooks.Defaults().Validate(); err != nil {
		t.Errorf("the defaults: %v", err)
	}
	wrong := hooks.Config{
		Allow: []string{"10.0.0.0/8", "siem.internal", "300.1.2.3", "a host", "https://siem", ""},
		Jobs:  hooks.Target{URL: "http://example.com/secret-path", Secret: "secret"},
	}
	err := wrong.Validate()
	for _, want := range []string{
		"hooks.timeout", "hooks.max_attempts", "hooks.jobs.url", "hooks.jobs.secret", `"300.1.2.3"`, `"a host"`, `"https://siem"`, `""`,
	} {
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s is not named in %v", want, err)
		}
	}
	for _, not := range []string{"secret-path", "siem.internal", "10.0.0.0"} {
		if err != nil && strings.Contains(err.Error(), not) {
			t.Errorf("%s is quoted in %v", not, err)
		}
	}
}
