package cli

import (
	"cmp"
	"log/slog"
	"net/url"
	"os"
	"strings"
	"syscall"

	"github.com/spf13/cobra"

	"recallbot/app"
	"recallbot/bot"
	"recallbot/feishu"
	"recallbot/sandbox"
)

func sandboxCommand(r *run) *cobra.Command {
	var options app.SandboxOptions
	var lang, transport string
	var noOpen, verbose bool
	cmd := &cobra.Command{
		Use: "sandbox", Short: "Run the bot together with a Feishu on localhost and a chat page: no account, no Redis, no network.", Args: r.checkArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if err := cmp.Or(checkSandbox(options), checkCase(options.Load)); err != nil {
				return usageFault(cmd, err)
			}
			options.Open = options.Open && !noOpen
			config := app.Defaults()
			config.Chat.Language, config.Chat.Timezone = language(lang), "Local"
			config.Feishu.Transport = feishu.Transport(transport)
			log := slog.New(slog.DiscardHandler)
			if verbose {
				log = app.NewLogger(os.Stderr, config.Log)
			}
			return app.RunSandbox(cmd.Context(), config, options, r.out, log)
		},
	}
	flags := cmd.Flags()
	flags.StringVar(&options.Listen, "listen", "127.0.0.1:8090", "`ADDRESS` of the local Feishu and its chat page.")
	flags.StringSliceVar(&options.Hosts, "host", nil, "A `NAME`, besides localhost, by which the page and the control API may be called; several with commas.")
	addChoice(cmd, &lang, "language", "Language of the bot's answers; auto is that of the terminal.", autoLanguage, "zh-CN", "en")
	flags.StringVar(&options.Load, "load", "", "`FILE` with a case, saved by the page: people, groups and messages to start with.")
	addChoice(cmd, &transport, "transport", "How events come to the bot.", "webhook", "websocket")
	flags.BoolVar(&options.Lark, "lark", false, "Be Lark rather than Feishu.")
	flags.BoolVar(&options.Documented, "documented", false, "Answer as the documents say where those who call the platform report another answer.")
	flags.BoolVar(&noOpen, "no-open", false, "Don't open the page in a browser.")
	flags.BoolVar(&options.Open, "open", true, "Open the page in a browser.")
	flags.Lookup("open").Hidden = true // it is the default
	flags.BoolVar(&verbose, "verbose", false, "Log what the bot does.")
	flags.BoolVar(&options.NoBot, "no-bot", false, "Run the local Feishu alone, for any bot, and print what that needs.")
	flags.StringVar(&options.EventURL, "events", "", "With --no-bot: `URL` where events and card callbacks go; without it over a websocket.")
	flags.StringVar(&options.App.AppID, "app-id", "", "With --no-bot: the app's `ID`, cli_ and 16 hex digits. Like the other credentials, made up where it is not given.")
	flags.StringVar(&options.App.AppSecret, "app-secret", "", "With --no-bot: the app's `SECRET`.")
	flags.StringVar(&options.App.EncryptKey, "encrypt-key", "", "With --no-bot: the `KEY` that encrypts and signs events.")
	flags.StringVar(&options.App.VerificationToken, "verification-token", "", "With --no-bot: the `TOKEN` in every event.")
	flags.BoolVar(&options.Plain, "plain", false, "With --no-bot: send events unencrypted and unsigned, as for an app without an encrypt key.")
	return cmd
}

// checkSandbox checks flags against each other.
func checkSandbox(o app.SandboxOptions) error {
	alone := o.Plain || o.EventURL != "" || o.App != sandbox.Credentials{}
	switch address, err := url.Parse(o.EventURL); {
	case alone && !o.NoBot:
		return bot.WrongSetting("", "--events, credentials and --plain go with --no-bot; our own bot is set up by itself")
	case o.EventURL != "" && (err != nil || address.Host == "" || !strings.HasPrefix(address.Scheme, "http")):
		return bot.WrongSetting("--events", "must be an address such as http://127.0.0.1:3000/webhook, not %q", o.EventURL)
	case o.App.EncryptKey != "" && o.Plain:
		return bot.WrongSetting("", "--encrypt-key and --plain exclude each other")
	}
	return nil
}

// checkCase checks that the file of a case is there.
func checkCase(path string) error {
	if path == "" {
		return nil
	}
	info, err := os.Stat(path)
	if err == nil && info.IsDir() {
		err = syscall.EISDIR
	}
	if err != nil {
		return bot.InSetting("--load", fileFault(path, err))
	}
	return nil
}
