// Package bot holds the words of the project: messages, chats, people, events, commands, error kinds, and the
// dispatcher that hands an event to the behaviours which want it. It knows no technology.
package bot
