package store

import (
	"crypto/tls"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/url"
	"strconv"
	"strings"

	"github.com/redis/go-redis/v9"

	"recallbot/bot"
)

// URL is an address of Redis. All its printed forms mask user and password.
type URL string

// String is the address with its user and password masked.
func (u URL) String() string {
	if u == "" {
		return ""
	}
	scheme, rest, ok := strings.Cut(string(u), "://")
	if !ok {
		return "***"
	}
	// The last @ ends the user part: an unescaped password may contain others.
	if at := strings.LastIndexByte(rest, '@'); at >= 0 {
		rest = "***" + rest[at:]
	}
	// Query parameters may contain credentials too.
	if at := strings.IndexByte(rest, '?'); at >= 0 {
		rest = rest[:at] + "?***"
	}
	return scheme + "://" + rest
}

// Format prints the masked address for all verbs.
func (u URL) Format(state fmt.State, _ rune) { _, _ = io.WriteString(state, u.String()) }

// LogValue is the masked address.
func (u URL) LogValue() slog.Value { return slog.StringValue(u.String()) }

// MarshalText is the masked address; JSON and YAML use it.
func (u URL) MarshalText() ([]byte, error) { return []byte(u.String()), nil }

// The schemes of a URL.
const (
	schemePlain    = "redis"
	schemeSentinel = "redis+sentinel"
	schemeCluster  = "redis+cluster"
	// secure is the prefix of the schemes with TLS.
	secure = "rediss"
)

// Faults of a URL. They never quote it, because an unescaped password may be in any part of it.
var (
	errURLUnreadable = bot.WrongSetting("", "can't be read as an address; percent-encode special characters of user and password: # is %%23, / is %%2F, ? is %%3F, @ is %%40, %% is %%25")
	errURLHost       = bot.WrongSetting("", "has no host")
	errURLMaster     = bot.WrongSetting("", "must have the name of the master as its path: redis+sentinel://host1,host2/NAME[/DB]")
	errURLDB         = bot.WrongSetting("", "must have the number of a database, 0 or more, as its path")
	errURLQuery      = bot.WrongSetting("", "takes no parameters")
	errURLClusterDB  = bot.WrongSetting("", "takes no path: a cluster has one database only")
	errURLPort       = bot.WrongSetting("", "has a host with a bad port")
	errURLScheme     = bot.WrongSetting("", "must begin with redis://, redis+sentinel:// or redis+cluster://, or with rediss://, rediss+sentinel:// or rediss+cluster:// for TLS")
	errURLHosts      = bot.WrongSetting("", "takes one host with redis://; for several there are redis+sentinel:// and redis+cluster://")
)

// options parses the address.
func (u URL) options() (*redis.UniversalOptions, error) {
	scheme, rest, ok := strings.Cut(string(u), "://")
	if !ok {
		return nil, errURLScheme
	}
	opts := &redis.UniversalOptions{}
	path, err := readAuthority(opts, rest)
	if err != nil {
		return nil, err
	}
	if kind, ok := strings.CutPrefix(scheme, secure); ok {
		// ServerName is empty, so that each server needs a certificate for its own host.
		opts.TLSConfig = &tls.Config{MinVersion: tls.VersionTLS12}
		scheme = schemePlain + kind
	}
	switch scheme {
	case schemePlain:
		if len(opts.Addrs) > 1 {
			return nil, errURLHosts
		}
		opts.DB, err = readDB(path)
	case schemeSentinel:
		err = readMaster(opts, path)
	case schemeCluster:
		opts.IsClusterMode = true
		if path != "" && path != "0" {
			err = errURLClusterDB
		}
	default:
		return nil, errURLScheme
	}
	if err != nil {
		return nil, err
	}
	fillPorts(opts)
	return opts, nil
}

// readAuthority parses user, password and hosts, and returns the path without its slashes. net/url does not support several
// hosts.
func readAuthority(opts *redis.UniversalOptions, rest string) (path string, err error) {
	// A separator before the last @ is an unescaped part of the password.
	end := strings.IndexAny(rest, "/?#")
	switch {
	case end >= 0 && end < strings.LastIndexByte(rest, '@'):
		return "", errURLUnreadable
	case strings.ContainsAny(rest, "?#"):
		return "", errURLQuery
	}
	authority, path, _ := strings.Cut(rest, "/")
	hosts := authority
	if at := strings.LastIndexByte(authority, '@'); at >= 0 {
		user, password, _ := strings.Cut(authority[:at], ":")
		hosts = authority[at+1:]
		if opts.Username, err = url.PathUnescape(user); err != nil {
			return "", errURLUnreadable
		}
		if opts.Password, err = url.PathUnescape(password); err != nil {
			return "", errURLUnreadable
		}
	}
	for host := range strings.SplitSeq(hosts, ",") {
		if err := checkHost(host); err != nil {
			return "", err
		}
		opts.Addrs = append(opts.Addrs, host)
	}
	return strings.Trim(path, "/"), nil
}

func checkHost(host string) error {
	u := url.URL{Host: host}
	if u.Hostname() == "" || strings.ContainsAny(host, "@ ") {
		return errURLHost
	}
	parsed, err := url.Parse("//" + host)
	if err != nil {
		return errURLPort
	}
	if port := parsed.Port(); port != "" {
		if _, err := strconv.ParseUint(port, 10, 16); err != nil {
			return errURLPort
		}
	}
	return nil
}

func readMaster(opts *redis.UniversalOptions, path string) (err error) {
	name, db, _ := strings.Cut(path, "/")
	if name == "" {
		return errURLMaster
	}
	if opts.MasterName, err = url.PathUnescape(name); err != nil {
		return errURLMaster
	}
	opts.DB, err = readDB(db)
	return err
}

func readDB(path string) (int, error) {
	if path == "" {
		return 0, nil
	}
	db, err := strconv.ParseUint(path, 10, 16)
	if err != nil {
		return 0, errURLDB
	}
	return int(db), nil
}

func fillPorts(opts *redis.UniversalOptions) {
	port := "6379"
	if opts.MasterName != "" {
		port = "26379"
	}
	for i, addr := range opts.Addrs {
		u := url.URL{Host: addr}
		if u.Port() == "" {
			opts.Addrs[i] = net.JoinHostPort(u.Hostname(), port)
		}
	}
}
