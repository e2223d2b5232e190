package command

import (
	"net/url"
	"regexp"
	"regexp/syntax"
	"slices"
	"strconv"
	"strings"
	"unicode"

	"recallbot/bot"
)

func (p *filterParser) readLast(value string) error {
	n, ok := parseNumber(value)
	if !ok || n < 1 || n > bot.MaxLast {
		return fault(bot.FaultNumber, value, "")
	}
	p.f.Last = n
	return nil
}

// parseNumber parses a number without a sign, also in full width and with the unit "条".
func parseNumber(text string) (int, bool) {
	text = withoutEnd(narrow(text))
	for _, counted := range []string{"条", "个"} {
		text = strings.TrimSuffix(text, counted)
	}
	const figures = 9
	if text == "" || len(text) > figures || strings.Trim(text, "0123456789") != "" {
		return 0, false
	}
	n, err := strconv.Atoi(text)
	return n, err == nil
}

func (p *filterParser) readBot(value string) error {
	ref, ok := p.botRef(value)
	if !ok {
		other := ""
		if m, person := p.mentioned(value); person && !m.Bot && !m.Self {
			value, other = called(m), "--by"
		}
		return fault(bot.FaultBot, value, other)
	}
	if !slices.Contains(p.f.Bots, ref) {
		p.f.Bots = append(p.f.Bots, ref)
	}
	return nil
}

// botRef parses a mention, an id, a name, or the words for our bot and for all. An open_id may have the name after it, as
// BotRef.String prints it. After @ everything is a name.
func (p *filterParser) botRef(value string) (bot.BotRef, bool) {
	if isMention(value) {
		m, known := p.mentioned(value)
		switch {
		case m.Self:
			return bot.BotRef{Me: true}, true
		case !known || !m.Bot:
			return bot.BotRef{}, false
		}
		return bot.BotRef{User: m.ID, Name: botName(m.Name)}, true
	}
	if name := strings.TrimLeft(value, "@＠"); name != value {
		return namedBot(name)
	}
	bare := withoutEnd(narrow(value))
	switch strings.ToLower(bare) {
	case "me", "self", "我", "自己", "本机器人":
		return bot.BotRef{Me: true}, true
	case "any", "all", "*", "所有", "全部", "任意", "任何":
		return bot.BotRef{Any: true}, true
	}
	if bot.IsPlatformID(bare, "cli_") {
		return bot.BotRef{App: bot.AppID(bare)}, true
	}
	if id, name, _ := strings.Cut(bare, "/"); bot.IsPlatformID(id, "ou_") {
		return bot.BotRef{User: bot.UserID(id), Name: botName(name)}, true
	}
	if strings.HasPrefix(value, "cli_") || strings.HasPrefix(value, "ou_") {
		return bot.BotRef{}, false
	}
	return namedBot(value)
}

// namedBot refuses a name that would be printed as a mention.
func namedBot(name string) (bot.BotRef, bool) {
	name = botName(name)
	if name == "" || isMention("@"+name) {
		return bot.BotRef{}, false
	}
	return bot.BotRef{Name: name}, true
}

// botName trims spaces and @ off a name.
func botName(name string) string {
	const limit = 100
	around := func(r rune) bool { return bot.IsSpace(r) || r == '@' || r == '＠' }
	return strings.TrimFunc(bot.Clip(strings.TrimLeftFunc(name, around), limit), around)
}

func (p *filterParser) readBy(value string) error {
	id := bot.UserID(withoutEnd(narrow(value)))
	m, known := p.mentioned(value)
	switch {
	case known && (m.Bot || m.Self):
		return fault(bot.FaultPerson, called(m), "--bot")
	case known:
		id = m.ID
	case !bot.IsPlatformID(string(id), "ou_"):
		return fault(bot.FaultPerson, value, "")
	}
	if !slices.Contains(p.f.By, id) {
		p.f.By = append(p.f.By, id)
	}
	return nil
}

func (p *filterParser) readFrom(value string) error {
	if isReply(value) && p.in.Reply != "" {
		p.f.From, p.f.FromReply = bot.MessageRef{ID: p.in.Reply}, true
		return nil
	}
	ref, ok := parseMessage(value)
	if !ok {
		return fault(bot.FaultMessage, value, "")
	}
	p.f.From = ref
	return nil
}

func (p *filterParser) readTo(value string) error {
	ref, ok := parseMessage(value)
	if !ok {
		return fault(bot.FaultMessage, value, "")
	}
	p.f.To = ref
	return nil
}

// isReply reports the word for the message replied to.
func isReply(value string) bool {
	value = withoutEnd(narrow(value))
	return strings.EqualFold(value, "reply") || value == "回复"
}

// parseMessage parses a message's id or link. An id in the link's path, query or fragment is the message's; a link with two
// different ids is refused.
func parseMessage(text string) (bot.MessageRef, bool) {
	const prefix = "om_"
	text = withoutEnd(narrow(text))
	if bot.IsPlatformID(text, prefix) {
		return bot.MessageRef{ID: bot.MessageID(text)}, true
	}
	link, err := url.Parse(text)
	if err != nil || link.Host == "" || (link.Scheme != "https" && link.Scheme != "http") {
		return bot.MessageRef{}, false
	}
	ref := bot.MessageRef{Link: text}
	query, _ := url.QueryUnescape(link.RawQuery) // clients escape correctly
	for part := range strings.FieldsFuncSeq(link.Path+" "+query+" "+link.Fragment, func(r rune) bool { return !isIDRune(r) }) {
		if !bot.IsPlatformID(part, prefix) {
			continue
		}
		if ref.ID != "" && ref.ID != bot.MessageID(part) {
			return bot.MessageRef{}, false
		}
		ref = bot.MessageRef{ID: bot.MessageID(part)}
	}
	return ref, true
}

