package app

import (
	"context"
	"encoding/json"
	"fmt"

	"recallbot/bot"
	"recallbot/sandbox"
	"recallbot/store"
)

// sandboxRate is how many calls a minute the sandbox's token may make.
const sandboxRate = 600

// offerLines gives the sandbox's page shell commands that call the bot's HTTP API, with a new token.
func offerLines(ctx context.Context, platform *sandbox.Feishu, running *App) error {
	_, bearer, err := store.NewTokens(running.store).Create(ctx, bot.Token{
		Team: "demo", Scopes: []bot.TokenScope{bot.ScopePost, bot.ScopeRecallOwn}, Rate: sandboxRate,
	})
	if err != nil {
		return fmt.Errorf("sandbox: %w", err)
	}
	people, groups := platform.People(), platform.Groups()
	if len(people) == 0 || len(groups) < 2 { //nolint:mnd // a broadcast needs two
		return nil
	}
	host := "http://" + running.Addr()
	l := lines{host: host, base: host + "/api/v1", bearer: bearer}
	platform.SetCommands([]sandbox.Command{
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
	})
	return nil
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
