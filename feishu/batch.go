package feishu

import (
	"bytes"
	"context"
	"math"
	"net/http"
	"strconv"

	larkcore "github.com/larksuite/oapi-sdk-go/v3/core"

	"recallbot/bot"
)

// RecallBatch recalls a batch send (DELETE im/v1/batch_messages/:id), possible within a day. The platform carries it
// out in the background.
func (c *Client) RecallBatch(ctx context.Context, id bot.MessageID) error {
	op := "recall the batch " + string(id)
	if err := checkID(op, id); err != nil {
		return err
	}
	var body struct {
		larkcore.CodeError
	}
	req := &larkcore.ApiReq{
		HttpMethod: http.MethodDelete, ApiPath: "/open-apis/im/v1/batch_messages/:batch_message_id",
		PathParams: larkcore.PathParams{"batch_message_id": string(id)},
	}
	_, err := c.raw(ctx, "batch.delete", op, req, &body, &body.CodeError)
	return err
}

// BatchProgress returns how many messages of a batch were sent and recalled (GET
// im/v1/batch_messages/:id/get_progress).
func (c *Client) BatchProgress(ctx context.Context, id bot.MessageID) (bot.BatchProgress, error) {
	op := "read the progress of batch " + string(id)
	if err := checkID(op, id); err != nil {
		return bot.BatchProgress{}, err
	}
	var body struct {
		larkcore.CodeError
		Data *struct {
			Send struct {
				Success wireCount `json:"success_user_ids_count"`
			} `json:"batch_message_send_progress"`
			Recall struct {
				Recall bool      `json:"recall"`
				Count  wireCount `json:"recall_count"`
			} `json:"batch_message_recall_progress"`
		} `json:"data"`
	}
	req := &larkcore.ApiReq{
		HttpMethod: http.MethodGet, ApiPath: "/open-apis/im/v1/batch_messages/:batch_message_id/get_progress",
		PathParams: larkcore.PathParams{"batch_message_id": string(id)},
	}
	if _, err := c.raw(ctx, "batch.progress", op, req, &body, &body.CodeError); err != nil {
		return bot.BatchProgress{}, err
	}
	if body.Data == nil {
		return bot.BatchProgress{}, emptyResponse(op)
	}
	return bot.BatchProgress{
		Sent: int(body.Data.Send.Success), Recalled: int(body.Data.Recall.Count), Begun: body.Data.Recall.Recall,
	}, nil
}

// wireCount is a count: a number according to the documentation here, a string in read_user.
type wireCount int

// UnmarshalJSON accepts a number or a string. Anything else counts as 0, because a recall must not fail for a count.
func (n *wireCount) UnmarshalJSON(data []byte) error {
	count, err := strconv.ParseFloat(string(bytes.Trim(data, `"`)), 64)
	if err != nil || math.IsNaN(count) || count < 0 || count > math.MaxInt32 {
		count = 0
	}
	*n = wireCount(count)
	return nil
}
