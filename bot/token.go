package bot

import (
	"slices"
	"time"
)

// TokenScope is one right of an API token.
type TokenScope string

// The scopes of tokens.
const (
	// ScopePost makes and registers posts.
	ScopePost TokenScope = "post"
	// ScopeRecallOwn recalls the posts of the token's team.
	ScopeRecallOwn TokenScope = "recall:own"
	// ScopeRecallAny also recalls messages that are not posts of another team.
	ScopeRecallAny TokenScope = "recall:any"
	// ScopeAuditRead reads the record.
	ScopeAuditRead TokenScope = "audit:read"
)

// TokenScopes lists all scopes.
func TokenScopes() []TokenScope {
	return []TokenScope{ScopePost, ScopeRecallOwn, ScopeRecallAny, ScopeAuditRead}
}

// Token is an API token without its secret.
type Token struct {
	ID TokenID `json:"id"`
	// Team is the token's team; a token without a team is the operator's.
	Team   TeamID       `json:"team,omitempty"`
	Scopes []TokenScope `json:"scopes"`
	// Chats are the only chats of the token; none means all.
	Chats []ChatID `json:"chats,omitempty"`
	// Rate is the limit of calls per minute.
	Rate    int       `json:"rate"`
	Created time.Time `json:"created"`
	// Expires is when it expires; zero is never. Rotated is when its secret was last changed, Grace until when the secret
	// before that is valid too.
	Expires time.Time `json:"expires,omitzero"`
	Rotated time.Time `json:"rotated,omitzero"`
	Grace   time.Time `json:"grace,omitzero"`
	// Used is when it was last used, to the minute; Revoked is when it was revoked.
	Used    time.Time `json:"used,omitzero"`
	Revoked time.Time `json:"revoked,omitzero"`
}

// May reports whether the token has any of the scopes.
func (t Token) May(scopes ...TokenScope) bool {
	return slices.ContainsFunc(scopes, func(s TokenScope) bool { return slices.Contains(t.Scopes, s) })
}

// Good reports whether the token is neither revoked nor expired.
func (t Token) Good(now time.Time) bool {
	return t.ID != "" && t.Revoked.IsZero() && (t.Expires.IsZero() || now.Before(t.Expires))
}

// Principal is the token with its rights.
func (t Token) Principal() *Principal {
	return &Principal{
		Token: t.ID, Team: t.Team, Own: t.May(ScopeRecallOwn, ScopeRecallAny), Any: t.May(ScopeRecallAny), Chats: t.Chats,
	}
}
