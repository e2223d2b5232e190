package command_test

import (
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"recallbot/bot"
	"recallbot/bot/command"
)

func TestParseLifetime(t *testing.T) {
	t.Parallel()
	const day = 24 * time.Hour
	life := func(d time.Duration, types ...string) command.LifetimeOrder {
		return command.LifetimeOrder{Lifetime: bot.Lifetime{Life: d, Types: types}}
	}
	for text, want := range map[string]command.LifetimeOrder{
		"":                        {List: true},
		"list":                    {List: true},
		"列表":                      {List: true},
		"off":                     {Off: true},
		"关闭 --type card":          {Off: true, Lifetime: bot.Lifetime{Types: []string{"interactive"}}},
		"24h":                     life(day),
		"7d":                      life(7 * day),
		"２小时":                     life(2 * time.Hour),
		"1h30m --type=text,card":  life(90*time.Minute, "interactive", "text"),
		"--type 卡片 10s":           life(10*time.Second, "interactive"),
		"1d --类型 图片 --type image": life(day, "image"),
		"1d —type file":           life(day, "file"),
	} {
		got, err := command.ParseLifetime(strings.Fields(text))
		if err != nil {
			t.Errorf("%q: %v", text, err)
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%q (-want +got):\n%s", text, diff)
		}
	}
}

func TestParseLifetimeNamesTheFault(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]bot.FilterError{
		"soon":               {Fault: bot.FaultLife, Word: "soon"},
		"24":                 {Fault: bot.FaultLife, Word: "24"},
		"-5m":                {Fault: bot.FaultLife, Word: "-5m"},
		"9s":                 {Fault: bot.FaultLife, Word: "9s"},
		"366d":               {Fault: bot.FaultLife, Word: "366d"},
		"1d 2d":              {Fault: bot.FaultStray, Word: "2d"},
		"1d --type":          {Fault: bot.FaultNoValue, Word: "--type"},
		"1d --type crad":     {Fault: bot.FaultType, Word: "crad", Other: "card"},
		"1d --bot me":        {Fault: bot.FaultStray, Word: "--bot"},
		"off --type=unknown": {Fault: bot.FaultType, Word: "unknown"},
	} {
		_, err := command.ParseLifetime(strings.Fields(text))
		got, ok := errors.AsType[*bot.FilterError](err)
		if !ok {
			t.Errorf("%q: %v", text, err)
			continue
		}
		if diff := cmp.Diff(want, *got); diff != "" {
			t.Errorf("%q (-want +got):\n%s", text, diff)
		}
	}
}

// TestLifetimesOfAChat sets, replaces and removes them; the record has each change.
func TestLifetimesOfAChat(t *testing.T) {
	t.Parallel()
	var s bot.Settings
	for _, step := range []struct{ say, diff string }{
		{"24h --type card", "ttl off → 24h interactive"},
		{"7d", "ttl 24h interactive → 24h interactive; 168h"},
		{"90m --type card", "ttl 24h interactive; 168h → 168h; 1h30m interactive"},
		{"90m --type card", ""},
		{"list", ""},
		{"off --type card", "ttl 168h; 1h30m interactive → 168h"},
		{"off --type file", ""},
		{"off", "ttl 168h → off"},
	} {
		order, err := command.ParseLifetime(strings.Fields(step.say))
		if err != nil {
			t.Fatal(err)
		}
		after, err := order.Apply(s)
		if err != nil {
			t.Fatal(err)
		}
		var said strings.Builder
		for _, diff := range bot.DiffSettings(s, after) {
			said.WriteString(diff.String())
		}
		if said.String() != step.diff {
			t.Errorf("%q: %q, want %q", step.say, said.String(), step.diff)
		}
		s = after
	}
	for i := range bot.MaxLifetimes {
		s.Lifetimes = append(s.Lifetimes, bot.Lifetime{Life: time.Duration(i+1) * time.Hour, Types: []string{string(rune('a' + i))}})
	}
	order, err := command.ParseLifetime([]string{"1d"})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := order.Apply(s); err == nil {
		t.Errorf("one more: %v", err)
	}
}

func FuzzParseLifetime(f *testing.F) {
	for _, seed := range []string{"24h --type card", "off", "列表", "1d —type=卡片,text", "--type"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		order, err := command.ParseLifetime(strings.Fields(text))
		if err != nil {
			return
		}
		if !order.List && !order.Off && (order.Life < bot.MinLife || order.Life > bot.MaxLife) {
			t.Errorf("%q gives %s", text, order.Life)
		}
		if !order.List && !order.Off {
			again, err := command.ParseLifetime(strings.Fields(order.Life.String() + " --type=" + strings.Join(order.Types, ",")))
			if len(order.Types) > 0 && (err != nil || again.Life != order.Life || !cmp.Equal(again.Types, order.Types)) {
				t.Errorf("%q printed back gives %+v, %v", text, again, err)
			}
		}
	})
}
