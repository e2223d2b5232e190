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

// addons is what a registration asks for beside the app itself: compressed JSON in the address of its page.
type addons struct {
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

// grantAddons gives our app these scopes and subscriptions and no others. The caller holds mu.
func (f *Feishu) grantAddons(wanted addons) {
	f.world.scopes = map[string]bool{}
	for _, scope := range wanted.Scopes.Tenant {
		f.world.scopes[scope] = true
	}
	f.world.unsent = map[string]bool{}
	for _, kind := range append(eventTypes(), cardAction) {
		if !slices.Contains(wanted.Events.Items.Tenant, kind) && !slices.Contains(wanted.Callbacks.Items, kind) {
			f.world.unsent[kind] = true
		}
	}
}
