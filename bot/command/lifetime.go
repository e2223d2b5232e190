package command

import (
	"slices"
	"strings"

	"recallbot/bot"
)

// LifetimeOrder is a change of a chat's lifetimes, or a request to list them.
type LifetimeOrder struct {
	// List lists them; Off removes those of the types, or all where there are no types; else Lifetime is added.
	List, Off bool
	bot.Lifetime
}

// ParseLifetime parses the arguments of "/recall ttl": "24h --type card", "list", "off". No arguments are "list". Its errors
// are FilterErrors.
func ParseLifetime(args []string) (LifetimeOrder, error) {
	var order LifetimeOrder
	types := &filterParser{}
	said := ""
	for i := 0; i < len(args); i++ {
		s, isSwitch := splitSwitch(args[i])
		if !isSwitch || !isTypeSwitch(s.name) {
			if said != "" {
				return LifetimeOrder{}, fault(bot.FaultStray, args[i], "")
			}
			said = args[i]
			continue
		}
		if !s.joined {
			if i++; i == len(args) {
				return LifetimeOrder{}, fault(bot.FaultNoValue, s.said, "")
			}
			s.value = args[i]
		}
		if err := types.readTypes(s.value); err != nil {
			return LifetimeOrder{}, err
		}
	}
	order.Types = slices.Sorted(slices.Values(types.f.Types))
	return order.read(said)
}

// read parses the word that is not a switch.
func (o LifetimeOrder) read(said string) (LifetimeOrder, error) {
	switch strings.ToLower(said) {
	case "", "list", "ls", "show", "列表", "查看":
		o.List = true
		return o, nil
	case "off", "none", "stop", "关", "关闭", "停止":
		o.Off = true
		return o, nil
	}
	life, ok := parseDuration(strings.ToUpper(narrow(said)))
	if !ok || life < bot.MinLife || life > bot.MaxLife {
		return LifetimeOrder{}, fault(bot.FaultLife, said, "")
	}
	o.Life = life
	return o, nil
}

func isTypeSwitch(name string) bool { return slices.Contains(words("type types 类型 種類"), name) }

// Apply changes a chat's lifetimes. More than MaxLifetimes is a FilterError.
func (o LifetimeOrder) Apply(s bot.Settings) (bot.Settings, error) {
	if o.List {
		return s, nil
	}
	every := o.Off && len(o.Types) == 0
	s.Lifetimes = slices.DeleteFunc(slices.Clone(s.Lifetimes), func(l bot.Lifetime) bool {
		return every || l.Name() == o.Name()
	})
	if !o.Off {
		s.Lifetimes = append(s.Lifetimes, o.Lifetime)
	}
	if len(s.Lifetimes) > bot.MaxLifetimes {
		return s, fault(bot.FaultMany, "ttl", "")
	}
	if len(s.Lifetimes) == 0 {
		s.Lifetimes = nil
	}
	return s, nil
}
