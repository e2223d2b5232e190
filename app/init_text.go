package app

import (
	"fmt"
	"io"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/mdp/qrterminal/v3"

	"recallbot/feishu"
	"recallbot/handlers"
)

// initText is what `recallbot init` says in one language.
type initText struct {
	minute, minutes string
	// scan and visit take the time and the address, room the columns and rows that the code needs, made the app and the
	// file.
	scan, visit, room, made string
	next                    string
	steps                   []initStep
}

// initStep is a line of the checklist: what to do, and below it what is concerned and where.
type initStep struct {
	text string
	// names are scopes, events or callbacks, page the part of the console's address after the app, shell lines for a shell.
	names func(feishu.Requirements) []string
	page  func(feishu.Requirements) string
	shell func(InitOrder) []string
}

func initWords(lang handlers.Language) initText {
	if lang == handlers.English {
		return initEnglish()
	}
	return initChinese()
}

func scopes(a feishu.Requirements) []string    { return a.Scopes }
func optional(a feishu.Requirements) []string  { return a.Optional }
func events(a feishu.Requirements) []string    { return a.Events }
func callbacks(a feishu.Requirements) []string { return a.Callbacks }

// authPage opens the console with the scopes ticked, as the platform's own error texts link to it.
func authPage(names func(feishu.Requirements) []string) func(feishu.Requirements) string {
	return func(a feishu.Requirements) string {
		return "/auth?q=" + strings.Join(names(a), ",") + "&op_from=openapi&token_type=tenant"
	}
}

func page(path string) func(feishu.Requirements) string {
	return func(feishu.Requirements) string { return path }
}

func initEnglish() initText {
	return initText{
		minute: "a minute", minutes: "%d minutes",
		scan:  "\nScan this with Feishu or Lark within %s, or open\n%s\n",
		visit: "\nOpen this with Feishu or Lark within %s:\n%s\n",
		room:  "In a window of %d columns and %d rows a code to scan stands here too.\n",
		made:  "\nThe app %s is made; its credentials are in %s, which only you can read.\n",
		next:  "\nWhat is left to do:\n",
		steps: []initStep{
			{"Check that the app has the feature Bot.", nil, page("/bot"), nil},
			{"Check that these scopes are there, as application permissions:", scopes, authPage(scopes), nil},
			{"If you want: to hear all messages in groups (sensitive, an admin agrees), and to let doctor check the subscriptions:", optional, authPage(optional), nil},
			{"Start the bot (the console takes \"long connection\" only while it runs):", nil, nil, start},
			{"Give it a Redis, redis.url or RECALLBOT_REDIS_URL=redis://HOST:6379/0: without one it keeps everything in memory, until it ends. docker-compose.yml brings one; in its directory:", nil, nil, compose},
			{"Events: choose \"Receive events through persistent connection\" and see that these are there:", events, page("/event"), nil},
			{"Callbacks, on the same page: choose the persistent connection too, and see that this is there:", callbacks, page("/event"), nil},
			{"Create a version and publish it; scopes and events hold from then on. Your admin may have to approve it.", nil, page("/version"), nil},
			{"Add the bot to a group. Where it is to recall other bots' posts, the group's owner makes it an admin:\n    group settings > Group admins.", nil, nil, nil},
			{"See whether all is well: recallbot doctor, and /recall doctor in the group.", nil, nil, nil},
		},
	}
}

