package feishu

import (
	"context"
	"time"

	"github.com/larksuite/oapi-sdk-go/v3/scene/registration"

	"recallbot/bot"
)

// Registered are the credentials of an app that was just created.
type Registered struct {
	AppID     string
	AppSecret Secret
	// Lark is set when the app lives on Lark rather than Feishu.
	Lark bool
}

// Accounts are the addresses of the platform's account service; empty ones mean Feishu's and Lark's own.
type Accounts struct{ Feishu, Lark string }

// Register creates an app with the scopes and events that the bot needs. A person confirms it on the page whose
// address show gets, within the given time. Source: the SDK's scene/registration.
func Register(ctx context.Context, at Accounts, show func(address string, within time.Duration)) (Registered, error) {
	result, err := registration.RegisterApp(ctx, &registration.Options{
		Domain: at.Feishu, LarkDomain: at.Lark,
		AppPreset: &registration.AppPreset{Name: "recallbot", Desc: "撤回机器人发的消息 · takes back what bots posted"},
		Addons: &registration.AppAddons{
			Scopes: registration.AppAddonsScopes{Tenant: wantedScopes()},
			Events: registration.AppAddonsEvents{Items: registration.AppAddonsEventItems{Tenant: wantedEvents()}},
			Callbacks: registration.AppAddonsCallbacks{
				Items: []string{"card.action.trigger"},
			},
		},
		OnQRCode: func(info *registration.QRCodeInfo) {
			show(info.URL, time.Duration(info.ExpireIn)*time.Second)
		},
	})
	if err != nil {
		return Registered{}, bot.Errorf(bot.Unavailable, "create the app: %w", err)
	}
	lark := result.UserInfo != nil && result.UserInfo.TenantBrand == "lark"
	return Registered{AppID: result.ClientID, AppSecret: Secret(result.ClientSecret), Lark: lark}, nil
}

// wantedScopes are the scopes that a new app asks for. The sensitive im:message.group_msg is left to the admin.
func wantedScopes() []string {
	return []string{
		"im:message", "im:message:recall", "im:message:send_as_bot", "im:message.p2p_msg:readonly",
		"im:message.group_at_msg:readonly", "im:message.reactions:read", "im:message.reactions:write_only",
		"im:chat:readonly",
	}
}

// wantedEvents are the events that the bot lives by.
func wantedEvents() []string {
	return []string{
		bot.TypeSaid, bot.TypeReacted, bot.TypeUnreacted, bot.TypeRecalled, bot.TypeChatUpdated, bot.TypeDisbanded, bot.TypeBotRemoved,
	}
}
