package bot

import (
	"slices"
	"time"
)

// Rank is what our bot may do in a chat.
type Rank uint8

// The ranks.
const (
	// RankUnknown means that the chat's roles are not known.
	RankUnknown Rank = iota
	// RankNone is a plain member: it may recall its own posts only.
	RankNone
	// RankMaybe: a bot owns the chat, which may be ours. The platform does not say which bot.
	RankMaybe
	// RankManager is a bot that the owner made a manager: the platform lets it recall every message.
	RankManager
)

// Chat is a chat with its roles.
// Source: im/v1/chats/:chat_id ("get group information").
type Chat struct {
	ID   ChatID `json:"id"`
	Name string `json:"name,omitempty"`
	// P2P is set for a two-person chat of our bot and a person.
	P2P bool `json:"p2p,omitempty"`
	// Topics is set for a topic group, where the platform has no cards for one person alone.
	Topics bool `json:"topics,omitempty"`
	// Owner is empty when a bot owns the chat, for p2p chats, and when our bot is not a member.
	Owner       UserID   `json:"owner,omitempty"`
	Managers    []UserID `json:"managers,omitempty"`
	BotManagers []AppID  `json:"bot_managers,omitempty"`
	// Member reports whether our bot is a member: otherwise the platform names neither owner nor managers.
	Member bool `json:"member"`
	// Learned is when the platform was asked.
	Learned time.Time `json:"learned"`
}

// ChatBot is a bot in a group. The platform gives its open_id as our app sees it, and no app id.
type ChatBot struct {
	Open UserID `json:"open"`
	Name string `json:"name"`
	// Self is set for our own bot.
	Self bool `json:"self,omitempty"`
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
