package hooks

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"io"
	"strings"

	"recallbot/bot"
)

// TeamSecret derives a team's secret from the configured one, which can't be computed from it. It is empty if the configured secret is
// invalid.
func TeamSecret(team string, secret bot.Secret) bot.Secret {
	keys, err := keysOf(secret)
	if err != nil {
		return ""
	}
	secrets := make([]string, len(keys))
	for i, key := range keys {
		mac := hmac.New(sha256.New, key)
		_, _ = io.WriteString(mac, "team/"+team)
		secrets[i] = secretPrefix + base64.StdEncoding.EncodeToString(mac.Sum(nil))
	}
	return bot.Secret(strings.Join(secrets, " "))
}
