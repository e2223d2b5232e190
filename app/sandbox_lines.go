package app

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"

	"recallbot/bot"
	"recallbot/sandbox"
	"recallbot/store"
)

// sandboxRate is how many calls a minute the sandbox's token may make.
const sandboxRate = 600

// newLines makes a token for the bot's HTTP API. The function that it returns gives the page shell commands with that
// token, for the people and groups of now.
func newLines(ctx context.Context, platform *sandbox.Feishu, running *App) (offer func(), err error) {
	_, bearer, err := store.NewTokens(running.store).Create(ctx, bot.Token{
		Team: "demo", Scopes: []bot.TokenScope{bot.ScopePost, bot.ScopeRecallOwn}, Rate: sandboxRate,
	})
	if err != nil {
		return nil, fmt.Errorf("sandbox: %w", err)
	}
	host := "http://" + running.Addr()
	l := lines{host: host, base: host + "/api/v1", bearer: bearer}
	return func() { platform.SetCommands(l.commands(platform.People(), botGroups(platform))) }, nil
}

// botGroups are the groups that the bot is in.
func botGroups(platform *sandbox.Feishu) []string {
	return slices.DeleteFunc(platform.Groups(), func(id string) bool {
		chat, _ := platform.Chat(id)
		return !slices.Contains(chat.Bots, platform.Bot().ID)
	})
}

// commands are none where there are no people, or fewer than the two groups that a broadcast needs.
func (l lines) commands(people, groups []string) []sandbox.Command {
	if len(people) == 0 || len(groups) < 2 { //nolint:mnd // see above
		return nil
	}
	return []sandbox.Command{
		{
			ZH: "群发到两个群，作者是第一个人", EN: "Post to two groups, for the first person",
			Text: l.post(map[string]any{
				"chats": groups[:2], "text": "2.0 发布了 2.0 is out", "group": "launch", "author": people[0], "undo": map[string]bool{"button": true},
			}),
		},
		{ZH: "看看发到了哪里", EN: "See where it went", Text: l.get("/posts?group=launch")},
		{
			ZH: "撤回会带走什么（只看不撤）", EN: "What a recall would take (nothing is recalled)",
			Text: l.call("POST", "/recalls", map[string]any{"group": "launch"}),
		},
		{
			ZH: "把整个群发收回来，看着进度", EN: "Take the whole broadcast back, and watch",
			Text: "place=$(curl -sS -o /dev/null -D - -X DELETE " + l.auth() + " \\\n  " + l.base + "/groups/launch |\n" +
				`  tr -d '\r' | sed -n 's/^[Ll]ocation: //p')` + "\n" +
				"curl -sSN " + l.auth() + ` "` + l.host + `$place/events"`,
		},
		{
			ZH: "半分钟后自己消失的消息", EN: "A post that goes by itself after half a minute",
			Text: l.post(map[string]any{"chats": groups[:1], "text": "我只待 30 秒 I stay for 30 s", "expire_in": "30s"}),
		},
	}
}

// lines writes calls of the API as shell commands.
type lines struct{ host, base, bearer string }

func (l lines) auth() string { return `-H "Authorization: Bearer ` + l.bearer + `"` }

func (l lines) get(path string) string {
	return "curl -sS " + l.auth() + " \\\n  '" + l.base + path + "'"
}

func (l lines) post(body map[string]any) string { return l.call("POST", "/posts", body) }

func (l lines) call(method, path string, body map[string]any) string {
	data, err := json.Marshal(body)
	if err != nil {
		panic(err) // maps of strings can always be encoded
	}
	return "curl -sS -X " + method + " " + l.auth() + " \\\n  -H 'Content-Type: application/json' \\\n  -d '" + string(data) + "' \\\n  " + l.base + path
}
