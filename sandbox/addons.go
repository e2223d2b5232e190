package sandbox

import (
	"bytes"
	"compress/gzip"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io"
	"slices"
)

// addons is what a registration requests besides the app: compressed JSON in the URL of its page.
type addons struct {
	Preset *bool `json:"preset"` // false: only what is listed
	Scopes struct {
		Tenant []string `json:"tenant"`
	} `json:"scopes"`
	Events struct {
		Items struct {
			Tenant []string `json:"tenant"`
		} `json:"items"`
	} `json:"events"`
	Callbacks struct {
		Items []string `json:"items"`
	} `json:"callbacks"`
}

func parseAddons(text string) (addons, error) {
	var out addons
	if text == "" {
		return out, nil
	}
	packed, err := base64.RawURLEncoding.DecodeString(text)
	if err != nil {
		return out, fmt.Errorf("addons: %w", err)
	}
	reader, err := gzip.NewReader(bytes.NewReader(packed))
	if err != nil {
		return out, fmt.Errorf("addons: %w", err)
	}
	if err := json.NewDecoder(io.LimitReader(reader, maxBody)).Decode(&out); err != nil {
		return out, fmt.Errorf("addons: %w", err)
	}
	return out, nil
}

// presetScopes and presetEvents are what every new app has unless Preset is false.
func presetScopes() []string {
	return []string{
		"im:message", "im:message:readonly", "im:message:send_as_bot", "im:message.p2p_msg:readonly",
		"im:message.group_at_msg:readonly", "im:message.reactions:read", "im:message.reactions:write_only", "im:chat:readonly",
		"im:chat.members:bot_access", "im:resource", "cardkit:card:write",
	}
}

func presetEvents() []string { return []string{"im.message.receive_v1", cardAction} }

// grant adds what a registration requests.
func (a *app) grant(wanted addons) {
	for _, scope := range wanted.Scopes.Tenant {
		a.scopes[scope] = true
	}
	for _, kind := range slices.Concat(wanted.Events.Items.Tenant, wanted.Callbacks.Items) {
		delete(a.unsubscribed, kind)
	}
}

// createApp creates the app of a registration.
func (f *Feishu) createApp(name string, wanted addons) (*app, error) {
	a, err := f.install(name, Credentials{}, nil)
	if err != nil {
		return nil, err
	}
	for _, kind := range append(eventTypes(), cardAction) {
		a.unsubscribed[kind] = true
	}
	if wanted.Preset == nil || *wanted.Preset {
		preset := addons{}
		preset.Scopes.Tenant, preset.Events.Items.Tenant = presetScopes(), presetEvents()
		a.grant(preset)
	}
	a.grant(wanted)
	return a, nil
}
