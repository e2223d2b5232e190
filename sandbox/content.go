package sandbox

import (
	"encoding/json"
	"slices"
	"strconv"
	"strings"
)

// composed is the stored content of a message, with its mentions.
type composed struct {
	content  string
	mentions []Mention
	entity   *entity // card entity, if sent by card_id
}

// compose checks the content of a send.
func (f *Feishu) compose(a actor, ch *chat, kind, content string) (composed, error) {
	limit := 30 << 10
	if kind == "text" {
		limit = 150 << 10
	}
	var fields map[string]json.RawMessage
	switch {
	case len(content) > limit:
		return composed{}, refuse(codeTooLong, "")
	case kind != "interactive" && !json.Valid([]byte(content)):
		return composed{}, refuse(codeParam, "invalid message content. content is not a string in json format")
	}
	_ = json.Unmarshal([]byte(content), &fields) // other JSON has no fields
	made := composed{content: content}
	var err error
	switch kind {
	case "text":
		made, err = f.composeText(a, fields, content)
	case "post":
		made, err = f.composePost(a, fields)
	case "interactive":
		made, err = f.composeCard(a, []byte(content))
	case "system":
		err = f.checkDivider(a, ch, []byte(content))
	default:
		err = f.checkReferences(a, kind, fields)
	}
	return made, err
}

// checkReferences refuses references to files, chats or people that can't be sent.
func (f *Feishu) checkReferences(a actor, kind string, fields map[string]json.RawMessage) error {
	switch kind {
	case "image":
		return f.checkFile(a, kind, stringField(fields["image_key"]), "image")
	case "file":
		return f.checkFile(a, kind, stringField(fields["file_key"]), "pdf", "doc", "xls", "ppt", "stream")
	case "audio":
		return f.checkFile(a, kind, stringField(fields["file_key"]), "opus")
	case "media":
		return f.checkMedia(a, kind, stringField(fields["file_key"]), stringField(fields["image_key"]))
	case "sticker":
		return f.checkSticker(a, stringField(fields["file_key"]))
	case "share_chat":
		return f.checkShareChat(a, stringField(fields["chat_id"]))
	case "share_user":
		return f.checkShareUser(a, stringField(fields["user_id"]))
	default:
		return refuse(codeParam, "invalid msg_type")
	}
}

// stringField is a string field, or "".
func stringField(raw json.RawMessage) string {
	var s string
	_ = json.Unmarshal(raw, &s) // other types are ""
	return s
}

func badFormat(kind string) error {
	return refuse(codeParam, "invalid message content. content format of the "+kind+" type is incorrect")
}

func (f *Feishu) composeText(a actor, fields map[string]json.RawMessage, content string) (composed, error) {
	text := stringField(fields["text"])
	if strings.TrimSpace(text) == "" {
		return composed{}, badFormat("text")
	}
	made, words := composed{content: content}, strings.Builder{}
	for _, part := range splitMentions(text) {
		switch at, known := f.mentioned(a.app, part.id); {
		case part.id == everyone:
			words.WriteString("@_all")
		case part.id != "" && known:
			words.WriteString(made.mention(at))
		default:
			words.WriteString(part.text)
		}
	}
	if words.String() != text {
		made.content = textContent(words.String())
	}
	return made, nil
}

// mention adds a mention and returns its key.
func (m *composed) mention(at Mention) string {
	at.Key = "@_user_" + strconv.Itoa(len(m.mentions)+1)
	m.mentions = append(m.mentions, at)
	return at.Key
}

// everyone is the id of a mention of all.
const everyone = "all"

// mentioned resolves the id of an at, which may be of any type.
func (f *Feishu) mentioned(a *app, id string) (Mention, bool) {
	one, _ := f.resolveOpenID(a, id)
	if bot, ok := f.world.appByOpenID(one); ok && one != "" {
		return Mention{ID: bot.OpenID, Name: bot.Name, Bot: true}, true
	}
	for _, u := range f.world.users {
		if id != "" && slices.Contains([]string{u.UnionID, u.UserID}, id) || u.OpenID == one {
			return Mention{ID: u.OpenID, Name: u.Name}, true
		}
	}
	return Mention{}, false
}

