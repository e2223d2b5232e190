package bot

import (
	"slices"
	"time"
)

// TokenScope is one thing that an API token lets its holder do.
type TokenScope string

// The scopes of tokens.
const (
	// ScopePost has posts made and registered.
	ScopePost TokenScope = "post"
	// ScopeRecallOwn takes back what the token's team had posted.
	ScopeRecallOwn TokenScope = "recall:own"
	// ScopeRecallAny takes back what no other team had posted, too.
	ScopeRecallAny TokenScope = "recall:any"
	// ScopeAuditRead reads the record.
	ScopeAuditRead TokenScope = "audit:read"
)

// TokenScopes lists all of them.
func TokenScopes() []TokenScope {
	return []TokenScope{ScopePost, ScopeRecallOwn, ScopeRecallAny, ScopeAuditRead}
}

// Token is what an API token stands for. Its secret is not in it.
type Token struct {
	ID TokenID `json:"id"`
	// Team is whose posts it is about; a token without a team is the operator's.
	Team   TeamID       `json:"team,omitempty"`
	Scopes []TokenScope `json:"scopes"`
	// Chats are the only ones that it reaches; none means all.
	Chats []ChatID `json:"chats,omitempty"`
	// Rate is how many calls a minute it may make.
	Rate    int       `json:"rate"`
	Created time.Time `json:"created"`
	// Expires is when it ends by itself; zero is never. Rotated is when its secret was last changed, Grace until when the
	// one before that is good too.
	Expires time.Time `json:"expires,omitzero"`
	Rotated time.Time `json:"rotated,omitzero"`
	Grace   time.Time `json:"grace,omitzero"`
	// Used is when it was last used, to the minute; Revoked is when it was ended by hand.
	Used    time.Time `json:"used,omitzero"`
	Revoked time.Time `json:"revoked,omitzero"`
}

// May reports whether the token has any of the scopes.
func (t Token) May(scopes ...TokenScope) bool {
	return slices.ContainsFunc(scopes, func(s TokenScope) bool { return slices.Contains(t.Scopes, s) })
}

// Good reports whether the token is neither revoked nor over.
func (t Token) Good(now time.Time) bool {
	return t.ID != "" && t.Revoked.IsZero() && (t.Expires.IsZero() || now.Before(t.Expires))
}

// Principal is who asks with the token.
func (t Token) Principal() *Principal {
	return &Principal{
		Token: t.ID, Team: t.Team, Own: t.May(ScopeRecallOwn, ScopeRecallAny), Any: t.May(ScopeRecallAny), Chats: t.Chats,
	}
}
