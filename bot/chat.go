package bot

import (
	"slices"
	"time"
)

// Rank is what our bot may do in a chat. The zero value is "not known".
type Rank uint8

// The ranks.
const (
	// RankUnknown means that the chat could not be asked.
	RankUnknown Rank = iota
	// RankNone is a plain member: it may recall its own posts only.
	RankNone
	// RankMaybe: some bot owns the chat, and the platform does not say which; it may be ours.
	RankMaybe
	// RankManager is a bot that the owner made a manager: the platform lets it recall anybody's message.
	RankManager
)

// Chat is what the platform says of a chat, as far as rights are concerned.
// Source: im/v1/chats/:chat_id ("get group information").
type Chat struct {
	ID ChatID `json:"id"`
	// Name is what the group is called.
	Name string `json:"name,omitempty"`
	// P2P marks the two-person chat of our bot and somebody.
	P2P bool `json:"p2p,omitempty"`
	// Topics marks a topic group, where cards for one person alone are impossible.
	Topics bool `json:"topics,omitempty"`
	// Owner is empty when a bot owns the chat, for p2p chats, and when our bot is not a member.
	Owner       UserID   `json:"owner,omitempty"`
	Managers    []UserID `json:"managers,omitempty"`
	BotManagers []AppID  `json:"bot_managers,omitempty"`
	// Member is false when the platform gave only what an outsider may see.
	Member bool `json:"member"`
	// Learned is when the platform said all this.
	Learned time.Time `json:"learned"`
}

// Rank is the rank of the app in the chat.
func (c Chat) Rank(app AppID) Rank {
	switch {
	case c.P2P:
		return RankNone
	case app != "" && slices.Contains(c.BotManagers, app):
		return RankManager
	case !c.Member:
		return RankUnknown
	case c.Owner == "":
		return RankMaybe
	default:
		return RankNone
	}
}
