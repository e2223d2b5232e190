package search

import (
	"net/url"
	"regexp"
	"slices"
	"strings"

	"recallbot/bot"
)

// address finds addresses in texts and in the JSON of messages, as clients make links of them.
var address = regexp.MustCompile(`(?i)(?:https?:[/\\\\]{2,}|\bwww\.)[^\s"'<>()\[\]{}|\x60，。；、！？）】》」』]+`)

// hasLink reports whether a message has a link to one of the filter's hosts, or to any other than those after "!".
func (m *matcher) hasLink(x found) bool {
	if len(m.filter.Links) == 0 {
		return true
	}
	not := strings.HasPrefix(m.filter.Links[0], "!")
	return slices.ContainsFunc(linkHosts(x.Seen), func(host string) bool {
		named := slices.ContainsFunc(m.filter.Links, func(link string) bool { return isWithin(host, strings.TrimPrefix(link, "!")) })
		return named != not
	})
}

// isWithin reports whether a host is a domain or in it.
func isWithin(host, domain string) bool { return host == domain || strings.HasSuffix(host, "."+domain) }

// linkHosts are the hosts of the links in a message.
func linkHosts(x bot.Seen) []string {
	var hosts []string
	for _, text := range []string{clipped(x.Text), clipped(x.Body)} {
		for _, found := range address.FindAllString(text, -1) {
			if host := hostOf(found); host != "" && !slices.Contains(hosts, host) {
				hosts = append(hosts, host)
			}
		}
	}
	return hosts
}

// hostOf reads an address as browsers do: a backslash is a slash, and what is before @ is a user's name.
func hostOf(text string) string {
	text = strings.ReplaceAll(strings.ReplaceAll(text, `\/`, "/"), `\`, "/")
	if scheme, rest, ok := strings.Cut(text, ":"); ok && strings.HasPrefix(strings.ToLower(scheme), "http") {
		text = "https://" + strings.TrimLeft(rest, "/")
	} else {
		text = "https://" + text
	}
	link, err := url.Parse(text)
	if err != nil {
		return ""
	}
	return strings.TrimSuffix(strings.ToLower(link.Hostname()), ".")
}
