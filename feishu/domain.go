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

// baseURLOf is the API's base URL for an app that was created at base by a Feishu or a Lark account. For a sandbox it
// is base.
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

// accounts returns the URLs of the accounts service: the first one, and the one for Lark accounts. A sandbox serves
// all on one URL.
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

// wrongDomain is the advice for an app that lives on the other platform.
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

// CheckDomain returns an error if our app lives on the other one of Feishu and Lark. Only the websocket's endpoint
// reports that, also for apps that use webhooks.
func (c *Client) CheckDomain(ctx context.Context) error {
	body, err := json.Marshal(larkws.BootstrapRequest{AppID: c.cfg.AppID, AppSecret: c.cfg.AppSecret.Reveal()})
	if err != nil {
		return nil //nolint:nilerr // strings always marshal
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, trimSlash(c.cfg.BaseURL)+larkws.GenEndpointUri, bytes.NewReader(body))
	if err != nil {
		return nil //nolint:nilerr // unknown; the caller reports its own error
	}
	req.Header.Set("Content-Type", "application/json")
	endpoint := &discovery{http: newTransport(c.cfg.CallTimeout)}
	resp, err := endpoint.Do(req)
	if err != nil {
		return nil //nolint:nilerr // unknown; the caller reports its own error
	}
	if err := resp.Body.Close(); err != nil || endpoint.code != socketWrongDomain {
		return nil //nolint:nilerr // unknown; the caller reports its own error
	}
	return &bot.Error{
		Kind: bot.Denied, Op: "find our app", Reason: bot.ReasonCredentials, Code: endpoint.code, LogID: endpoint.logID,
		Err: errors.New(wrongDomain(c.cfg.BaseURL)),
	}
}