func initChinese() initText {
	return initText{
		minute: " 1 分钟", minutes: " %d 分钟",
		scan:  "\n请在%s内用飞书或 Lark 扫码，或打开\n%s\n",
		visit: "\n请在%s内用飞书或 Lark 打开\n%s\n",
		room:  "把窗口放大到 %d 列、%d 行，这里还会显示可以扫的二维码。\n",
		made:  "\n应用 %s 已创建；凭证写在 %s 里，只有你能读。\n",
		next:  "\n接下来：\n",
		steps: []initStep{
			{"确认应用已添加“机器人”能力。", nil, page("/bot"), nil},
			{"确认这些权限已开通（应用身份）：", scopes, authPage(scopes), nil},
			{"可选：接收群里的全部消息（敏感权限，需管理员同意），以及让 doctor 核对订阅：", optional, authPage(optional), nil},
			{"启动机器人（只有它在运行时，后台才能保存“长连接”）：", nil, nil, start},
			{"给它一个 Redis：redis.url 或 RECALLBOT_REDIS_URL=redis://HOST:6379/0；没有的话，数据只在内存里，进程结束就没了。docker-compose.yml 自带一个，在它所在的目录里运行：", nil, nil, compose},
			{"事件配置：选择“使用长连接接收事件”，确认已添加：", events, page("/event"), nil},
			{"回调配置（同一页）：也选择长连接，确认已添加：", callbacks, page("/event"), nil},
			{"创建版本并发布，权限和事件从此生效；可能需要管理员审核。", nil, page("/version"), nil},
			{"把机器人拉进群。要撤回别的机器人的消息，请群主把它设为群管理员：\n    群设置 > 群管理员。", nil, nil, nil},
			{"检查是否一切正常：recallbot doctor，以及在群里发 /recall doctor。", nil, nil, nil},
		},
	}
}

// checklist prints what is left to do, with the pages of the console that belong to it.
func (t initText) checklist(out io.Writer, order InitOrder, made feishu.Registered) {
	asked := feishu.Required()
	fmt.Fprint(out, t.next)
	for i, step := range t.steps {
		fmt.Fprintf(out, "\n [ ] %d. %s\n", i+1, step.text)
		if step.shell != nil {
			fmt.Fprintf(out, "    %s\n", strings.Join(step.shell(order), "\n    "))
		}
		if step.names != nil {
			fmt.Fprintf(out, "    %s\n", strings.Join(step.names(asked), "\n    "))
		}
		if step.page != nil {
			fmt.Fprintf(out, "    %s/app/%s%s\n", made.BaseURL, made.AppID, step.page(asked))
		}
	}
}

// ask shows the address that a person is to open, as a code where the terminal has room for it.
func (t initText) ask(out io.Writer, order InitOrder, address string, within time.Duration) {
	const textRows = 6 // what stands below the code, and the prompt
	var code strings.Builder
	qrterminal.GenerateHalfBlock(address, qrterminal.L, &code)
	lines := strings.Split(strings.TrimSuffix(code.String(), "\n"), "\n")
	columns, rows := utf8.RuneCountInString(lines[0]), len(lines)+textRows
	if order.Columns == 0 || (order.Columns >= columns && order.Rows >= rows) {
		fmt.Fprintf(out, "%s"+t.scan, code.String(), t.lasts(within), address)
		return
	}
	fmt.Fprintf(out, t.visit+t.room, t.lasts(within), address, columns, rows)
}

// lasts is a time in whole minutes, one at least.
func (t initText) lasts(d time.Duration) string {
	if n := int(d / time.Minute); n > 1 {
		return fmt.Sprintf(t.minutes, n)
	}
	return t.minute
}

// start is the command that runs the bot with the new credentials.
func start(o InitOrder) []string {
	if o.isYAML() {
		return []string{"recallbot --config " + o.Path + " serve"}
	}
	return []string{"set -a; . " + o.Path + "; set +a; recallbot serve"}
}

// compose are the commands by which docker-compose.yml runs the bot: it takes the secret from a file, and so the key of
// events, which the long connection needs none of.
func compose(o InitOrder) []string {
	if o.isYAML() {
		return []string{"recallbot init --out .env    # it takes environment variables"}
	}
	return []string{
		"mkdir -p secrets",
		"sed -n 's/^RECALLBOT_FEISHU_APP_SECRET=//p' " + o.Path + " | tr -d '\\n' > secrets/feishu_app_secret",
		": > secrets/feishu_encrypt_key",
		"sed '/^RECALLBOT_FEISHU_APP_SECRET=/d' " + o.Path + " > .env.new && mv .env.new .env",
		"chmod 700 secrets && chmod 444 secrets/*",
		"docker compose up -d --build",
	}
}