func isIDRune(r rune) bool {
	return r == '_' || r == '-' || r <= unicode.MaxASCII && (unicode.IsLetter(r) || unicode.IsDigit(r))
}

func (p *filterParser) readMatch(value string) error {
	if !slices.Contains(p.f.Match, value) {
		p.f.Match = append(p.f.Match, value)
	}
	return nil
}

func (p *filterParser) readRegex(value string) error {
	if !isRegex(value) {
		return fault(bot.FaultRegex, value, "")
	}
	if !slices.Contains(p.f.Regex, value) {
		p.f.Regex = append(p.f.Regex, value)
	}
	return nil
}

// isRegex checks an expression, its length and the length of its program.
func isRegex(text string) bool {
	const maxSteps = 1000
	if len([]rune(text)) > maxPattern {
		return false
	}
	if steps, ok := RegexSteps(text); !ok || steps > maxSteps {
		return false
	}
	_, err := regexp.Compile(text)
	return err == nil
}

// RegexSteps is the length of an expression's program. The time to match grows with its product with the text's length, and
// repetitions make a program much longer than its expression. It reports false for an invalid expression.
func RegexSteps(text string) (steps int, ok bool) {
	parsed, err := syntax.Parse(text, syntax.Perl)
	if err != nil {
		return 0, false
	}
	program, err := syntax.Compile(parsed.Simplify())
	if err != nil {
		return 0, false
	}
	return len(program.Inst), true
}

func (p *filterParser) readTypes(value string) error {
	found := false
	for word := range strings.FieldsFuncSeq(value, func(r rune) bool { return bot.IsSpace(r) || isEnd(r) }) {
		found = true
		name := strings.ToLower(narrow(word))
		kind, ok := messageType(name)
		if !ok {
			return fault(bot.FaultType, word, Nearest(name, typeNames()))
		}
		if !slices.Contains(p.f.Types, kind) {
			p.f.Types = append(p.f.Types, kind)
		}
	}
	if !found {
		return fault(bot.FaultType, value, "")
	}
	return nil
}

// typeTable has the values of msg_type, each with other words for it.
func typeTable() [][]string {
	return [][]string{
		words("text 文本 文字"), words("post rich richtext rich-text 富文本"), words("interactive card cards 卡片 消息卡片"),
		words("image images picture photo 图片 照片"), words("file files 文件"), words("audio voice 语音 音频"),
		words("media video videos 视频"), words("sticker stickers 表情 表情包"), words("location 位置"),
		words("share_chat 群名片"), words("share_user 名片 个人名片"), words("merge_forward forward 合并转发 转发"),
		words("system 系统"), words("todo 任务"), words("vote 投票"), words("hongbao 红包"), words("folder 文件夹"),
		words("share_calendar_event 日程"), words("calendar 日历"), words("general_calendar"), words("video_chat 视频会议"),
	}
}

// MessageTypes are the values of msg_type for filters.
func MessageTypes() []string {
	var types []string
	for _, row := range typeTable() {
		types = append(types, row[0])
	}
	return types
}

func messageType(name string) (string, bool) {
	for _, row := range typeTable() {
		if slices.Contains(row, name) {
			return row[0], true
		}
	}
	return "", false
}

func typeNames() []string { return slices.Concat(typeTable()...) }

// readLinks parses hosts, all of them with "!" before them or none.
func (p *filterParser) readLinks(value string) error {
	for word := range strings.FieldsFuncSeq(value, func(r rune) bool { return bot.IsSpace(r) || r == ',' || r == '，' || r == '、' }) {
		host, ok := parseHost(word)
		if !ok || len(p.f.Links) > 0 && strings.HasPrefix(p.f.Links[0], "!") != strings.HasPrefix(host, "!") {
			return fault(bot.FaultLink, word, "")
		}
		if !slices.Contains(p.f.Links, host) {
			p.f.Links = append(p.f.Links, host)
		}
	}
	if len(p.f.Links) == 0 {
		return fault(bot.FaultLink, value, "")
	}
	return nil
}

// parseHost parses a host, or an address of which only the host counts.
func parseHost(word string) (string, bool) {
	word = strings.ToLower(withoutEnd(narrow(word)))
	rest, not := strings.CutPrefix(word, "!")
	if !strings.Contains(rest, "://") {
		rest = "https://" + rest
	}
	link, err := url.Parse(rest)
	if err != nil {
		return "", false
	}
	host := strings.TrimSuffix(strings.TrimPrefix(link.Hostname(), "*."), ".")
	if !strings.Contains(host, ".") || strings.ContainsFunc(host, func(r rune) bool { return r != '.' && r != '-' && !unicode.IsLetter(r) && !unicode.IsDigit(r) }) {
		return "", false
	}
	if not {
		host = "!" + host
	}
	return host, true
}
