package sandbox

import (
	"encoding/json"
	"strconv"
	"time"
)

// batch is one message to many people, each in her own p2p chat. Its id names none of its messages.
type batch struct {
	at       time.Time
	messages []string
	recalled bool
}

// batchSend is POST /message/v4/batch_send/. Its refusals come with HTTP 200.
func (f *Feishu) batchSend(c *call) (any, error) {
	var in struct {
		OpenIDs []string        `json:"open_ids"`
		MsgType string          `json:"msg_type"`
		Content json.RawMessage `json:"content"`
		Card    json.RawMessage `json:"card"`
	}
	content := func() json.RawMessage {
		if in.MsgType == "interactive" {
			return in.Card
		}
		return in.Content
	}
	if err := json.Unmarshal(c.body, &in); err != nil || !isObject(content()) || len(in.OpenIDs) > 200 {
		return nil, refuse(codeBatchParam, "")
	}
	if !f.world.has("im:message:send_multi_users") {
		return nil, f.lacking([]string{"im:message:send_multi_users"})
	}
	if len(in.OpenIDs) == 0 {
		return nil, refuse(codeBatchNobody, "")
	}
	b, invalid := &batch{at: time.Now()}, []string{}
	for _, id := range in.OpenIDs {
		if _, ok := f.world.users[id]; !ok || f.world.unreachable[id] {
			invalid = append(invalid, id)
			continue
		}
		m, err := f.place(draft{
			chat: f.p2p(id).ID, sender: f.world.app.ID, kind: in.MsgType, content: string(content()),
		})
		if err != nil {
			return nil, err
		}
		b.messages = append(b.messages, m.ID)
	}
	id := "bm-" + f.ids.hex(32)
	f.world.batches[id] = b
	return map[string]any{
		"message_id": id, "invalid_open_ids": invalid, "invalid_department_ids": []string{},
		"invalid_user_ids": []string{}, "invalid_union_ids": []string{},
	}, nil
}

func (f *Feishu) batchOf(c *call) (*batch, error) {
	if f.world.disabled {
		return nil, refuse(codeBotDisabled, "")
	}
	b, ok := f.world.batches[c.path("batch_message_id")]
	if !ok {
		return nil, refuse(codeBatchMissing, "")
	}
	return b, nil
}

// batchDelete is DELETE /im/v1/batch_messages/:batch_message_id, for a day.
func (f *Feishu) batchDelete(c *call) (any, error) {
	b, err := f.batchOf(c)
	if err != nil {
		return nil, err
	}
	if time.Since(b.at) > 24*time.Hour {
		return nil, refuse(codeTooOld, "")
	}
	if !b.recalled {
		b.recalled = true
		f.wg.Go(func() { f.takeBackAll(b.messages) })
	}
	return nil, nil
}

// takeBackAll recalls a batch's messages one by one, after the answer has been given.
func (f *Feishu) takeBackAll(ids []string) {
	for _, id := range ids {
		if !f.sleep(f.cfg.BatchStep) {
			return
		}
		f.mu.Lock()
		if m := f.world.messages[id]; !m.Deleted {
			f.takeBack(m, f.world.app.ID, "message_owner")
		}
		f.mu.Unlock()
	}
}

// batchProgress is GET /im/v1/batch_messages/:batch_message_id/get_progress.
func (f *Feishu) batchProgress(c *call) (any, error) {
	b, err := f.batchOf(c)
	if err != nil {
		return nil, err
	}
	gone := 0
	for _, id := range b.messages {
		if f.world.messages[id].Deleted {
			gone++
		}
	}
	n := len(b.messages)
	return map[string]any{
		"batch_message_send_progress":   map[string]int{"valid_user_ids_count": n, "success_user_ids_count": n, "read_user_ids_count": 0},
		"batch_message_recall_progress": map[string]any{"recall": b.recalled, "recall_count": gone},
	}, nil
}

// batchRead is GET /im/v1/batch_messages/:batch_message_id/read_user. Nobody reads here.
func (f *Feishu) batchRead(c *call) (any, error) {
	b, err := f.batchOf(c)
	if err != nil {
		return nil, err
	}
	return map[string]any{"read_user": map[string]string{"read_count": "0", "total_count": strconv.Itoa(len(b.messages))}}, nil
}
