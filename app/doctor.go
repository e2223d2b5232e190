package app

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"strings"
	"time"

	"recallbot/bot"
	"recallbot/feishu"
	"recallbot/handlers"
	"recallbot/recall"
	"recallbot/store"
)

// doctor is the set-up's check as seen from a chat.
type doctor struct {
	client *feishu.Client
	roles  *recall.Roles
	self   bot.AppID
}

// Examine says what the bot may do in the chat, then what its set-up lacks.
func (d *doctor) Examine(ctx context.Context, chat bot.ChatID, lang handlers.Language) []string {
	lines := []string{d.rank(ctx, chat, lang)}
	for _, finding := range d.client.Diagnose(ctx) {
		lines = append(lines, line(finding, string(lang)))
	}
	return lines
}

func (d *doctor) rank(ctx context.Context, chat bot.ChatID, lang handlers.Language) string {
	says := map[bot.Rank][2]string{
		bot.RankUnknown: {"⚠️ 没能查到我在这里的身份，原因见下面各项；如果都正常，请稍后再试。", "⚠️ I could not learn my rank in this chat. The lines below may tell why; if they are all fine, try again in a while."},
		bot.RankNone:    {"✅ 我在这里是普通成员：可以撤回我自己发的消息。要撤回别的机器人的消息，请群主把我设为群管理员。", "✅ I am a plain member here: I can recall my own posts. For other bots' posts, ask the owner to make me an admin."},
		bot.RankMaybe:   {"✅ 这个群的群主是机器人，平台不说是哪一个；如果是我，别的机器人的消息也能撤回。", "✅ A bot owns this group and the platform does not say which; if it is me, other bots' posts can be recalled too."},
		bot.RankManager: {"✅ 我在这里是群管理员：自己的和别的机器人的消息都能撤回。", "✅ I am an admin here: I can recall my own and other bots' posts."},
	}
	alone := [2]string{"✅ 这是单聊：可以撤回我自己发的消息。", "✅ This is a private chat: I can recall my own posts."}
	is := says[bot.RankUnknown]
	if known, err := d.roles.Chat(ctx, chat, time.Minute); err == nil {
		is = says[known.Rank(d.self)]
		if known.P2P {
			is = alone
		}
	}
	if lang == handlers.English {
		return is[1]
	}
	return is[0]
}

func line(f feishu.Finding, lang string) string {
	sign := map[feishu.Level]string{feishu.LevelOK: "✅", feishu.LevelWarn: "⚠️", feishu.LevelBad: "❌"}[f.Level]
	short, _, _ := strings.Cut(lang, "-") // zh-CN is zh to the edge
	return sign + " " + f.Text(short)
}

// Doctor checks configuration, Redis, the platform's side and the clock, and writes what it found. It reports false
// when a line is red.
func Doctor(ctx context.Context, config Config, out io.Writer) bool {
	lang := config.Chat.Language
	say := func(ok bool, zh, en string) bool {
		sign, text := "✅", zh
		if !ok {
			sign = "❌"
		}
		if handlers.Language(lang) == handlers.English {
			text = en
		}
		fmt.Fprintln(out, sign, text)
		return ok
	}
	if err := config.Validate(); err != nil {
		return say(false, "配置有错：\n"+indent(err), "The configuration is wrong:\n"+indent(err))
	}
	say(true, "配置正确。", "The configuration is right.")
	log := slog.New(slog.DiscardHandler)
	opened, err := store.Open(ctx, config.Redis, config.Store, log)
	if err != nil {
		return say(false, "Redis 没有应答："+err.Error(), "Redis does not answer: "+err.Error())
	}
	defer opened.Close() //nolint:errcheck // nothing was written
	fine := checkRedis(opened, say)
	for _, finding := range feishu.NewClient(config.Feishu, store.NewLimiter(opened), log).Diagnose(ctx) {
		fmt.Fprintln(out, line(finding, lang))
		fine = fine && finding.Level != feishu.LevelBad
	}
	return fine
}

func checkRedis(s *store.Store, say func(bool, string, string) bool) bool {
	if s.Embedded() {
		return say(true, "没有设置 redis.url：数据只在内存里，进程结束就没了（只适合试用）。", "No redis.url: everything is kept in memory and lost with the process (for trying out only).")
	}
	return say(true, "Redis 正常。", "Redis answers.")
}

func indent(err error) string {
	return "   " + strings.ReplaceAll(err.Error(), "\n", "\n   ")
}
