// Package bot has the types that all packages share: messages, chats, people, events, commands, kinds of errors, and the
// dispatcher of events to handlers. It uses neither Redis nor HTTP nor the platform's API.
package bot
