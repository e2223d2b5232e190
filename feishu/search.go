package feishu

import (
	"context"
	"net/http"
	"strconv"
	"time"
	"unicode/utf8"

	larkcore "github.com/larksuite/oapi-sdk-go/v3/core"

	"recallbot/bot"
)

const (
	// MaxQuery is the longest text that can be searched, in characters.
	MaxQuery = 50
	// searchPage is the size of a page of a search, searchPages the most pages.
	searchPage, searchPages = 50, 40
)

// SearchGroups finds the groups with messages that contain a text (im-v1/message/search, tenant scope search:message). It is an index of the
// platform's, which may lag and leave out: it finds candidates. Complete is false where there was more than was read.
func (c *Client) SearchGroups(ctx context.Context, text string, since, until time.Time) (groups map[bot.ChatID]bool, complete bool, err error) {
	const op = "search messages"
	if utf8.RuneCountInString(text) > MaxQuery {
		return nil, false, bot.Errorf(bot.Invalid, "%s: more than %d characters", op, MaxQuery)
	}
	type timeRange struct {
		Start string `json:"start_time,omitempty"`
		End   string `json:"end_time,omitempty"`
	}
	type filter struct {
		ChatType string    `json:"chat_type"`
		Time     timeRange `json:"time_range,omitzero"`
	}
	query := struct {
		Query  string `json:"query"`
		Filter filter `json:"filter"`
	}{text, filter{ChatType: "group"}}
	if !since.IsZero() {
		query.Filter.Time.Start = since.Format(time.RFC3339)
	}
	if !until.IsZero() {
		query.Filter.Time.End = until.Format(time.RFC3339)
	}
	groups = map[bot.ChatID]bool{}
	for page, read := "", 0; ; read++ {
		var body struct {
			larkcore.CodeError
			Data struct {
				Items []struct {
					Meta struct {
						Chat bot.ChatID `json:"chat_id"`
					} `json:"meta_data"`
				} `json:"items"`
				HasMore bool   `json:"has_more"`
				Next    string `json:"page_token"`
			} `json:"data"`
		}
		req := &larkcore.ApiReq{
			HttpMethod: http.MethodPost, ApiPath: "/open-apis/im/v1/messages/search", Body: query,
			QueryParams: larkcore.QueryParams{"page_size": {strconv.Itoa(searchPage)}},
		}
		if page != "" {
			req.QueryParams.Set("page_token", page)
		}
		if _, err := c.raw(ctx, "message.search", op, req, &body, &body.CodeError); err != nil {
			return nil, false, err
		}
		for _, item := range body.Data.Items {
			groups[item.Meta.Chat] = true
		}
		if page = body.Data.Next; !body.Data.HasMore || page == "" {
			return groups, true, nil
		}
		if read+1 == searchPages {
			return groups, false, nil
		}
	}
}
