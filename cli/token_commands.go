package cli

import (
	"time"

	"recallbot/bot"
)

type tokenCmd struct {
	Create tokenCreateCmd `cmd:"" help:"Make an API token; its secret is printed this once."`
	List   tokenListCmd   `cmd:"" help:"List the API tokens, with their last use."`
	Rotate tokenRotateCmd `cmd:"" help:"Give an API token a new secret."`
	Revoke tokenRevokeCmd `cmd:"" help:"End an API token at once."`
}

type tokenCreateCmd struct {
	Team    string        `help:"Whose posts it makes and takes back; without one it is the operator's." placeholder:"NAME"`
	Scope   []string      `help:"What it may do: post, recall:own, recall:any, audit:read; several with commas." required:""`
	Chat    []string      `help:"The only chats that it reaches (oc_…); all without." placeholder:"CHAT"`
	Rate    int           `help:"Calls a minute." default:"600"`
	Expires time.Duration `help:"After how long it ends by itself, such as 2160h; never without." placeholder:"DURATION"`
	JSON    bool          `name:"json" help:"Print JSON."`
}

func (c tokenCreateCmd) Run(r *run) error {
	order := TokenOrder{Team: c.Team, Scopes: c.Scope, Chats: c.Chat, Rate: c.Rate, Expires: c.Expires}
	return r.withTools(func(t *Tools) error { return t.CreateToken(r.ctx, order, c.JSON) })
}

type tokenListCmd struct {
	JSON bool `name:"json" help:"Print JSON lines."`
}

func (c tokenListCmd) Run(r *run) error {
	return r.withTools(func(t *Tools) error { return t.ListTokens(r.ctx, c.JSON) })
}

type tokenRotateCmd struct {
	Token string        `arg:"" help:"The token's id."`
	Grace time.Duration `help:"For how long the old secret is good still; 0 ends it at once." default:"24h"`
	JSON  bool          `name:"json" help:"Print JSON."`
}

func (c tokenRotateCmd) Run(r *run) error {
	return r.withTools(func(t *Tools) error { return t.RotateToken(r.ctx, bot.TokenID(c.Token), c.Grace, c.JSON) })
}

type tokenRevokeCmd struct {
	Token string `arg:"" help:"The token's id."`
}

func (c tokenRevokeCmd) Run(r *run) error {
	return r.withTools(func(t *Tools) error { return t.RevokeToken(r.ctx, bot.TokenID(c.Token)) })
}
