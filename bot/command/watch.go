package command

import (
	"slices"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"recallbot/bot"
)

// WatchVerb is what "/recall watch" does.
type WatchVerb string

// The verbs of "/recall watch".
const (
	WatchList   WatchVerb = "list"
	WatchAdd    WatchVerb = "add"
	WatchTry    WatchVerb = "try"
	WatchSwitch WatchVerb = "switch"
	WatchRemove WatchVerb = "remove"
)

// WatchOrder is one "/recall watch".
type WatchOrder struct {
	Verb WatchVerb
	// Name is the rule's. It is empty for WatchList, and for a WatchTry that has the rule in Rule.
	Name string
	// Rule is that of WatchAdd, in shadow, or of WatchTry.
	Rule bot.WatchRule
	// State is that of WatchSwitch.
	State bot.WatchState
	// Since is where the messages of WatchTry begin; zero where none was given.
	Since time.Time
}

// ReadyRule returns a ready-made rule, which is known by its name in every chat.
func ReadyRule(name string) (bot.WatchRule, bool) {
	for _, rule := range ReadyRules() {
		if strings.EqualFold(rule.Name, name) {
			return rule, true
		}
	}
	return bot.WatchRule{}, false
}

// ReadyRules are the ready-made rules, in shadow.
func ReadyRules() []bot.WatchRule {
	return []bot.WatchRule{
		{Name: "flood", When: bot.WatchWhen{Kind: bot.WatchMoreThan, Count: 10, Within: time.Minute}, Act: bot.WatchRecall, State: bot.WatchShadow},
		{Name: "repeat", When: bot.WatchWhen{Kind: bot.WatchAgain, Count: 3, Within: 10 * time.Minute}, Act: bot.WatchRecall, State: bot.WatchShadow},
		{Name: "loop", When: bot.WatchWhen{Kind: bot.WatchLoop, Count: 6, Within: time.Minute}, Act: bot.WatchRecall, State: bot.WatchShadow},
		{Name: "placeholder", When: bot.WatchWhen{Kind: bot.WatchPlaceholder}, Act: bot.WatchRecall, State: bot.WatchShadow},
	}
}

// ParseWatch parses the arguments of "/recall watch". Its errors are FilterErrors.
func ParseWatch(in FilterInput) (WatchOrder, error) {
	if in.Zone == nil {
		in.Zone = time.UTC
	}
	p := &watchParser{filterParser: filterParser{in: in, words: in.Args, said: map[string]string{}, count: map[string]int{}}}
	p.switches = p.watchTable()
	order, err := p.order()
	if err != nil {
		return WatchOrder{}, p.readable(err)
	}
	return order, nil
}

// watchParser parses what is after "/recall watch".
type watchParser struct {
	filterParser

	rule        bot.WatchRule
	placeholder bool
	plain       []string // words that belong to no switch
}

// watchTable has the switches of a filter that judge one post, and those of rules.
func (p *watchParser) watchTable() []filterSwitch {
	single := []string{"bot", "match", "regex", "type", "link", "since"}
	table := slices.DeleteFunc(p.table(), func(s filterSwitch) bool { return !slices.Contains(single, s.name) })
	return append(table,
		filterSwitch{name: string(bot.WatchMoreThan), also: words("over flood 超过 多于"), read: p.threshold(bot.WatchMoreThan)},
		filterSwitch{name: string(bot.WatchAgain), also: words("repeat same 重复 再次"), read: p.threshold(bot.WatchAgain)},
		filterSwitch{name: string(bot.WatchLoop), also: words("loops 循环 互答"), read: p.threshold(bot.WatchLoop)},
		filterSwitch{name: string(bot.WatchPlaceholder), also: words("placeholders 占位符"), flag: &p.placeholder},
		filterSwitch{name: "do", also: words("act action then 动作 处理 执行"), read: p.readAct},
	)
}

// threshold reads "10/1m".
func (p *watchParser) threshold(kind bot.WatchKind) func(string) error {
	return func(value string) error {
		number, length, _ := strings.Cut(narrow(value), "/")
		count, ok := parseNumber(number)
		within, timed := parseDuration(strings.ToUpper(withoutEnd(strings.TrimFunc(length, bot.IsSpace))))
		least := 1
		if kind != bot.WatchMoreThan {
			least = 2 // a single post repeats nothing
		}
		if !ok || !timed || count < least || count > bot.MaxWatchCount || within < bot.MinWatchTime || within > bot.MaxWatchTime {
			return fault(bot.FaultThreshold, value, "--"+string(kind))
		}
		if p.rule.When.Kind != bot.WatchEach {
			return fault(bot.FaultClash, "--"+string(p.rule.When.Kind), "--"+string(kind))
		}
		p.rule.When = bot.WatchWhen{Kind: kind, Count: count, Within: within}
		return nil
	}
}

func (p *watchParser) readAct(value string) error {
	word := strings.ToLower(withoutEnd(narrow(value)))
	for act, names := range map[bot.WatchAct]string{
		bot.WatchTell:       "tell notify 通知 告知",
		bot.WatchAsk:        "ask 询问",
		bot.WatchRecall:     "recall 撤回",
		bot.WatchQuarantine: "quarantine 隔离",
	} {
		if slices.Contains(words(names), word) {
			p.rule.Act = act
			return nil
		}
	}
	return fault(bot.FaultAct, value, "")
}

