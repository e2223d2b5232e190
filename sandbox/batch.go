package sandbox

import (
	"encoding/json"
	"slices"
	"strconv"
	"time"
)

// batch is one message to many people, each in the p2p chat. Its id is not a message id.
type batch struct {
	app      *app
	at       time.Time
	messages []string
	recalled bool
}

// batchOrder is the body of a batch send.
type batchOrder struct {
	OpenIDs     []string        `json:"open_ids"`
	UserIDs     []string        `json:"user_ids"`
	UnionIDs    []string        `json:"union_ids"`
	Departments []string        `json:"department_ids"`
	MsgType     string          `json:"msg_type"`
	Content     json.RawMessage `json:"content"`
	Card        json.RawMessage `json:"card"`
}

// batchSend is POST /message/v4/batch_send/, with or without the slash. Errors have HTTP status 200. There are no
// departments, so each is invalid.
func (f *Feishu) batchSend(c *call) (any, error) {
	var in batchOrder
	if err := c.decode(&in); err != nil {
		return nil, refuse(codeInvalidParam, "")
	}
	if err := f.checkBatch(c, in); err != nil {
		return nil, err
	}
	made, err := f.batchContent(c, in)
	if err != nil {
		return nil, err
	}
	b, invalid := &batch{app: c.app, at: f.now()}, map[string][]string{}
	for kind, ids := range map[string][]string{"open_id": in.OpenIDs, "user_id": in.UserIDs, "union_id": in.UnionIDs} {
		for _, id := range ids {
			u, err := f.person(c.app, kind, id)
			if err != nil || c.app.unreachable[u.OpenID] {
				invalid[kind] = append(invalid[kind], id)
				continue
			}
			m, err := f.insertDraft(draft{
				chat: f.p2p(c.actor, u.OpenID).ID, sender: c.app.ID, kind: in.MsgType, content: made.content, mentions: made.mentions,
			})
			if err != nil {
				return nil, err
			}
			b.messages = append(b.messages, m.ID)
		}
	}
	id := "bm-" + f.ids.hex(32)
	f.world.batches[id] = b
	list := func(ids []string) []string { return append([]string{}, ids...) }
	return map[string]any{
		"message_id": id, "invalid_open_ids": list(invalid["open_id"]), "invalid_user_ids": list(invalid["user_id"]),
		"invalid_union_ids": list(invalid["union_id"]), "invalid_department_ids": list(in.Departments),
	}, nil
}

// checkBatch refuses a batch send that the app may not make, or without receivers.
func (f *Feishu) checkBatch(c *call, in batchOrder) error {
	lists := [][]string{in.OpenIDs, in.UserIDs, in.UnionIDs, in.Departments}
	const users, departments = "im:message:send_multi_users", "im:message:send_multi_depts"
	switch {
	case c.app.disabled:
		return refuse(codeNoBot, "")
	case len(slices.Concat(lists...)) == 0, slices.ContainsFunc(lists, func(l []string) bool { return len(l) > 200 }):
		return refuse(codeInvalidParam, "")
	case len(in.Departments) > 0 && !c.app.has(departments):
		return refuse(codeNoDepartments, "")
	case len(in.UserIDs) > 0 && !c.app.has(users):
		return refuse(codeNoUsers, "")
	case len(in.OpenIDs)+len(in.UnionIDs) > 0 && !c.app.has(users):
		return f.missingScope(c.app, []string{users})
	}
	return nil
}

// batchContent converts the content of a batch send.
func (f *Feishu) batchContent(c *call, in batchOrder) (composed, error) {
	content := in.Content
	var wrapped struct {
		Post  json.RawMessage `json:"post"`
		Share string          `json:"share_chat_id"`
	}
	switch in.MsgType {
	case "interactive":
		content = in.Card
	case "post", "share_chat":
		if json.Unmarshal(in.Content, &wrapped) != nil {
			return composed{}, refuse(codeBatchParam, "")
		}
		content = wrapped.Post
		if in.MsgType == "share_chat" {
			content = json.RawMessage(`{"chat_id":` + strconv.Quote(wrapped.Share) + `}`)
		}
	case "text", "image":
	default:
		return composed{}, refuse(codeBatchParam, "")
	}
	if !isObject(content) {
		return composed{}, refuse(codeBatchParam, "")
	}
	made, err := f.compose(c.actor, &chat{}, in.MsgType, string(content))
	if err != nil {
		code := map[string]int{"interactive": codeBatchContent, "image": codeBatchImage, "share_chat": codeBatchChat}[in.MsgType]
		return composed{}, refuse(orElse(code, codeBatchParam), "")
	}
	return made, nil
}

func (f *Feishu) batchOf(c *call) (*batch, error) {
	if c.app.disabled {
		return nil, refuse(codeBotDisabled, "")
	}
	b, ok := f.world.batches[c.path("batch_message_id")]
	switch {
	case !ok:
		return nil, refuse(codeBatchMissing, "")
	case b.app != c.app:
		return nil, refuse(codeNotSender, "")
	}
	return b, nil
}

// batchDelete is DELETE /im/v1/batch_messages/:batch_message_id, possible within a day.
func (f *Feishu) batchDelete(c *call) (any, error) {
	b, err := f.batchOf(c)
	if err != nil {
		return nil, err
	}
	if f.now().Sub(b.at) > 24*time.Hour {
		return nil, refuse(codeTooOld, "")
	}
	if !b.recalled {
		b.recalled = true
		f.wg.Go(func() { f.recallBatch(b) })
	}
	return nil, nil
}

// recallBatch recalls a batch's messages one by one, after the response.
func (f *Feishu) recallBatch(b *batch) {
	for _, id := range b.messages {
		if !f.sleep(f.cfg.BatchStep) {
			return
		}
		f.mu.Lock()
		if m := f.world.messages[id]; m != nil && !m.Deleted { // nil: meanwhile another case was loaded
			f.markRecalled(m, b.app.ID, "message_owner")
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
	gone, read := 0, 0
	for _, id := range b.messages {
		m := f.world.messages[id]
		if m.Deleted {
			gone++
		}
		read += len(m.Reads)
	}
	n := len(b.messages)
	return map[string]any{
		"batch_message_send_progress":   map[string]int{"valid_user_ids_count": n, "success_user_ids_count": n, "read_user_ids_count": read},
		"batch_message_recall_progress": map[string]any{"recall": b.recalled, "recall_count": gone},
	}, nil
}

// batchRead is GET /im/v1/batch_messages/:batch_message_id/read_user.
func (f *Feishu) batchRead(c *call) (any, error) {
	b, err := f.batchOf(c)
	if err != nil {
		return nil, err
	}
	read := 0
	for _, id := range b.messages {
		read += len(f.world.messages[id].Reads)
	}
	return map[string]any{"read_user": map[string]string{
		"read_count": strconv.Itoa(read), "total_count": strconv.Itoa(len(b.messages)),
	}}, nil
}
