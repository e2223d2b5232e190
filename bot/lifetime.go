package bot

import (
	"slices"
	"strings"
	"time"
)

// The bounds of lifetimes.
const (
	// MinLife and MaxLife are the shortest and the longest lifetime.
	MinLife = 10 * time.Second
	MaxLife = 365 * 24 * time.Hour
	// MaxLifetimes is how many a chat may have.
	MaxLifetimes = 10
)

// SetLifetimes names the lifetimes among the settings, for the record; they are changed by a command of their own.
const SetLifetimes SettingKey = "ttl"

// Lifetime is how long our own posts stand in a chat before they are recalled.
type Lifetime struct {
	Life time.Duration `json:"life"`
	// Types are the platform's types of the posts that it is for, sorted; none means all.
	Types []string `json:"types,omitempty"`
}

// Name tells the lifetimes of a chat apart: there is one for the same types.
func (l Lifetime) Name() string {
	if len(l.Types) == 0 {
		return "all"
	}
	return strings.Join(l.Types, ",")
}

// String is "24h0m0s interactive", as people would write it.
func (l Lifetime) String() string {
	text := strings.TrimSuffix(l.Life.String(), "m0s")
	if text != l.Life.String() {
		text += "m"
	}
	text = strings.TrimSuffix(text, "h0m")
	if !strings.HasSuffix(text, "m") && !strings.HasSuffix(text, "s") {
		text += "h"
	}
	if len(l.Types) == 0 {
		return text
	}
	return text + " " + l.Name()
}

// LifetimeOrder is what somebody wants of a chat's lifetimes.
type LifetimeOrder struct {
	// List asks what they are, Off ends those of the types, or all where none are named; else Lifetime is set.
	List, Off bool
	Lifetime
}

// ParseLifetime reads what stands behind "/recall ttl": "24h --type card", "list", "off". Nothing is "list". Its errors
// hold a FilterError.
func ParseLifetime(args []string) (LifetimeOrder, error) {
	var order LifetimeOrder
	types := &filterParser{}
	said := ""
	for i := 0; i < len(args); i++ {
		s, isSwitch := splitSwitch(args[i])
		if !isSwitch || !isTypeSwitch(s.name) {
			if said != "" {
				return LifetimeOrder{}, fault(FaultStray, args[i], "")
			}
			said = args[i]
			continue
		}
		if !s.joined {
			if i++; i == len(args) {
				return LifetimeOrder{}, fault(FaultNoValue, s.said, "")
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

// read takes the word that is no switch.
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
	if !ok {
		return LifetimeOrder{}, fault(FaultTime, said, "")
	}
	if life < MinLife || life > MaxLife {
		return LifetimeOrder{}, fault(FaultLife, said, "")
	}
	o.Life = life
	return o, nil
}

func isTypeSwitch(name string) bool { return slices.Contains(words("type types 类型 種類"), name) }

// Apply changes a chat's lifetimes as ordered. More than MaxLifetimes is a FilterError.
func (o LifetimeOrder) Apply(s Settings) (Settings, error) {
	if o.List {
		return s, nil
	}
	every := o.Off && len(o.Types) == 0
	s.Lifetimes = slices.DeleteFunc(slices.Clone(s.Lifetimes), func(l Lifetime) bool {
		return every || l.Name() == o.Name()
	})
	if !o.Off {
		s.Lifetimes = append(s.Lifetimes, o.Lifetime)
	}
	if len(s.Lifetimes) > MaxLifetimes {
		return s, fault(FaultMany, "ttl", "")
	}
	if len(s.Lifetimes) == 0 {
		s.Lifetimes = nil
	}
	return s, nil
}

// Due is a lifetime of a chat whose time has come: posts that were made up to Until, and not before Since, are over.
type Due struct {
	Chat ChatID `json:"chat"`
	// Name is that of the lifetime.
	Name  string    `json:"name"`
	At    time.Time `json:"at"`
	Since time.Time `json:"since,omitzero"`
}
