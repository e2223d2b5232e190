package cli

import (
	"errors"
	"strconv"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"recallbot/bot"
	"recallbot/bot/command"
)

// argument is a positional argument of a command.
type argument struct {
	name, help         string
	optional, repeated bool
}

// arguments returns the arguments that the line Use of a command names: <chat>, [<text>] or [<file>...]. Their help is in the
// command's annotations.
func arguments(cmd *cobra.Command) []argument {
	var all []argument
	if cmd.HasSubCommands() {
		return nil
	}
	for _, word := range strings.Fields(cmd.Use)[1:] {
		if name := strings.Trim(word, "[<>.]"); strings.Contains(word, "<") {
			all = append(all, argument{name, cmd.Annotations[name], word[0] == '[', strings.Contains(word, "...")})
		}
	}
	return all
}

// checkArgs checks the arguments of a command against the line Use.
func (r *run) checkArgs(cmd *cobra.Command, args []string) error {
	if err := checkValues(cmd, r.args); err != nil {
		return err
	}
	known := arguments(cmd)
	for i, argument := range known {
		switch {
		case argument.repeated:
			return nil
		case i >= len(args) && !argument.optional:
			return usageFault(cmd, bot.WrongSetting("", "%s is missing", strconv.Quote("<"+argument.name+">")))
		}
	}
	if len(args) > len(known) {
		return unexpected(cmd, args[len(known)])
	}
	return nil
}

// checkValues refuses the value of a flag that is the next word and begins with a dash: more likely, it is a flag, and the value
// was forgotten.
func checkValues(cmd *cobra.Command, words []string) error {
	for i, word := range words {
		if word == "--" || i+1 == len(words) {
			break
		}
		var flag *pflag.Flag
		if name, long := strings.CutPrefix(word, "--"); long {
			flag = cmd.Flags().Lookup(name)
		} else if name, short := strings.CutPrefix(word, "-"); short && len(name) == 1 {
			flag = cmd.Flags().ShorthandLookup(name)
		}
		if value := words[i+1]; flag != nil && flag.NoOptDefVal == "" && len(value) > 1 && value[0] == '-' {
			value = strconv.Quote(value)
			return usageFault(cmd, bot.WrongSetting("", "%s: the value %s begins with a dash; did you mean %s?", word, value, "--"+flag.Name+"="+value))
		}
	}
	return nil
}

// usageFault is a wrong command line: the fault, and the --help to read.
func usageFault(cmd *cobra.Command, fault error) error {
	return &Exit{CodeUsage, bot.WrongSetting("", "%s; see %s", fault, cmd.CommandPath()+" --help")}
}

// commandMissing is what a command does that needs one of its sub-commands.
func commandMissing(cmd *cobra.Command, _ []string) error {
	names := subCommands(cmd)
	if len(names) == 1 {
		return usageFault(cmd, bot.WrongSetting("", "%s is missing", strconv.Quote(names[0])))
	}
	const enough = 5
	list := `"` + strings.Join(names[:min(len(names), enough)], `", "`) + `"`
	if len(names) > enough {
		list += ", ..."
	}
	return usageFault(cmd, bot.WrongSetting("", "a command is missing: one of %s", list))
}

// unexpected is the fault of an argument that the command does not take.
func unexpected(cmd *cobra.Command, word string) error {
	names, fault := subCommands(cmd), bot.WrongSetting("", "unexpected argument %s", word)
	switch near := command.Nearest(word, names); {
	case near != "":
		fault = bot.WrongSetting("", "unexpected argument %s, did you mean %s?", word, strconv.Quote(near))
	case len(names) > 0:
		fault = bot.WrongSetting("", "%s; there are %s", fault, strings.Join(names, ", "))
	case len(arguments(cmd)) == 0:
		fault = bot.WrongSetting("", "%s; %s takes no arguments", fault, cmd.Name())
	}
	return usageFault(cmd, fault)
}

// subCommands returns the names of the sub-commands that are not hidden.
func subCommands(cmd *cobra.Command) []string {
	var names []string
	for _, child := range cmd.Commands() {
		if !child.Hidden {
			names = append(names, child.Name())
		}
	}
	return names
}

// flagFault is the sentence for a flag that pflag refuses.
func flagFault(cmd *cobra.Command, err error) error {
	if unknown, ok := errors.AsType[*pflag.NotExistError](err); ok {
		return usageFault(cmd, unknownFlag(cmd, unknown))
	}
	if empty, ok := errors.AsType[*pflag.ValueRequiredError](err); ok {
		return usageFault(cmd, bot.WrongSetting("", "%s needs a value", "--"+empty.GetFlag().Name))
	}
	if wrong, ok := errors.AsType[*pflag.InvalidValueError](err); ok {
		return usageFault(cmd, valueFault(wrong.GetFlag(), wrong.GetValue(), wrong.Unwrap()))
	}
	return usageFault(cmd, err)
}

func unknownFlag(cmd *cobra.Command, unknown *pflag.NotExistError) error {
	if unknown.GetSpecifiedShortnames() != "" {
		return bot.WrongSetting("", "unknown flag %s", "-"+unknown.GetSpecifiedName())
	}
	var names []string
	cmd.Flags().VisitAll(func(flag *pflag.Flag) {
		if !flag.Hidden {
			names = append(names, "--"+flag.Name)
		}
	})
	name := "--" + unknown.GetSpecifiedName()
	if near := command.Nearest(name, names); near != "" {
		return bot.WrongSetting("", "unknown flag %s, did you mean %s?", name, strconv.Quote(near))
	}
	return bot.WrongSetting("", "unknown flag %s", name)
}

func valueFault(flag *pflag.Flag, value string, cause error) error {
	name := "--" + flag.Name
	if c, ok := flag.Value.(*choice); ok {
		return noneOf(name, c.words, value)
	}
	switch flag.Value.Type() {
	case "int", "int64":
		return bot.WrongSetting("", "%s must be a whole number, not %s", name, strconv.Quote(value))
	case "bool":
		return bot.WrongSetting("", "%s must be true or false, not %s", name, strconv.Quote(value))
	default:
		return bot.InSetting(name, cause)
	}
}
