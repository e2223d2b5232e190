package sandbox

import (
	"fmt"
	"time"
)

// Demo creates a demo company: a post to recall, a group with another bot's posts, a topic group and a p2p chat.
func (f *Feishu) Demo() error {
	users := demoUsers{
		owner: f.AddUser("林悦 Lin Yue").OpenID, manager: f.AddUser("陈晨 Chen Chen").OpenID,
		member: f.AddUser("王小明 Wang Xiaoming").OpenID, guest: f.AddUser("赵一 Zhao Yi").OpenID,
		report: f.AddApp("Daily Report").ID, deploy: f.AddApp("Deploy Bot").ID, now: f.now(),
	}
	f.Grant("im:message.group_msg.include_bot:read")
	for _, scene := range []func(demoUsers) error{f.demoLaunch, f.demoSquare, f.demoTopics, f.demoDirect} {
		if err := scene(users); err != nil {
			return fmt.Errorf("demo: %w", err)
		}
	}
	return nil
}

// Stage creates a few people, another bot, and three empty chats with our bot, for trying out another bot.
func (f *Feishu) Stage() error {
	owner, manager, member := f.AddUser("林悦 Lin Yue").OpenID, f.AddUser("陈晨 Chen Chen").OpenID, f.AddUser("王小明 Wang Xiaoming").OpenID
	other := f.AddApp("Daily Report").ID
	for _, spec := range []ChatSpec{
		{Name: "测试群 Test group", Owner: owner, Managers: []string{manager}, Members: []string{member, other}},
		{Name: "话题群 Topics", Mode: Topic, Owner: manager, Members: []string{owner, member}},
		{Mode: P2P, Owner: owner},
	} {
		if _, err := f.AddChat(spec); err != nil {
			return fmt.Errorf("stage: %w", err)
		}
	}
	return nil
}

type demoUsers struct {
	owner, manager, member, guest, report, deploy string
	now                                           time.Time
}

func (d demoUsers) ago(minutes int) time.Time {
	return d.now.Add(-time.Duration(minutes) * time.Minute)
}

// demoLine is one message: from a bot if app is set or person is empty, else from a person.
type demoLine struct {
	person, app, text string
	card              bool
	ago               int // minutes
}

func (f *Feishu) demoScene(d demoUsers, chat string, lines []demoLine) error {
	for _, l := range lines {
		var err error
		switch {
		case l.person != "":
			_, err = f.Say(SaySpec{Chat: chat, From: l.person, Text: l.text, At: d.ago(l.ago)})
		case l.card:
			_, err = f.Post(PostSpec{Chat: chat, App: l.app, Type: "interactive", Content: plainCard(l.text), At: d.ago(l.ago)})
		default:
			_, err = f.Post(PostSpec{Chat: chat, App: l.app, Text: l.text, At: d.ago(l.ago)})
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// demoLaunch is a group where our bot is a plain member and has a wrong post.
func (f *Feishu) demoLaunch(d demoUsers) error {
	chat, err := f.AddChat(ChatSpec{
		Name: "产品发布 Launch", Owner: d.owner, Managers: []string{d.manager},
		Members: []string{d.member, d.guest, d.report},
	})
	if err != nil {
		return err
	}
	return f.demoScene(d, chat, []demoLine{
		{person: d.owner, text: "大家好，2.0 今天下午三点发布。Launch of 2.0 is at 3 pm today.", ago: 95},
		{text: "构建 #1841 通过，已部署到预发环境。Build #1841 passed and is on staging.", ago: 80},
		{app: d.report, text: "日报：12 个任务完成，1 个延期。Daily report: 12 done, 1 late.", ago: 60},
		{person: d.member, text: "预发看起来没问题 👍 Staging looks good.", ago: 42},
		{text: "发布检查清单 Launch checklist\n- 文档 docs ✅\n- 公告 announcement ✅\n- 回滚方案 rollback plan ⏳", card: true, ago: 30},
		{text: "[TEST] 亲爱的 {{customer_name}}，您的订单 undefined 已退款 ¥NaN。Dear {{customer_name}}, your order undefined was refunded.", ago: 4},
		{person: d.manager, text: "呃……机器人刚才发的那条是什么？Uh… what did the bot just post?", ago: 3},
		{person: d.owner, text: "回复那条消息 /recall，或者点 ❌ 就行。Just reply /recall to it, or react with ❌.", ago: 2},
	})
}

// demoSquare is a group where our bot is a manager, so it can recall other bots' posts.
func (f *Feishu) demoSquare(d demoUsers) error {
	chat, err := f.AddChat(ChatSpec{
		Name: "机器人广场 Bot Square", Owner: d.owner, BotManagers: []string{f.world.app.ID},
		Members: []string{d.manager, d.member, d.report, d.deploy},
	})
	if err != nil {
		return err
	}
	return f.demoScene(d, chat, []demoLine{
		{person: d.member, text: "日报机器人好像卡住了。The report bot seems to be stuck.", ago: 26},
		{app: d.report, text: "日报：0 个任务完成。Daily report: 0 done.", ago: 25},
		{app: d.report, text: "日报：0 个任务完成。Daily report: 0 done.", ago: 24},
		{app: d.report, text: "日报：0 个任务完成。Daily report: 0 done.", ago: 23},
		{text: "磁盘使用率 91%。Disk usage 91%.", ago: 12},
		{app: d.report, text: "日报：0 个任务完成。Daily report: 0 done.", ago: 11},
	})
}

// demoTopics is a topic group: every message is a topic with replies.
func (f *Feishu) demoTopics(d demoUsers) error {
	chat, err := f.AddChat(ChatSpec{
		Name: "问题反馈 Issues", Mode: Topic, Owner: d.manager, Members: []string{d.owner, d.member},
	})
	if err != nil {
		return err
	}
	root, err := f.Say(SaySpec{
		Chat: chat, From: d.member, Text: "登录页在手机上错位。The login page is broken on phones.", At: d.ago(50),
	})
	if err != nil {
		return err
	}
	for i, text := range []string{"已建工单 #77。Filed as #77.", "已建工单 #77。Filed as #77."} {
		if _, err := f.Post(PostSpec{Chat: chat, Text: text, ReplyTo: root, At: d.ago(49 - i)}); err != nil {
			return err
		}
	}
	_, err = f.Say(SaySpec{Chat: chat, From: d.owner, Text: "机器人说了两遍。It said so twice.", ReplyTo: root, At: d.ago(40)})
	return err
}

// demoDirect is the p2p chat of the owner with our bot.
func (f *Feishu) demoDirect(d demoUsers) error {
	chat, err := f.AddChat(ChatSpec{Mode: P2P, Owner: d.owner})
	if err != nil {
		return err
	}
	return f.demoScene(d, chat, []demoLine{
		{text: "你好，我会帮你撤回机器人发的消息。发送 /recall help 看看。Hi, I take back what bots post. Say /recall help.", ago: 120},
	})
}
