package cli

import (
	"errors"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"recallbot/bot"
	"recallbot/bot/command"
)

// duration is the value of a flag such as 24h or 3d.
type duration time.Duration

// Set parses the flag.
func (d *duration) Set(value string) error {
	parsed, err := command.ParseDuration(value)
	*d = duration(parsed)
	return err
}

// String returns the duration, or "" for zero, which has no place in the help.
func (d *duration) String() string {
	if *d == 0 {
		return ""
	}
	return bot.ShortDuration(time.Duration(*d))
}

// Type returns the placeholder in the help.
func (*duration) Type() string { return "DURATION" }

// choice is the value of a flag that takes one of several words.
type choice struct {
	value *string
	words []string
}

// addChoice adds a flag that takes one of several words. The first is the default.
func addChoice(cmd *cobra.Command, value *string, name, usage string, words ...string) {
	*value = words[0]
	cmd.Flags().Var(&choice{value, words}, name, usage)
	if err := cmd.RegisterFlagCompletionFunc(name, cobra.FixedCompletions(words, cobra.ShellCompDirectiveNoFileComp)); err != nil {
		panic(err) // the flag is added above
	}
}

// Set checks the flag.
func (c *choice) Set(value string) error {
	if !slices.Contains(c.words, value) {
		return errors.New("no such choice") // valueFault says it in a sentence
	}
	*c.value = value
	return nil
}

// String returns the word.
func (c *choice) String() string { return *c.value }

// Type returns the placeholder in the help.
func (c *choice) Type() string { return strings.Join(c.words, "|") }

// noneOf is the fault of a flag or argument whose value is none of the words.
func noneOf(name string, words []string, value string) error {
	quoted := `"` + strings.Join(words, `","`) + `"`
	return bot.WrongSetting("", "%s must be one of %s, not %s", name, quoted, strconv.Quote(value))
}
