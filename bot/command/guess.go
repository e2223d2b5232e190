package command

import (
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"recallbot/bot"
)

// maxMeant is how many characters of a command are suggested.
const maxMeant = 80

// Guess is what a message that is no command (see Parse) probably means. In the two-person chat, and where our bot is mentioned,
// that is a command for the help; a mention of us and one word of the help is that command. Elsewhere it is VerbGuess, for a
// near miss at the start of the message. Meant is the command that the help suggests.
func Guess(text string, p2p, reply bool, mentions ...bot.Mentioned) (cmd bot.Command, ok bool) {
	named := slices.ContainsFunc(mentions, func(m bot.Mentioned) bool { return m.Self })
	if !named && slices.ContainsFunc(mentions, func(m bot.Mentioned) bool { return m.Bot }) {
		return bot.Command{}, false
	}
	said := unmentioned(bot.Typed(text))
	if named {
		said = strings.TrimLeftFunc(said, isAfterName)
	}
	if named {
		if cmd, ok := order(said, reply); ok {
			return cmd, true
		}
	}
	meant, chinese := nearMiss(said)
	if meant == "" && (named || p2p) {
		meant, chinese = withoutName(said)
	}
	cmd = bot.Command{Verb: bot.VerbHelp, Meant: bot.Abbreviate(Unplaced(meant, mentions), maxMeant), Chinese: chinese}
	if named || p2p {
		return cmd, true
	}
	cmd.Verb = bot.VerbGuess
	return cmd, meant != ""
}

// isAfterName reports what people write between a name and what they say to it.
func isAfterName(r rune) bool { return bot.IsSpace(r) || isEnd(r) || narrowRune(r) == ':' }

// order is a single word to our bot: help, clean, 撤回.
func order(said string, reply bool) (bot.Command, bool) {
	word := withoutEnd(narrow(said))
	_, known := verbOf(word)
	switch lower := strings.ToLower(word); {
	case lower == nameEnglish, word == nameChinese:
		return Parse("/"+lower, reply)
	case known:
		return Parse("/recall "+word, reply)
	default:
		return bot.Command{}, false
	}
}

// unmentioned is a text without the keys of mentions and without spaces around it.
func unmentioned(text string) string {
	var b strings.Builder
	for text != "" {
		if size := mentionAt(text); size > 0 {
			text = text[size:]
			b.WriteByte(' ')
			continue
		}
		_, size := utf8.DecodeRuneInString(text)
		b.WriteString(text[:size])
		text = text[size:]
	}
	return strings.TrimFunc(b.String(), func(r rune) bool { return bot.IsSpace(r) || bot.IsUnseen(r) })
}

// withoutName is the command that a text means which has all of it but its name: /clean --last 5, or clean --last 5.
func withoutName(said string) (meant string, chinese bool) {
	bare := strings.TrimLeft(said, slashes)
	word, rest := nextWord(bare)
	verb, known := verbOf(withoutEnd(narrow(word)))
	next, _ := nextWord(rest)
	if !known || verb == bot.VerbHelp || bare == said && next == "" || next != "" && !isSwitch(next) && !isNumber(narrow(next)) {
		return "", false
	}
	return suggestion(strings.ContainsFunc(word, isHan), bare)
}

// nearMiss is the command that a text begins with, but for a slip: /recal, /recall5, /撤回5, or the bare 撤回.
func nearMiss(said string) (meant string, chinese bool) {
	first, size := utf8.DecodeRuneInString(said)
	if !strings.ContainsRune(slashes+`\`, first) {
		bare := withoutEnd(narrow(said))
		if strings.EqualFold(bare, nameEnglish) || bare == nameChinese {
			return suggestion(bare == nameChinese, "")
		}
		return "", false
	}
	text := narrow(said[size:])
	for _, name := range []string{nameChinese, "撤销", "撤消"} {
		if rest, ok := strings.CutPrefix(text, name); ok {
			return suggestion(true, rest)
		}
	}
	if withoutEnd(text) == "撤" {
		return suggestion(true, "")
	}
	end := strings.IndexFunc(text, func(r rune) bool { return !unicode.IsLetter(r) || isHan(r) })
	if end < 0 {
		end = len(text)
	}
	name, rest := strings.ToLower(text[:end]), text[end:]
	if verb, ok := strings.CutPrefix(name, nameEnglish); ok && known(verb) {
		return suggestion(false, verb+rest)
	}
	if nearName(name) {
		return suggestion(false, rest)
	}
	return "", false
}

// nearName reports whether a word is recall but for a slip of the finger. Another form of the verb is talk.
func nearName(word string) bool {
	if ending, ok := strings.CutPrefix(word, nameEnglish); ok && slices.Contains([]string{"ed", "s", "ing", "er", "able"}, ending) {
		return false
	}
	return strings.HasPrefix(word, nameEnglish[:1]) && (distance(word, nameEnglish, 1) <= 1 ||
		strings.HasPrefix(word, nameEnglish[:5]) && distance(word, nameEnglish, 2) <= 2)
}

// known reports whether a text begins with what may follow the name of the command.
func known(text string) bool {
	word, _ := nextWord(text)
	_, verb := verbOf(withoutEnd(word))
	return verb || isSwitch(word) || isNumber(word) || bot.IsBatch(bot.MessageID(word))
}

// suggestion is the command with its words, where they can follow it.
func suggestion(chinese bool, words string) (meant string, inChinese bool) {
	name := "/" + nameEnglish
	if chinese {
		name = "/" + nameChinese
	}
	words = strings.TrimLeftFunc(words, func(r rune) bool { return bot.IsSpace(r) || isEnd(r) || strings.ContainsRune("_/:@", r) })
	if !known(words) {
		return name, chinese
	}
	return name + " " + withoutEnd(strings.TrimSpace(words)), chinese
}
