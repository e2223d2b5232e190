package handlers_test

import (
	"testing"

	"recallbot/bot"
	"recallbot/handlers"
)

func TestConfigIsChecked(t *testing.T) {
	t.Parallel()
	rows := []struct {
		name   string
		change func(*handlers.Config)
		faults int
	}{
		{"the defaults", func(*handlers.Config) {}, 0},
		{"english", func(c *handlers.Config) { c.Language = "en" }, 0},
		{"no emoji", func(c *handlers.Config) { c.Emoji = nil }, 0},
		{"another zone", func(c *handlers.Config) { c.Timezone = "America/New_York" }, 0},
		{"an empty emoji", func(c *handlers.Config) { c.Emoji = []string{"No", ""} }, 1},
		{"a language that we don't speak", func(c *handlers.Config) { c.Language = "fr" }, 1},
		{"no language", func(c *handlers.Config) { c.Language = "" }, 1},
		{"a language in another spelling", func(c *handlers.Config) { c.Language = "zh" }, 1},
		{"no such zone", func(c *handlers.Config) { c.Timezone = "Mars/Olympus" }, 1},
		{"all of it", func(c *handlers.Config) { *c = handlers.Config{Emoji: []string{"", ""}, Timezone: "../etc"} }, 4},
	}
	for _, row := range rows {
		config := handlers.Defaults()
		row.change(&config)
		faults := config.Validate()
		if len(faults) != row.faults {
			t.Errorf("%s: faults %v, want %d", row.name, faults, row.faults)
		}
		for _, fault := range faults {
			if bot.KindOf(fault) != bot.Invalid {
				t.Errorf("%s: %v is of the kind %s, want invalid", row.name, fault, bot.KindOf(fault))
			}
		}
	}
}

func TestAZoneThatIsNone(t *testing.T) {
	t.Parallel()
	config := handlers.Defaults()
	config.Timezone = "Mars/Olympus"
	if _, err := config.ChatDefaults(); bot.KindOf(err) != bot.Invalid {
		t.Errorf("Zone = %v, want invalid", err)
	}
}
