package feishu

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"

	larkws "github.com/larksuite/oapi-sdk-go/v3/ws"

	"recallbot/bot"
)

// baseURLOf is where an app lives that was made at base; lark tells what kind of account agreed to it. What a simulator made
// lives there.
func baseURLOf(base string, lark bool) string {
	switch base = trimSlash(base); {
	case base != addressFeishu && base != addressLark:
		return base
	case lark:
		return addressLark
	default:
		return addressFeishu
	}
}

// accounts gives the addresses of the accounts service: where to begin, and where those with a Lark account go on. A
// simulator serves all on one address.
func accounts(base string) (begin, lark string) {
	const feishuAccounts, larkAccounts = "https://accounts.feishu.cn", "https://accounts.larksuite.com"
	switch base = trimSlash(base); base {
	case addressFeishu:
		return feishuAccounts, larkAccounts
	case addressLark:
		return larkAccounts, larkAccounts
	default:
		return base, base
	}
}

// wrongDomain says what to do about an app that lives on the other one.
func wrongDomain(base string) string {
	switch trimSlash(base) {
	case addressFeishu:
		return "this app lives on Lark, and feishu.base_url is Feishu's: set it to " + addressLark
	case addressLark:
		return "this app lives on Feishu, and feishu.base_url is Lark's: set it to " + addressFeishu
	default:
		return fmt.Sprintf("wrong domain: this app lives on the other of Feishu (%s) and Lark (%s), not on feishu.base_url", addressFeishu, addressLark)
	}
}

// CheckDomain asks the platform whether our app lives on the other one of Feishu and Lark, and gives an error that says so
// if it does. Only the websocket's endpoint tells; it does so for apps that take webhooks too.
func (c *Client) CheckDomain(ctx context.Context) error {
	body, err := json.Marshal(larkws.BootstrapRequest{AppID: c.cfg.AppID, AppSecret: c.cfg.AppSecret.Reveal()})
	if err != nil {
		return nil //nolint:nilerr // two strings always are JSON
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, trimSlash(c.cfg.BaseURL)+larkws.GenEndpointUri, bytes.NewReader(body))
	if err != nil {
		return nil //nolint:nilerr // not known: the caller has its own error to tell
	}
	req.Header.Set("Content-Type", "application/json")
	asked := &discovery{http: newTransport(c.cfg.CallTimeout)}
	resp, err := asked.Do(req)
	if err != nil {
		return nil //nolint:nilerr // not known: the caller has its own error to tell
	}
	if err := resp.Body.Close(); err != nil || asked.code != socketWrongDomain {
		return nil //nolint:nilerr // not known: the caller has its own error to tell
	}
	return &bot.Error{
		Kind: bot.Denied, Op: "find our app", Reason: bot.ReasonCredentials, Code: asked.code, LogID: asked.logID,
		Err: errors.New(wrongDomain(c.cfg.BaseURL)),
	}
}
