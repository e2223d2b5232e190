package command_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"recallbot/bot"
	"recallbot/bot/command"
)

func guess(meant string) bot.Command { return bot.Command{Verb: bot.VerbGuess, Meant: meant} }

func suggests(meant string) bot.Command { return bot.Command{Verb: bot.VerbHelp, Meant: meant} }

// TestNearMisses: in a group, without a mention.
func TestNearMisses(t *testing.T) {
	t.Parallel()

	for _, row := range []struct {
		text string
		want bot.Command
	}{
		{"/recal", guess("/recall")},
		{"/Recal", guess("/recall")},
		{"／recal", guess("/recall")},
		{"、recal", guess("/recall")},
		{`\recall`, guess("/recall")},
		{"/reccall 5", guess("/recall 5")},
		{"/rcall help", guess("/recall help")},
		{"/recalll", guess("/recall")},
		{"/recall5", guess("/recall 5")},
		{"/recall５", guess("/recall 5")},
		{"/recall--last 5", guess("/recall --last 5")},
		{"/recallclean --dup", guess("/recall clean --dup")},
		{"/recall_log", guess("/recall log")},
		{"/recall/log 5", guess("/recall log 5")},
		{"/recall@bot", guess("/recall")},
		{"/recall, please", guess("/recall")},
		{"/recal thanks a lot", guess("/recall")},
		{"@_user_3 /recal", guess("/recall")},
		{"@_all/recal", guess("/recall")},
		{"recall", guess("/recall")},
		{"Recall!", guess("/recall")},
		{"/撤回5", inChinese(guess("/撤回 5"))},
		{"/撤回5条", inChinese(guess("/撤回 5条"))},
		{"/撤回清理 --重复", inChinese(guess("/撤回 清理 --重复"))},
		{"/撤回了", inChinese(guess("/撤回"))},
		{"／撤回消息", inChinese(guess("/撤回"))},
		{"/撤回，谢谢", inChinese(guess("/撤回"))},
		{"/撤", inChinese(guess("/撤回"))},
		{"/撤销", inChinese(guess("/撤回"))},
		{"/撤消 3", inChinese(guess("/撤回 3"))},
		{"撤回", inChinese(guess("/撤回"))},
		{"撤回。", inChinese(guess("/撤回"))},
		{"\u200b撤回\u00a0", inChinese(guess("/撤回"))},
	} {
		if _, ok := command.Parse(row.text, false, people()...); ok {
			t.Errorf("%+q is a command", row.text)
		}
		if got, ok := command.Guess(row.text, false, false, people()[1:]...); !ok || !cmp.Equal(row.want, got) {
			t.Errorf("Guess(%+q) = %+v, %t; want %+v", row.text, got, ok, row.want)
		}
	}
}

// TestTalkIsNoNearMiss: the bot is silent about talk that merely contains the word.
func TestTalkIsNoNearMiss(t *testing.T) {
	t.Parallel()

	for _, text := range []string{
		"", "hello", "请撤回", "撤回吧", "撤回 5", "撤回一下上面的消息", "recall it", "please recall", "I recall that", "use /recall to take it back",
		"/recap", "/regal", "/recalled", "/recalls", "/rec", "/call", "/help", "/clean", "/r", "/", "//recall", "http://example.com/recall", "/re call", "撤",
		"> /recal", "“/recal”", "5", "@_user_3 recall it", "@_user_2 /recal", "@_user_2 撤回",
	} {
		other := bot.Mentioned{Key: "@_user_2", ID: "ou_news", Name: "News", Bot: true}
		mentions := people()[1:]
		if strings.Contains(text, other.Key) {
			mentions = append(mentions, other)
		}
		if got, ok := command.Guess(text, false, false, mentions...); ok {
			t.Errorf("Guess(%+q) = %+v", text, got)
		}
	}
}

// TestMentionedBotAnswers: a mention of ours is always answered.
func TestMentionedBotAnswers(t *testing.T) {
	t.Parallel()

	for _, row := range []struct {
		text  string
		reply bool
		want  bot.Command
	}{
		{"@_user_1", false, suggests("")},
		{"@_user_1 hello", false, suggests("")},
		{"thank you @_user_1!", false, suggests("")},
		{"@_user_1 stop posting that", false, suggests("")},
		{"@_user_1 help", false, bot.Command{Verb: bot.VerbHelp}},
		{"@_user_1, help!", false, bot.Command{Verb: bot.VerbHelp}},
		{"@_user_1 帮助", false, inChinese(bot.Command{Verb: bot.VerbHelp})},
		{"@_user_1 clean", false, clean()},
		{"clean @_user_1", false, clean()},
		{"@_user_1 清理", false, inChinese(clean())},
		{"@_user_1 log", false, bot.Command{Verb: bot.VerbLog}},
		{"@_user_1 撤回", false, inChinese(bot.Command{})},
		{"@_user_1 recall", false, bot.Command{}},
		{"@_user_1 clean --last 5", false, suggests("/recall clean --last 5")},
		{"@_user_1 清理 --重复", false, inChinese(suggests("/撤回 清理 --重复"))},
		{"@_user_1 /clean --dup", false, suggests("/recall clean --dup")},
		{"@_user_1 /recal 5", false, suggests("/recall 5")},
		{"@_user_1 undo that, please", false, suggests("")},
		{"@_user_1 @_user_2 撤回 5", false, suggests("")},
	} {
		if got, ok := command.Guess(row.text, false, row.reply, people()...); !ok || !cmp.Equal(row.want, got) {
			t.Errorf("Guess(%+q) = %+v, %t; want %+v", row.text, got, ok, row.want)
		}
	}
}

// TestTwoPersonChatAnswers: all that is said there is said to the bot.
func TestTwoPersonChatAnswers(t *testing.T) {
	t.Parallel()

	for _, row := range []struct {
		text string
		want bot.Command
	}{
		{"", suggests("")},
		{"hi", suggests("")},
		{"help", suggests("")},
		{"/help", suggests("")},
		{"recall", suggests("/recall")},
		{"撤回", inChinese(suggests("/撤回"))},
		{"/recal", suggests("/recall")},
		{"/撤回5", inChinese(suggests("/撤回 5"))},
		{"clean --last 5", suggests("/recall clean --last 5")},
		{"how do I clean up?", suggests("")},
	} {
		if got, ok := command.Guess(row.text, true, false); !ok || !cmp.Equal(row.want, got) {
			t.Errorf("Guess(%+q) = %+v, %t; want %+v", row.text, got, ok, row.want)
		}
	}
}