// textPart is a part of a text, or a mention.
type textPart struct{ text, id string }

// splitMentions splits a text at its <at user_id="…">Name</at>.
func splitMentions(text string) []textPart {
	var out []textPart
	for {
		before, rest, found := strings.Cut(text, "<at ")
		tag, after, closed := strings.Cut(rest, ">")
		name, tail, ended := strings.Cut(after, "</at>")
		if !found || !closed || !ended || strings.Contains(name, "<") {
			return append(out, textPart{text: text})
		}
		_, id, _ := strings.Cut(tag, "id=")
		id, _, _ = strings.Cut(strings.TrimLeft(id, `"'`), `"`)
		whole := text[len(before) : len(text)-len(tail)]
		out = append(out, textPart{text: before}, textPart{text: whole, id: strings.Trim(id, `'/ `)})
		text = tail
	}
}

// checkShareChat refuses to share a p2p chat, or one that the caller is not in.
func (f *Feishu) checkShareChat(a actor, chatID string) error {
	c, ok := f.world.chats[chatID]
	switch {
	case chatID == "":
		return badFormat("share_chat")
	case !ok:
		return refuse(codeParam, "invalid chat_id")
	case c.Mode == P2P:
		return refuse(codeShareP2P, "")
	case c.Disbanded:
		return refuse(codeDissolved, "")
	case !c.hasMember(a.senderID()):
		return refuse(codeBotOutside, "")
	}
	return nil
}

// checkShareUser refuses an unknown person, or a bot.
func (f *Feishu) checkShareUser(a actor, openID string) error {
	if openID == "" {
		return badFormat("share_user")
	}
	u, err := f.person(a.app, "open_id", openID)
	if err == nil && a.app.unreachable[u.OpenID] {
		return refuse(codeUnreachable, "")
	}
	return err
}

// checkDivider refuses a system message except an app's divider in a p2p chat.
func (f *Feishu) checkDivider(a actor, ch *chat, content []byte) error {
	var in struct {
		Type   string `json:"type"`
		Params struct {
			Divider *struct {
				Text string            `json:"text"`
				I18n map[string]string `json:"i18n_text"`
			} `json:"divider_text"`
		} `json:"params"`
	}
	if json.Unmarshal(content, &in) != nil {
		return badFormat("system")
	}
	divider := in.Params.Divider
	switch {
	case a.user != "":
		return refuse(codeParam, "sending system messages as a user is not supported")
	case ch.Mode != P2P:
		return refuse(codeParam, "sending system messages in group chats is not supported")
	case !a.app.has("im:message:send_sys_msg"):
		return f.missingScope(a.app, []string{"im:message:send_sys_msg"})
	case in.Type != "divider":
		return refuse(codeParam, "invalid system message type")
	case divider == nil:
		return refuse(codeParam, "divider_text must be set")
	case divider.Text == "":
		return refuse(codeParam, "divider message text cannot be empty")
	case width(divider.Text) > 20:
		return refuse(codeParam, "divider message text exceeds the specified length")
	}
	return checkTranslations(divider.I18n)
}

// checkTranslations refuses translations of a divider with an unknown language or an invalid length.
func checkTranslations(texts map[string]string) error {
	const languages = " en_US zh_CN zh_HK zh_TW ja_JP id_ID vi_VN th_TH pt_BR es_ES ko_KR de_DE fr_FR it_IT ru_RU ms_MY "
	for language, text := range texts {
		switch {
		case !strings.Contains(languages, " "+language+" "):
			return refuse(codeParam, "divider message i18n_text contains illegal language types")
		case text == "":
			return refuse(codeParam, "divider message i18n_text contains empty text")
		case width(text) > 20:
			return refuse(codeParam, "divider message text in i18n_text exceeds the specified length")
		}
	}
	return nil
}

// width is the length of a text; a Chinese character counts as two.
func width(s string) int {
	n := 0
	for _, r := range s {
		n++
		if r > 0x2E7F {
			n++
		}
	}
	return n
}
