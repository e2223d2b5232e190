package cli

import (
	"log/slog"
	"net/url"
	"os"
	"strings"

	"recallbot/app"
	"recallbot/bot"
	"recallbot/feishu"
	"recallbot/sandbox"
)

type sandboxCmd struct {
	Listen     string   `help:"Address of the local Feishu and its chat page." default:"127.0.0.1:8090"`
	Host       []string `help:"A name, besides localhost, by which the page and the control API may be called." placeholder:"NAME"`
	Language   string   `help:"Language of the bot's answers: zh-CN, en, or auto for that of the terminal." default:"auto" enum:"auto,zh-CN,en"`
	Load       string   `help:"A file with a case, saved by the page: people, groups and messages to start with." placeholder:"FILE" type:"existingfile"`
	Transport  string   `help:"How events come to the bot: webhook or websocket." default:"webhook" enum:"webhook,websocket"`
	Lark       bool     `help:"Be Lark rather than Feishu."`
	Documented bool     `help:"Answer as the documents say where those who call the platform report another answer."`
	Open       bool     `help:"Open the page in a browser." default:"true" negatable:""`
	Verbose    bool     `help:"Log what the bot does."`

	NoBot             bool   `help:"Run the local Feishu alone, for any bot, and print what that needs." group:"Without our bot"`
	Events            string `help:"Where events and card callbacks go; without it over a websocket." placeholder:"URL" group:"Without our bot"`
	AppID             string `name:"app-id" help:"The app's id: cli_ and 16 hex digits. Like the other credentials, made up where it is not given." group:"Without our bot"`
	AppSecret         string `help:"The app's secret." group:"Without our bot"`
	EncryptKey        string `help:"The key that encrypts and signs events." group:"Without our bot"`
	VerificationToken string `help:"The token in every event." group:"Without our bot"`
	Plain             bool   `help:"Send events unencrypted and unsigned, as for an app without an encrypt key." group:"Without our bot"`
}

// Validate is called by kong.
func (s sandboxCmd) Validate() error {
	alone := s.Plain || s.Events+s.AppID+s.AppSecret+s.EncryptKey+s.VerificationToken != ""
	switch address, err := url.Parse(s.Events); {
	case alone && !s.NoBot:
		return bot.WrongSetting("", "--events, credentials and --plain go with --no-bot; our own bot is set up by itself")
	case s.Events != "" && (err != nil || address.Host == "" || !strings.HasPrefix(address.Scheme, "http")):
		return bot.WrongSetting("--events", "must be an address such as http://127.0.0.1:3000/webhook, not %q", s.Events)
	case s.EncryptKey != "" && s.Plain:
		return bot.WrongSetting("", "--encrypt-key and --plain exclude each other")
	}
	return nil
}

func (s sandboxCmd) Run(r *run) error {
	config := app.Defaults()
	config.Chat.Language, config.Chat.Timezone = language(s.Language), "Local"
	config.Feishu.Transport = feishu.Transport(s.Transport)
	log := slog.New(slog.DiscardHandler)
	if s.Verbose {
		log = app.NewLogger(os.Stderr, config.Log)
	}
	return app.RunSandbox(r.ctx, config, app.SandboxOptions{
		Listen: s.Listen, Hosts: s.Host, Open: s.Open, Lark: s.Lark, Documented: s.Documented, NoBot: s.NoBot, EventURL: s.Events, Plain: s.Plain, Load: s.Load,
		App: sandbox.Credentials{
			AppID: s.AppID, AppSecret: s.AppSecret, EncryptKey: s.EncryptKey, VerificationToken: s.VerificationToken,
		},
	}, r.out, log)
}
