package command

import (
	"slices"
	"strings"

	"recallbot/bot"
)

// filterSwitch is one switch of a filter.
type filterSwitch struct {
	name string
	also []string // other spellings
	// flag is set by a switch without a value; read parses the value of any other.
	flag *bool
	read func(value string) error
	// limit is how often it may be given; zero is once.
	limit int
	// who allows a mention as a value, verbatim keeps the spaces around a value.
	who, verbatim bool
	// long is the maximum length of a value in characters; zero is maxValue.
	long int
}

// The bounds make sure that a filter, when printed, can be parsed again.
const (
	maxValue    = 480
	maxPattern  = 256
	maxPatterns = 10
	maxBots     = 10
	maxPeople   = 20
)

func (s filterSwitch) is(name string) bool { return name == s.name || slices.Contains(s.also, name) }

func (s filterSwitch) longest() int {
	if s.long > 0 {
		return s.long
	}
	return maxValue
}

// table has all switches with their spellings.
func (p *filterParser) table() []filterSwitch {
	f := &p.f
	return []filterSwitch{
		{name: "last", also: words("newest 最近 条数 最后 最新"), read: p.readLast},
		{name: "bot", also: words("bots app 机器人 应用"), read: p.readBot, limit: maxBots, who: true},
		{name: "by", also: words("user sender author 成员 发送者 用户 发送人"), read: p.readBy, limit: maxPeople, who: true},
		{name: "since", also: words("after 起 开始 时间 开始时间 起始时间 自"), read: p.readSince},
		{name: "until", also: words("before till 止 截至 截止 结束 结束时间"), read: p.readUntil},
		{name: "from", also: words("从"), read: p.readFrom},
		{name: "to", also: words("到 至"), read: p.readTo},
		{name: "match", also: words("contains text 包含 匹配 内容 关键词"), read: p.readMatch, limit: maxPatterns, verbatim: true, long: maxPattern},
		{name: "regex", also: words("regexp re 正则"), read: p.readRegex, limit: maxPatterns, verbatim: true},
		{name: "type", also: words("types 类型"), read: p.readTypes, limit: maxPatterns},
		{name: "link", also: words("links url 链接 网址"), read: p.readLinks, limit: maxPatterns},
		{name: "dup", also: words("dups duplicate duplicates 重复"), flag: &f.Dup},
		{name: "thread", also: words("topic 话题"), flag: &f.Thread},
		{name: "everywhere", also: words("all-groups 所有群 全部群"), flag: &f.Everywhere},
		{name: "with-pinned", also: words("with-pins 含置顶 包括置顶"), flag: &f.WithPinned},
		{name: "any", also: words("or 任一 任意"), flag: &f.Any},
		{name: "dry-run", also: words("dryrun preview 预览 演练 试运行"), flag: &f.DryRun},
		{name: "yes", also: words("y 确认"), flag: &f.Yes},
		{name: "quiet", also: words("q silent 安静 静默"), flag: &f.Quiet},
	}
}

func words(list string) []string { return strings.Fields(list) }

// check checks the filter as a whole.
func (p *filterParser) check() error {
	if err := p.useReply(); err != nil {
		return err
	}
	f := &p.f
	if err := p.clash(); err != nil {
		return err
	}
	if err := p.checkPlace(); err != nil {
		return err
	}
	switch {
	case !f.Since.IsZero() && !f.Until.IsZero() && f.Since.After(f.Until):
		return fault(bot.FaultOrder, p.said["since"], p.said["until"])
	case !f.Narrows() && !f.Dup && len(f.Bots) == 0:
		return fault(bot.FaultEmpty, "", "")
	default:
		return nil
	}
}

// checkPlace refuses --thread and --everywhere where they can't be.
func (p *filterParser) checkPlace() error {
	f := &p.f
	switch {
	case f.Thread && !p.in.InTopic:
		return fault(bot.FaultTopic, p.said["thread"], "")
	case !f.Everywhere:
		return nil
	case !p.in.P2P:
		return fault(bot.FaultEverywhere, p.said["everywhere"], "")
	case f.Last > 0, f.Thread, !f.From.IsZero(), !f.To.IsZero():
		return fault(bot.FaultClash, p.said["everywhere"], p.ofOneChat())
	default:
		return nil
	}
}

// ofOneChat is the switch that only has a meaning in one chat.
func (p *filterParser) ofOneChat() string {
	for _, name := range []string{"last", "thread", "from", "to"} {
		if said := p.said[name]; said != "" {
			return said
		}
	}
	return "--from"
}

// clash refuses switches that contradict each other.
func (p *filterParser) clash() error {
	f := &p.f
	others := slices.ContainsFunc(f.Bots, func(b bot.BotRef) bool { return !b.Me })
	every := slices.ContainsFunc(f.Bots, func(b bot.BotRef) bool { return b.Any })
	switch {
	case f.Yes && f.DryRun:
		return fault(bot.FaultClash, p.said["yes"], p.said["dry-run"])
	case every && len(f.Bots) > 1:
		return fault(bot.FaultClash, "--bot any", otherBot(f))
	case others && len(f.By) > 0 && !f.Any:
		return fault(bot.FaultClash, p.said["bot"], p.said["by"])
	default:
		return nil
	}
}

// useReply makes the message replied to the first of the range. /recall N ignores it.
func (p *filterParser) useReply() error {
	f := &p.f
	if p.in.Reply == "" || p.in.Verb == bot.VerbLast || f.FromReply {
		return nil
	}
	if !f.From.IsZero() {
		return fault(bot.FaultClash, p.said["from"], "--from reply")
	}
	f.From, f.FromReply = bot.MessageRef{ID: p.in.Reply}, true
	return nil
}

// otherBot is the first bot that is named besides "any".
func otherBot(f *bot.Filter) string {
	for _, b := range f.Bots {
		if !b.Any {
			return "--bot " + b.String()
		}
	}
	return ""
}
