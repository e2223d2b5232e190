package hooks

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"io"
	"strings"
)

// For is the secret that a team gets, made of this one: what signs for one team says nothing about the others' secrets, nor
// about this one. It is empty where this one is no secret.
func (s Secret) For(team string) Secret {
	keys, err := s.keys()
	if err != nil {
		return ""
	}
	made := make([]string, len(keys))
	for i, key := range keys {
		mac := hmac.New(sha256.New, key)
		_, _ = io.WriteString(mac, "team/"+team)
		made[i] = secretPrefix + base64.StdEncoding.EncodeToString(mac.Sum(nil))
	}
	return Secret(strings.Join(made, " "))
}
