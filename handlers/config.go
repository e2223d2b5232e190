package handlers

import (
	"time"

	"recallbot/bot"
	"recallbot/bot/command"
	"recallbot/handlers/text"
)

// Config holds how the bot listens and answers.
type Config struct {
	// Emoji are the reactions that recall a bot's post, by the platform's keys; their case matters.
	Emoji []string `yaml:"emoji"`
	// Language is "zh-CN" or "en"; a command spelled in Chinese is answered in Chinese all the same.
	Language string `yaml:"language" values:"zh-CN,en"`
	// Timezone is the IANA name of the zone in which times are shown.
	Timezone string `yaml:"timezone"`
}

// Defaults are the settings without a configuration.
func Defaults() Config {
	return Config{Emoji: []string{"CrossMark", "No"}, Language: string(text.Chinese), Timezone: "Asia/Shanghai"}
}

// Validate reports every setting that can't be used.
func (c Config) Validate() []error {
	var errs []error
	for _, emoji := range c.Emoji {
		if err := command.CheckEmoji(emoji); err != nil {
			errs = append(errs, bot.InSetting("chat.emoji", err))
		}
	}
	if lang := text.Language(c.Language); lang != text.Chinese && lang != text.English {
		errs = append(errs, bot.WrongSetting("chat.language", "must be zh-CN or en, not %q", c.Language))
	}
	if _, err := c.ChatDefaults(); err != nil {
		errs = append(errs, bot.WrongSetting("chat.timezone", "there is no time zone %q; write a name such as Asia/Shanghai", c.Timezone))
	}
	return errs
}

// ChatDefaults hold in chats that chose nothing. They may change while the bot runs.
type ChatDefaults struct {
	Emoji    []string
	Language text.Language
	Zone     *time.Location
}

// ChatDefaults are those of the configuration.
func (c Config) ChatDefaults() (ChatDefaults, error) {
	zone, err := time.LoadLocation(c.Timezone)
	if err != nil {
		return ChatDefaults{}, bot.Errorf(bot.Invalid, "chat.timezone: %w", err)
	}
	return ChatDefaults{c.Emoji, text.Language(c.Language), zone}, nil
}
