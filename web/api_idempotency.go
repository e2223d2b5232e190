package web

import (
	"context"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"net/http"
	"strings"
	"time"

	"recallbot/bot"
)

// Idempotent are the parameters of calls that may be repeated.
type Idempotent struct {
	Key string `header:"Idempotency-Key" maxLength:"255" doc:"With the same key and body, within 24 hours, the call is the same call"`
}

// Paged are the parameters of lists.
type Paged struct {
	Limit  int    `query:"limit" minimum:"1" maximum:"200" default:"50"`
	Cursor string `query:"cursor" maxLength:"512" doc:"next_cursor of the page before"`
}

// keyTTL is how long an Idempotency-Key is stored.
const keyTTL = 24 * time.Hour

// causeID is the id of a call's cause. The same Idempotency-Key gives the same id for keyTTL. A key that was used
// with another body is a conflict.
func (a *api) causeID(ctx context.Context, key string, body any) (id bot.EventID, replayed string, err error) {
	token := tokenOf(ctx).ID
	if key == "" {
		return bot.EventID("api/" + string(token) + "/" + a.Key()), "", nil
	}
	raw, err := json.Marshal(body)
	if err != nil {
		return "", "", err
	}
	name := string(token) + "/" + shortHash([]byte(key))
	value := shortHash(raw) + "/" + a.Key()
	stored, err := a.Once(ctx, "api/"+name, value, keyTTL)
	if err != nil {
		return "", "", err
	}
	if stored != value {
		replayed = "true"
	}
	hash, first, _ := strings.Cut(stored, "/")
	if hash != shortHash(raw) {
		return "", "", newProblem(http.StatusConflict, "This Idempotency-Key was used with another body. Use a new key.")
	}
	return bot.EventID("api/" + name + "/" + first), replayed, nil
}

func shortHash(raw []byte) string {
	const length = 16
	sum := sha256.Sum256(raw)
	return hex.EncodeToString(sum[:length])
}

// fail logs an error and returns the problem for the caller.
func (a *api) fail(ctx context.Context, what string, err error) error {
	a.server.logFailure(ctx, what, err)
	return problemOf(err)
}

// encodeCursor makes the end of a page opaque to callers.
func encodeCursor(place string) string { return base64.RawURLEncoding.EncodeToString([]byte(place)) }

// decodeCursor is the reverse of encodeCursor.
func decodeCursor(cursor string) (string, error) {
	raw, err := base64.RawURLEncoding.DecodeString(cursor)
	if err != nil {
		return "", invalid("query.cursor", wrongCursor)
	}
	return string(raw), nil
}
