package sandbox

import (
	"slices"
	"time"
)

// forwardMessage is POST /im/v1/messages/:message_id/forward: a copy to a person, a chat or a topic, with a new id.
func (f *Feishu) forwardMessage(c *call) (any, error) {
	var in struct {
		ReceiveID string `json:"receive_id"`
	}
	if err := c.decode(&in); err != nil {
		return nil, err
	}
	m, err := f.forwardable(c)
	if err != nil {
		return nil, err
	}
	target, d, err := f.forwardTarget(c, in.ReceiveID)
	if err != nil {
		return nil, err
	}
	if err := f.checkMember(c.actor, target); err != nil {
		return nil, err
	}
	now, uuid := f.now(), c.query("uuid")
	key := c.senderID() + " " + target.ID + " forward " + uuid
	if once, ok := f.world.uuids[key]; ok && uuid != "" && now.Sub(once.at) < time.Hour {
		return f.view(c, f.world.messages[once.message]), nil
	}
	if !f.limiter.allow("send "+target.ID, f.limiter.limits.SendsPerChat, now) {
		return nil, refuse(codeSendLimit, "")
	}
	d.chat, d.sender, d.kind, d.content, d.mentions = target.ID, c.senderID(), m.Type, m.Content, m.Mentions
	copied, err := f.insertDraft(d)
	if err != nil {
		return nil, err
	}
	if uuid != "" {
		f.world.uuids[key] = uuidEntry{copied.ID, now}
	}
	f.emitMessage(copied)
	return f.view(c, copied), nil
}

// forwardable is the message of the path if it can be forwarded.
func (f *Feishu) forwardable(c *call) (*Message, error) {
	m, _, err := f.findMessage(c.actor, c.path("message_id"))
	switch {
	case err != nil:
		return nil, err
	case m.Deleted:
		return nil, refuse(codeForwardGone, "")
	case slices.Contains([]string{"system", "hongbao", "vote", "audio"}, m.Type) || m.Ephemeral != "":
		return nil, refuse(codeNoForward, "")
	}
	return m, nil
}

// forwardTarget finds the target of a forward.
func (f *Feishu) forwardTarget(c *call, id string) (*chat, draft, error) {
	if err := c.oneOf("receive_id_type", append(idTypes(), "email", "chat_id", "thread_id")...); err != nil {
		return nil, draft{}, err
	}
	if c.query("receive_id_type") != "thread_id" {
		ch, err := f.receiver(c.actor, c.query("receive_id_type"), id)
		return ch, draft{}, err
	}
	ch := f.world.threads[id]
	if ch == nil {
		return nil, draft{}, refuse(codeTopicUnknown, "")
	}
	return ch, draft{replyTo: ch.threads[id].ID, thread: true}, nil
}
