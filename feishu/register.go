package feishu

import (
	"context"
	"errors"
	"time"

	"github.com/larksuite/oapi-sdk-go/v3/scene/registration"

	"recallbot/bot"
)

// Registered are the credentials of a new app.
type Registered struct {
	AppID     string
	AppSecret bot.Secret
	// BaseURL is the API of the platform where the app lives: Feishu, Lark or a sandbox.
	BaseURL string
}

// Register creates an app with the scopes and events that the bot needs, through the accounts service that belongs to
// base. A person confirms it on the page whose URL show receives, within the given time; a Lark account creates an
// app on Lark. Source: the SDK's scene/registration.
func Register(ctx context.Context, base string, show func(address string, within time.Duration)) (Registered, error) {
	accountsURL, larkURL := accounts(base)
	options := &registration.Options{
		Domain: accountsURL, LarkDomain: larkURL,
		AppPreset: &registration.AppPreset{Name: "recallbot", Desc: "撤回机器人发的消息 · takes back what bots posted"},
		Addons: &registration.AppAddons{
			Scopes: registration.AppAddonsScopes{Tenant: wantedScopes()},
			Events: registration.AppAddonsEvents{Items: registration.AppAddonsEventItems{Tenant: wantedEvents()}},
			Callbacks: registration.AppAddonsCallbacks{
				Items: wantedCallbacks(),
			},
		},
		OnQRCode: func(info *registration.QRCodeInfo) {
			show(info.URL, time.Duration(info.ExpireIn)*time.Second)
		},
	}
	result, err := registration.RegisterApp(ctx, options)
	if err != nil {
		return Registered{}, notRegistered(err)
	}
	lark := result.UserInfo != nil && result.UserInfo.TenantBrand == "lark"
	return Registered{AppID: result.ClientID, AppSecret: bot.Secret(result.ClientSecret), BaseURL: baseURLOf(base, lark)}, nil
}

func notRegistered(err error) error {
	if _, refused := errors.AsType[*registration.AccessDeniedError](err); refused {
		return bot.Errorf(bot.Denied, "create the app: %w", bot.WrongSetting("", "the app was not made: it was refused on the page"))
	}
	if _, expired := errors.AsType[*registration.ExpiredError](err); expired {
		return bot.Errorf(bot.Expired, "create the app: %w", bot.WrongSetting("", "the app was not made: nobody agreed in time; run it again"))
	}
	return bot.Errorf(bot.Unavailable, "create the app: %w", err)
}

// Requirements are the scopes, events and callbacks that the bot needs, by the platform's names. Optional are scopes
// that an administrator has to approve.
type Requirements struct{ Scopes, Optional, Events, Callbacks []string }

// Required returns the bot's requirements.
func Required() Requirements {
	return Requirements{
		Scopes: wantedScopes(), Optional: []string{"im:message.group_msg", "application:application:self_manage"},
		Events: wantedEvents(), Callbacks: wantedCallbacks(),
	}
}

func wantedCallbacks() []string { return []string{"card.action.trigger"} }

// wantedScopes are the scopes that a new app requests. The sensitive im:message.group_msg is left to the
// administrator.
func wantedScopes() []string {
	return []string{
		"im:message", "im:message:recall", "im:message:send_as_bot", "im:message.p2p_msg:readonly",
		"im:message.group_at_msg:readonly", "im:message.reactions:read", "im:message.reactions:write_only",
		"im:chat:readonly",
	}
}

// wantedEvents are the events that the bot needs.
func wantedEvents() []string {
	return []string{
		bot.TypeSaid, bot.TypeReacted, bot.TypeUnreacted, bot.TypeRecalled, bot.TypeChatUpdated, bot.TypeDisbanded, bot.TypeBotRemoved,
	}
}
