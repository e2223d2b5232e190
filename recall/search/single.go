package search

import (
	"encoding/json"
	"hash/fnv"
	"strings"

	"recallbot/bot"
)

// maxSingle is the length up to which a text is searched as it arrives, in bytes.
const maxSingle = 8 << 10

// Content tests the content of single posts: the part of a filter that needs neither the chat's history nor who posted.
type Content struct{ match *matcher }

// NewContent makes the test of a filter; its error is Invalid.
func NewContent(f bot.Filter) (*Content, error) {
	match, err := newMatcher(bot.Filter{Match: f.Match, Regex: f.Regex, Types: f.Types, Links: f.Links}, "")
	return &Content{match}, err
}

// Matches reports whether the filter may mean the post.
func (c *Content) Matches(m bot.Seen) bool {
	if len(m.Text) > maxSingle {
		m.Text = strings.ToValidUTF8(m.Text[:maxSingle], "")
	}
	x := found{Seen: m}
	return c.match.hasWords(x) && c.match.hasType(x) && c.match.hasLink(x)
}

// HashContent is a hash of what a post says, without regard to case, space, invisible characters and Unicode's forms. It is zero for a post
// whose content can't be compared.
func HashContent(m bot.Seen) uint64 {
	if m.Opaque || m.Body == "" {
		return 0
	}
	var body any = m.Text
	if m.Type != "text" && json.Unmarshal([]byte(m.Body), &body) != nil {
		return 0
	}
	sum := fnv.New64a()
	put(sum, 's', m.Type)
	for _, who := range m.Mentions { // the same keys may be other people in another text
		put(sum, 'm', string(who.ID))
	}
	writeValue(sum, body, fold)
	return max(sum.Sum64(), 1)
}
