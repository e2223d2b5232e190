package feishu

import (
	"cmp"
	"slices"
	"strconv"
	"strings"

	"recallbot/bot"
)

const (
	// everyone is the key of a mention of all; it may be missing in the list of mentions.
	everyone = "@_all"
	// placeholder is the prefix of all other keys; a number follows.
	placeholder = "@_user_"
	// idChars are the characters of ids.
	idChars = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ_abcdefghijklmnopqrstuvwxyz-"
	// openID is the prefix of ids, which sent rich text has in place of keys.
	openID = "ou_"
)

// keyOf is the key for an at element of rich text: the placeholder, or one made of the id.
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

// mentionsIn puts spaces around the mentions in a text, replaces their keys by the form that commands use, and
// returns who they are.
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

// mentioned returns who a mention is. If the platform gives no id or no type, our name identifies us.
func (o *Opener) mentioned(key string, m wireMention) bot.Mentioned {
	const maxName = 100
	who := bot.Mentioned{Key: key, ID: m.openID()}
	who.Name = bot.Clip(clean(m.Name), maxName)
	if self := o.self.Load(); self != nil {
		incomplete := who.ID == "" || m.Type == ""
		who.Self = who.ID == self.OpenID || incomplete && who.Name != "" && bot.SameName(who.Name, self.Name)
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

// mentionKeys maps the keys of a message to those that commands use.
type mentionKeys struct {
	keys       map[string]string
	unusual    []string // keys not of the platform's form, longest first
	lastNumber int      // highest number in use
	hasIDs     bool     // sent rich text has ids for keys
}

// newMentionKeys keeps keys of the platform's form and gives others higher numbers, above those that a text may have
// without being listed. Other keys must begin with @; their number is limited.
func newMentionKeys(m *wireMessage) *mentionKeys {
	const firstFree, maxNumber, maxUnusual = 1000, 1 << 20, 50
	r := &mentionKeys{keys: map[string]string{}, lastNumber: firstFree, hasIDs: m.Type == "post"}
	for _, mention := range m.Mentions {
		key := mention.Key
		switch {
		case !strings.HasPrefix(key, "@"), key == everyone:
		case placeholderIn(key) == key:
			r.keys[key] = key
			if n, err := strconv.Atoi(key[len(placeholder):]); err == nil && n < maxNumber {
				r.lastNumber = max(r.lastNumber, n)
			}
		case len(r.unusual) < maxUnusual:
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

// keyAt is the key at the start of a text, or empty. A key that is a prefix of a longer one does not match it.
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
		return text[:len(text)-len(strings.TrimLeft(text[1:], idChars))]
	}
	return ""
}

// placeholderIn is the placeholder at the start of a text, or empty.
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
