package app

import (
	"fmt"
	"io"
	"strings"

	"recallbot/feishu"
	"recallbot/handlers"
)

// initText is what `recallbot init` says in one language.
type initText struct {
	// scan takes the time and the address, made the app and the file.
	scan, made string
	next       string
	steps      []initStep
}

// initStep is a line of the checklist: what to do, and below it what is concerned and where.
type initStep struct {
	text string
	// names are scopes, events or callbacks, page the part of the console's address after the app.
	names func(feishu.Asked) []string
	page  func(feishu.Asked) string
}

func initWords(lang handlers.Language) initText {
	if lang == handlers.English {
		return initEnglish()
	}
	return initChinese()
}

func scopes(a feishu.Asked) []string    { return a.Scopes }
func optional(a feishu.Asked) []string  { return a.Optional }
func events(a feishu.Asked) []string    { return a.Events }
func callbacks(a feishu.Asked) []string { return a.Callbacks }

// authPage opens the console with the scopes ticked, as the platform's own error texts link to it.
func authPage(names func(feishu.Asked) []string) func(feishu.Asked) string {
	return func(a feishu.Asked) string {
		return "/auth?q=" + strings.Join(names(a), ",") + "&op_from=openapi&token_type=tenant"
	}
}

func page(path string) func(feishu.Asked) string { return func(feishu.Asked) string { return path } }

func initEnglish() initText {
	return initText{
		scan: "\nScan this with Feishu or Lark within %s, or open\n%s\n",
		made: "\nThe app %s is made; its credentials are in %s, which only you can read.\n",
		next: "\nWhat is left to do:\n",
		steps: []initStep{
			{"Check that the app has the feature Bot.", nil, page("/bot")},
			{"Check that these scopes are there, as application permissions:", scopes, authPage(scopes)},
			{"If you want: to hear all messages in groups (sensitive, an admin agrees), and to let doctor check the subscriptions:", optional, authPage(optional)},
			{"Start the bot (the console takes \"long connection\" only while it runs):\n%s", nil, nil},
			{"Events: choose \"Receive events through persistent connection\" and see that these are there:", events, page("/event")},
			{"Callbacks, on the same page: choose the persistent connection too, and see that this is there:", callbacks, page("/event")},
			{"Create a version and publish it; scopes and events hold from then on. Your admin may have to approve it.", nil, page("/version")},
			{"Add the bot to a group. Where it is to recall other bots' posts, the group's owner makes it an admin:\n    group settings > Group admins.", nil, nil},
			{"See whether all is well: recallbot doctor, and /recall doctor in the group.", nil, nil},
		},
	}
}

func initChinese() initText {
	return initText{
		scan: "\n请在 %s 内用飞书或 Lark 扫码，或打开\n%s\n",
		made: "\n应用 %s 已创建；凭证写在 %s 里，只有你能读。\n",
		next: "\n接下来：\n",
		steps: []initStep{
			{"确认应用已添加“机器人”能力。", nil, page("/bot")},
			{"确认这些权限已开通（应用身份）：", scopes, authPage(scopes)},
			{"可选：接收群里的全部消息（敏感权限，需管理员同意），以及让 doctor 核对订阅：", optional, authPage(optional)},
			{"启动机器人（只有它在运行时，后台才能保存“长连接”）：\n%s", nil, nil},
			{"事件配置：选择“使用长连接接收事件”，确认已添加：", events, page("/event")},
			{"回调配置（同一页）：也选择长连接，确认已添加：", callbacks, page("/event")},
			{"创建版本并发布，权限和事件从此生效；可能需要管理员审核。", nil, page("/version")},
			{"把机器人拉进群。要撤回别的机器人的消息，请群主把它设为群管理员：\n    群设置 > 群管理员。", nil, nil},
			{"检查是否一切正常：recallbot doctor，以及在群里发 /recall doctor。", nil, nil},
		},
	}
}

// checklist prints what is left to do, with the pages of the console that belong to it.
func (t initText) checklist(out io.Writer, order InitOrder, made feishu.Registered) {
	asked := feishu.Asks()
	fmt.Fprint(out, t.next)
	for i, step := range t.steps {
		text := step.text
		if strings.Contains(text, "%s") {
			text = fmt.Sprintf(text, "    "+order.start())
		}
		fmt.Fprintf(out, "\n [ ] %d. %s\n", i+1, text)
		if step.names != nil {
			fmt.Fprintf(out, "    %s\n", strings.Join(step.names(asked), "\n    "))
		}
		if step.page != nil {
			fmt.Fprintf(out, "    %s/app/%s%s\n", made.BaseURL, made.AppID, step.page(asked))
		}
	}
}

// start is the command that runs the bot with the new credentials.
func (o InitOrder) start() string {
	if o.isYAML() {
		return "recallbot --config " + o.Path + " serve"
	}
	return "set -a; . " + o.Path + "; set +a; recallbot serve"
}
