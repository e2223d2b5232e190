package text_test

import (
	"errors"
	"os"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"recallbot/bot"
	"recallbot/bot/command"
	"recallbot/handlers/text"
)

// TestCodesOfSendingHaveSentences: each code of the platform's for sending is in the tables of docs/troubleshooting.md, and has
// words of its own in both languages.
func TestCodesOfSendingHaveSentences(t *testing.T) {
	t.Parallel()
	source, err := os.ReadFile("../../feishu/codes.go")
	if err != nil {
		t.Fatal(err)
	}
	tables := map[string][]string{}
	for _, name := range []string{"troubleshooting.md", "troubleshooting.zh-CN.md"} {
		doc, err := os.ReadFile("../../docs/" + name)
		if err != nil {
			t.Fatal(err)
		}
		tables[name] = regexp.MustCompile(`(?m)^\| [^|]*`).FindAllString(string(doc), -1)
	}
	_, section, found := strings.Cut(string(source), "// Sending and replying.")
	section, _, _ = strings.Cut(section, "\n\n")
	codes := regexp.MustCompile(`(?m)^\s+(\d+):`).FindAllStringSubmatch(section, -1)
	if !found || len(codes) < 15 {
		t.Fatalf("codes.go names only %v", codes)
	}
	for _, code := range codes {
		n, _ := strconv.Atoi(code[1])
		if n == 230031 { // of edits
			continue
		}
		if !slices.Contains(saidCodes(t), n) {
			t.Errorf("nothing is said of the code %d", n)
		}
	}
	for _, n := range saidCodes(t) {
		for name, rows := range tables {
			if !slices.ContainsFunc(rows, func(row string) bool { return strings.Contains(row, strconv.Itoa(n)) }) {
				t.Errorf("the table of %s has no row for the code %d", name, n)
			}
		}
		zh, en := text.Chinese.Failed(bot.ReasonOther, n), text.English.Failed(bot.ReasonOther, n)
		if !regexp.MustCompile(`\p{Han}`).MatchString(zh) || regexp.MustCompile(`\p{Han}`).MatchString(en) || en == "" {
			t.Errorf("%d is said as %q and %q", n, zh, en)
		}
	}
}

// saidCodes are the platform's codes that have texts.
func saidCodes(t *testing.T) (codes []int) {
	t.Helper()
	keys, _ := file(t, "zh.yaml")
	for _, key := range keys {
		if code, ok := strings.CutPrefix(key, "codes."); ok {
			n, _ := strconv.Atoi(code)
			codes = append(codes, n)
		}
	}
	return codes
}

func TestFaultsAreExplained(t *testing.T) {
	t.Parallel()
	en := text.English
	for args, want := range map[string]string{
		"--bto me":    "I don't know the condition “--bto”. Nothing was recalled. Did you mean --bot?",
		"--since now": "I can't read “now” as a time.",
		"--bot":       "“--bot” needs a value. Nothing was recalled.",
		"":            "Say which messages to recall. Nothing was recalled.",
	} {
		_, err := command.ParseFilter(command.FilterInput{Verb: bot.VerbClean, Args: commandSpec(t, args).Args, Zone: time.UTC, Said: time.Now()})
		fault, ok := errors.AsType[*bot.FilterError](err)
		if !ok {
			t.Errorf("%q: %v", args, err)
			continue
		}
		if got := en.Filter(fault); !strings.HasPrefix(got, want) || strings.Contains(got, "%!") {
			t.Errorf("%q is explained by %q, want %q", args, got, want)
		}
	}
	if got := en.Failed(bot.ReasonBadRequest, 230034); !strings.HasPrefix(got, "This chat or person does not exist") {
		t.Errorf("230034: %q", got)
	}
	if said, ok := en.Setting(errors.New("another")); ok {
		t.Errorf("another error is explained as %q", said)
	}
	if got := en.Failed(bot.ReasonQuota, 99991403); !strings.Contains(got, "API calls") || en.Failed("", 0) != "" {
		t.Errorf("a quota: %q", got)
	}
}

func commandSpec(t *testing.T, args string) bot.Command {
	t.Helper()
	cmd, ok := command.Parse("/recall clean "+args, false)
	if !ok {
		t.Fatalf("%q is no command", args)
	}
	return cmd
}
