package hooks

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"io"
	"strings"

	"recallbot/bot"
)

// SecretOf is the secret that a team gets, made of the configured one: what signs for one team says nothing about the
// others' secrets, nor about that one. It is empty where that one is no secret.
func SecretOf(team string, secret bot.Secret) bot.Secret {
	keys, err := keysOf(secret)
	if err != nil {
		return ""
	}
	made := make([]string, len(keys))
	for i, key := range keys {
		mac := hmac.New(sha256.New, key)
		_, _ = io.WriteString(mac, "team/"+team)
		made[i] = secretPrefix + base64.StdEncoding.EncodeToString(mac.Sum(nil))
	}
	return bot.Secret(strings.Join(made, " "))
}