// order reads the command.
func (p *watchParser) order() (WatchOrder, error) {
	verb, known := WatchList, false
	if len(p.words) > 0 && !isSwitch(p.words[0]) {
		if verb, known = watchVerb(p.words[0]); known {
			p.next()
		}
	}
	if err := p.readRule(); err != nil {
		return WatchOrder{}, err
	}
	order := WatchOrder{Verb: verb, Since: p.f.Since}
	switch {
	case !known && len(p.plain)+len(p.count) > 0:
		return p.switched(order)
	case verb == WatchAdd:
		return p.add(order)
	case verb == WatchTry:
		return p.try(order)
	case verb == WatchRemove:
		return p.named(order, 1)
	default:
		return p.named(order, 0)
	}
}

// readRule reads the switches, and keeps all other words.
func (p *watchParser) readRule() error {
	for len(p.words) > 0 {
		word := p.next()
		bare := strings.TrimFunc(word, bot.IsSpace)
		switch {
		case isSwitch(word):
			if err := p.readWord(word); err != nil {
				return err
			}
		case p.isFiller(bare):
		case isMention(bare):
			return p.stray(word)
		default:
			p.plain = append(p.plain, bare)
		}
	}
	if p.placeholder {
		if p.rule.When.Kind != bot.WatchEach {
			return fault(bot.FaultClash, "--"+string(p.rule.When.Kind), "--"+string(bot.WatchPlaceholder))
		}
		p.rule.When.Kind = bot.WatchPlaceholder
	}
	p.rule.Filter, p.rule.State = p.f, bot.WatchShadow
	p.rule.Filter.Since = time.Time{}
	return p.clash()
}

// add checks a new rule: it has a name, an act, and something that it is about.
func (p *watchParser) add(order WatchOrder) (WatchOrder, error) {
	switch {
	case len(p.plain) == 0:
		return order, fault(bot.FaultName, "", "")
	case len(p.plain) > 1:
		return order, p.stray(p.plain[1])
	case !isRuleName(p.plain[0]):
		return order, fault(bot.FaultName, p.plain[0], "")
	case p.count["since"] > 0:
		return order, fault(bot.FaultStray, p.said["since"], "")
	case p.rule.Act == "":
		return order, fault(bot.FaultNoValue, "--do", "")
	case p.rule.When.Kind == bot.WatchEach && !p.rule.Filter.ReadsText() && len(p.rule.Filter.Bots) == 0:
		return order, fault(bot.FaultEmpty, "", "")
	}
	p.rule.Name = p.plain[0]
	order.Name, order.Rule = p.rule.Name, p.rule
	return order, nil
}

// try is a rehearsal of a rule that is there, or of the one that is written.
func (p *watchParser) try(order WatchOrder) (WatchOrder, error) {
	if len(p.plain) > 0 {
		for name := range p.count {
			if name != "since" {
				return order, fault(bot.FaultStray, p.plain[0], "")
			}
		}
		return p.named(order, 1)
	}
	if p.rule.When.Kind == bot.WatchEach && !p.rule.Filter.ReadsText() && len(p.rule.Filter.Bots) == 0 {
		return order, fault(bot.FaultEmpty, "", "")
	}
	order.Rule = p.rule
	return order, nil
}

// named is an order with so many plain words, of which the first is the name.
func (p *watchParser) named(order WatchOrder, count int) (WatchOrder, error) {
	switch {
	case len(p.plain) > count:
		return order, p.stray(p.plain[count])
	case len(p.plain) < count:
		return order, fault(bot.FaultName, "", "")
	case count > 0:
		order.Name = p.plain[0]
	}
	return order, nil
}

// switched is "NAME on", or "on NAME".
func (p *watchParser) switched(order WatchOrder) (WatchOrder, error) {
	if len(p.plain) == 0 || len(p.count) > 0 {
		return order, fault(bot.FaultWatch, "", "")
	}
	for i, word := range p.plain {
		state, ok := watchState(word)
		if !ok {
			continue
		}
		order.Verb, order.State = WatchSwitch, state
		p.plain = slices.Delete(p.plain, i, i+1)
		return p.named(order, 1)
	}
	return order, fault(bot.FaultWatch, p.plain[0], Nearest(strings.ToLower(p.plain[0]), watchWords()))
}

// isRuleName reports a name that can't be mistaken for another word of the command.
func isRuleName(word string) bool {
	_, isVerb := watchVerb(word)
	_, isState := watchState(word)
	plain := strings.IndexFunc(word, func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsDigit(r) && r != '-' && r != '_' }) < 0
	return !isVerb && !isState && plain && utf8.RuneCountInString(word) <= bot.MaxWatchName
}

func watchVerb(word string) (WatchVerb, bool) {
	word = strings.ToLower(withoutEnd(narrow(word)))
	for verb, names := range map[WatchVerb]string{
		WatchList:   "list ls show 列表 查看",
		WatchAdd:    "add new create 添加 新增 增加",
		WatchTry:    "try test rehearse 试 演练 试一试",
		WatchRemove: "remove delete rm 删除 移除",
	} {
		if slices.Contains(words(names), word) {
			return verb, true
		}
	}
	return WatchList, false
}

func watchState(word string) (bot.WatchState, bool) {
	word = strings.ToLower(withoutEnd(narrow(word)))
	for state, names := range map[bot.WatchState]string{
		bot.WatchOn:     "on enable 开 开启 启用",
		bot.WatchShadow: "shadow dry-run 影子 观察",
		bot.WatchOff:    "off disable 关 关闭 停用",
	} {
		if slices.Contains(words(names), word) {
			return state, true
		}
	}
	return "", false
}

func watchWords() []string {
	return []string{"list", "add", "try", "remove", "on", "shadow", "off"}
}
