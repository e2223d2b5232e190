package scenarios_test

import (
	"strconv"
	"strings"
	"testing"

	"recallbot/bot"
	"recallbot/sandbox"
)

// codeCase is a code of the platform with the text for people and the audit's result and reason.
type codeCase struct {
	code   int
	zh, en string
	result bot.Result
	reason bot.Reason
}

// codeCases are all codes of "recall a message", and the general ones after which a recall is not retried.
func codeCases() []codeCase {
	return []codeCase{
		{230001, "平台没有接受这个请求", "did not accept the request", bot.Failed, bot.ReasonBadRequest},
		{230002, "请先把我加进群", "I am not in that group", bot.Failed, bot.ReasonNotInChat},
		{230006, "没有启用机器人能力", "bot feature is off", bot.Failed, bot.ReasonNoBot},
		{230009, "超过企业规定的撤回时限", "allows recalls only for a limited time", bot.Failed, bot.ReasonTooOld},
		{230013, "可用范围", "the app is not available to them", bot.Failed, bot.ReasonUserUnavailable},
		{230026, "平台不允许我撤回这条消息", "does not let me recall this message", bot.Failed, bot.ReasonNotAllowed},
		{230027, "没有开启对外共享", "may not work in groups with people from outside", bot.Failed, bot.ReasonScope},
		{230050, "我看不到这条消息", "I can't see this message", bot.Failed, bot.ReasonInvisible},
		{230054, "系统消息、红包等类型的消息", "System messages, red packets", bot.Failed, bot.ReasonType},
		{232009, "这个群已经解散", "This group was dissolved", bot.Failed, bot.ReasonDissolved},

		{99991672, "im:message:recall", "add the scope im:message:recall", bot.Failed, bot.ReasonAppScope},
		{99991401, "IP 不在应用的白名单里", "not on the app's allow-list", bot.Failed, bot.ReasonAddress},
		{99991403, "额度已用完", "this month's API calls", bot.Failed, bot.ReasonQuota},
		{99991662, "企业没有启用", "switched off in this organisation", bot.Failed, bot.ReasonAppOff},
		{987654, "括号里的代码", "code and log id in brackets", bot.Failed, bot.ReasonOther},

		// The message is gone already: that is success, without an answer.
		{230110, "", "", bot.AlreadyGone, ""},
		{99992354, "", "", bot.AlreadyGone, ""},
	}
}

// TestEveryCodeHasATextSlow lets the platform answer a recall with each code. The person must get the text in the bot's
// language, with the code and the log id.
func TestEveryCodeHasATextSlow(t *testing.T) {
	t.Parallel()
	for _, language := range []string{"zh-CN", "en"} {
		t.Run(language, func(t *testing.T) {
			t.Parallel()
			w := newEnv(t, envOptions{redis: true, env: []string{"RECALLBOT_CHAT_LANGUAGE=" + language}})
			owner := w.AddUser("Olga").OpenID
			w.start(1)
			for _, a := range codeCases() {
				w.checkCode(t, owner, a, language)
			}
			w.close()
		})
	}
}

// checkCode tests one code in a new group.
func (w *env) checkCode(t *testing.T, owner string, a codeCase, language string) {
	t.Helper()
	chat, err := w.AddChat(sandbox.ChatSpec{Name: "Launch", Owner: owner})
	if err != nil {
		t.Fatal(err)
	}
	post, err := w.Post(sandbox.PostSpec{Chat: chat, Text: "the numbers of the wrong quarter"})
	if err != nil {
		t.Fatal(err)
	}
	defer w.Fault(sandbox.FaultSpec{API: apis["delete"], Target: post, Code: a.code})()
	command, err := w.Say(sandbox.SaySpec{Chat: chat, From: owner, Text: "/recall", ReplyTo: post})
	if err != nil {
		t.Fatal(err)
	}
	w.waitIdle()
	records := w.records(post)
	if len(records) != 1 || records[0].Result != a.result || records[0].Reason != a.reason {
		t.Fatalf("code %d: the audit says %+v, want %s %s", a.code, records, a.result, a.reason)
	}
	want := a.en
	if language == "zh-CN" {
		want = a.zh
	}
	var told []string
	for _, m := range w.Messages(chat) {
		if m.Ephemeral == owner {
			told = append(told, messageText(m))
		}
	}
	if want == "" {
		m, _ := w.Message(command)
		if len(told) != 0 || len(m.Reactions) != 1 {
			t.Errorf("code %d: told %q, signs %v, want the sign of success alone", a.code, told, m.Reactions)
		}
		return
	}
	reference := strconv.Itoa(a.code)
	if len(told) != 1 || !strings.Contains(told[0], want) || !strings.Contains(told[0], reference) ||
		!strings.Contains(told[0], records[0].LogID) || records[0].LogID == "" || records[0].Code != a.code {
		t.Errorf("code %d: told %q, want %q, the code and the log id %q", a.code, told, want, records[0].LogID)
	}
}
