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

// RecallBatch asks the platform to recall a batch send (DELETE im/v1/batch_messages/:id), which it does by itself within
// a while. It can be asked for a day.
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

// BatchProgress tells how far a batch's recall is (GET im/v1/batch_messages/:id/get_progress).
func (c *Client) BatchProgress(ctx context.Context, id bot.MessageID) (bot.BatchProgress, error) {
	op := "look how far the batch " + string(id) + " is"
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

// wireCount is a count, which the pages show as a number here and as a string in read_user.
type wireCount int

// UnmarshalJSON takes a number, in a string or not; what is none counts nothing, for a count must not hold a recall up.
func (n *wireCount) UnmarshalJSON(data []byte) error {
	count, err := strconv.ParseFloat(string(bytes.Trim(data, `"`)), 64)
	if err != nil || math.IsNaN(count) || count < 0 || count > math.MaxInt32 {
		count = 0
	}
	*n = wireCount(count)
	return nil
}
