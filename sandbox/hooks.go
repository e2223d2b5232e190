package sandbox

import (
	"errors"
	"fmt"
	"net/http"
)

// Hooks connect the chat page with the program that runs the sandbox.
type Hooks struct {
	// Language is the language of the program's bot, "zh-CN" or "en"; empty if the sandbox knows of no bot.
	Language string
	// SetLanguage changes the language of the bot.
	SetLanguage func(language string) error
	// Loaded is called after another case was loaded: all people and chats are new.
	Loaded func()
}

// SetHooks sets the hooks.
func (f *Feishu) SetHooks(hooks Hooks) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.hooks = hooks
	f.notify()
}

// orderLanguage changes the language of the program's bot.
func (f *Feishu) orderLanguage(_ *http.Request, in order) (any, error) {
	f.mu.Lock()
	set := f.hooks.SetLanguage
	f.mu.Unlock()
	if set == nil {
		return nil, errors.New("language: the sandbox does not know the bot's language here")
	}
	if err := set(in.Language); err != nil {
		return nil, fmt.Errorf("language: %w", err)
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	f.hooks.Language = in.Language
	f.notify()
	return struct{}{}, nil
}
