package feishu

import (
	"cmp"
	"slices"
	"strconv"
	"strings"

	"recallbot/bot"
)

const (
	// everyone is the placeholder of a mention of all; the list of mentions may lack it.
	everyone = "@_all"
	// placeholder begins the key of any other mention; a number follows.
	placeholder = "@_user_"
	// openID begins the id that stands in the place of a key in rich text as it is sent.
	openID = "ou_"
)

// keyOf is the word for an at element of rich text: the placeholder, or a key made of the id. Whoever it is, it is a
// mention.
func keyOf(userID string) string {
	switch {
	case strings.HasPrefix(userID, "@"):
		return userID
	case strings.HasPrefix(userID, openID):
		return "@" + userID
	default:
		return everyone
	}
}

// mentionsIn sets the mentions in a text apart from the words that they touch, gives them keys of the one form that
// commands know, and tells who they are.
func (o *Opener) mentionsIn(text string, m *wireMessage) (string, []bot.Mentioned) {
	r := newMentionKeys(m)
	var found []bot.Mentioned
	for _, mention := range m.Mentions {
		who := o.mentioned(r.keys[mention.Key], mention)
		if who.Key != "" && (who.ID != "" || who.Bot) {
			found = append(found, who)
		}
	}
	var b strings.Builder
	for {
		before, after, more := strings.Cut(text, "@")
		b.WriteString(before)
		if !more {
			return b.String(), found
		}
		text = "@" + after
		key := r.keyAt(text)
		if key == "" {
			b.WriteByte('@')
			text = after
			continue
		}
		name, listed := r.keys[key]
		if !listed {
			name = r.add(key)
			found = append(found, o.mentioned(name, wireMention{ID: []byte(strconv.Quote(key[1:]))}))
		}
		b.WriteString(" " + name + " ")
		text = text[len(key):]
	}
}

// mentioned tells who a mention is. Where the platform gives no id, or not what it is, our name tells that it is us.
func (o *Opener) mentioned(key string, m wireMention) bot.Mentioned {
	const maxName = 100
	who := bot.Mentioned{Key: key, ID: m.openID()}
	name := []rune(clean(m.Name))
	who.Name = string(name[:min(len(name), maxName)])
	if self := o.self.Load(); self != nil {
		unsure := who.ID == "" || m.Type == ""
		who.Self = who.ID == self.OpenID || unsure && who.Name != "" && bot.SameName(who.Name, self.Name)
	}
	who.Bot = who.Self || m.Type == "bot" || m.Type == "app"
	return who
}

func (m wireMention) openID() bot.UserID {
	var ids wireIDs
	if unmarshal(m.ID, &ids) == nil {
		return bot.UserID(ids.OpenID)
	}
	var id string
	if unmarshal(m.ID, &id) == nil {
		return bot.UserID(id)
	}
	return ""
}

// mentionKeys is which key of a message stands for which of ours.
type mentionKeys struct {
	keys       map[string]string
	unusual    []string // keys of another form than the platform's, the longest first
	lastNumber int      // the greatest number that is taken
	hasIDs     bool     // rich text as it is sent has ids for keys
}

// newMentionKeys keeps keys of the platform's form, and numbers others beyond them, and beyond what is likely to stand in
// a text unlisted. An @ is needed, and few of an odd form are believed.
func newMentionKeys(m *wireMessage) *mentionKeys {
	const beyond, maxNumber, maxOdd = 1000, 1 << 20, 50
	r := &mentionKeys{keys: map[string]string{}, lastNumber: beyond, hasIDs: m.Type == "post"}
	for _, mention := range m.Mentions {
		key := mention.Key
		switch {
		case !strings.HasPrefix(key, "@"), key == everyone:
		case placeholderIn(key) == key:
			r.keys[key] = key
			if n, err := strconv.Atoi(key[len(placeholder):]); err == nil && n < maxNumber {
				r.lastNumber = max(r.lastNumber, n)
			}
		case len(r.unusual) < maxOdd:
			r.unusual = append(r.unusual, key)
		}
	}
	slices.SortFunc(r.unusual, func(a, b string) int { return cmp.Or(len(b)-len(a), strings.Compare(a, b)) })
	r.unusual = slices.Compact(r.unusual)
	for _, key := range r.unusual {
		r.add(key)
	}
	r.keys[everyone] = everyone
	return r
}

func (r *mentionKeys) add(key string) string {
	r.lastNumber++
	r.keys[key] = placeholder + strconv.Itoa(r.lastNumber)
	return r.keys[key]
}

// keyAt is the key that a text begins with, or empty. A key that is the beginning of a longer one is not meant by that.
func (r *mentionKeys) keyAt(text string) string {
	if key := placeholderIn(text); key != "" {
		if r.keys[key] == "" {
			return ""
		}
		return key
	}
	if beginsWith(text, everyone) {
		return everyone
	}
	for _, key := range r.unusual {
		if beginsWith(text, key) {
			return key
		}
	}
	if r.hasIDs && strings.HasPrefix(text, "@"+openID) {
		return text[:len(text)-len(strings.TrimLeft(text[1:], "_-abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"))]
	}
	return ""
}

// placeholderIn is the placeholder of the platform's form that a text begins with.
func placeholderIn(text string) string {
	rest, ok := strings.CutPrefix(text, placeholder)
	if !ok {
		return ""
	}
	digits := len(rest) - len(strings.TrimLeft(rest, "0123456789"))
	if digits == 0 {
		return ""
	}
	return text[:len(placeholder)+digits]
}

func beginsWith(text, key string) bool {
	rest, ok := strings.CutPrefix(text, key)
	return ok && (rest == "" || rest[0] < '0' || rest[0] > '9')
}
