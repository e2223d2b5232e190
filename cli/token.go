package cli

import (
	"cmp"
	"context"
	"crypto/rand"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/spf13/cobra"

	"recallbot/audit"
	"recallbot/bot"
	"recallbot/recall/policy"
	"recallbot/store"
)

func tokenCommand(r *run) *cobra.Command {
	cmd := &cobra.Command{Use: "token <command>", Short: "Make, list, rotate or revoke tokens of the HTTP API.", Args: r.checkArgs, RunE: commandMissing}
	cmd.AddCommand(tokenCreateCommand(r), tokenListCommand(r), tokenRotateCommand(r), &cobra.Command{
		Use: "revoke <token>", Short: "End an API token at once.", Args: r.checkArgs, Annotations: tokenArgument(),
		RunE: func(cmd *cobra.Command, args []string) error {
			return r.withTools(cmd.Context(), func(t *Tools) error { return t.RevokeToken(cmd.Context(), bot.TokenID(args[0])) })
		},
	})
	return cmd
}

func tokenArgument() map[string]string {
	return map[string]string{"token": "The token's id."} //nolint:gosec // it is no credential
}

func tokenCreateCommand(r *run) *cobra.Command {
	var options TokenOptions
	var asJSON bool
	cmd := &cobra.Command{
		Use: "create --scope=SCOPE,...", Short: "Make an API token; its secret is printed this once.", Args: r.checkArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if len(options.Scopes) == 0 {
				return usageFault(cmd, bot.WrongSetting("", "missing flags: %s", "--scope=SCOPE,..."))
			}
			return r.withTools(cmd.Context(), func(t *Tools) error { return t.CreateToken(cmd.Context(), options, asJSON) })
		},
	}
	flags := cmd.Flags()
	flags.StringVar(&options.Team, "team", "", "`NAME` of the team whose posts it makes and takes back; without one it is the operator's.")
	flags.StringSliceVar(&options.Scopes, "scope", nil, "What it may do, a `SCOPE` or several with commas: post, recall:own, recall:any, audit:read.")
	flags.StringSliceVar(&options.Chats, "chat", nil, "The only `CHAT` that it reaches (oc_…), or several with commas; all without.")
	flags.IntVar(&options.Rate, "rate", defaultTokenRate, "`NUMBER` of calls a minute.")
	flags.Var((*duration)(&options.Expires), "expires", "After how long it ends by itself, such as 90d; never without.")
	flags.BoolVar(&asJSON, "json", false, "Print JSON.")
	return cmd
}

func tokenListCommand(r *run) *cobra.Command {
	var asJSON bool
	cmd := &cobra.Command{
		Use: "list", Short: "List the API tokens, with their last use.", Args: r.checkArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return r.withTools(cmd.Context(), func(t *Tools) error { return t.ListTokens(cmd.Context(), asJSON) })
		},
	}
	cmd.Flags().BoolVar(&asJSON, "json", false, "Print JSON lines.")
	return cmd
}

func tokenRotateCommand(r *run) *cobra.Command {
	grace := 24 * time.Hour
	var asJSON bool
	cmd := &cobra.Command{
		Use: "rotate <token>", Short: "Give an API token a new secret.", Args: r.checkArgs, Annotations: tokenArgument(),
		RunE: func(cmd *cobra.Command, args []string) error {
			return r.withTools(cmd.Context(), func(t *Tools) error { return t.RotateToken(cmd.Context(), bot.TokenID(args[0]), grace, asJSON) })
		},
	}
	cmd.Flags().Var((*duration)(&grace), "grace", "For how long the old secret is good still; 0 ends it at once.")
	cmd.Flags().BoolVar(&asJSON, "json", false, "Print JSON.")
	return cmd
}

// The default and the maximum of --rate, in calls per minute.
const (
	defaultTokenRate = 600
	maxTokenRate     = 100_000
)

// TokenOptions are the options of `recallbot token create`.
type TokenOptions struct {
	Team    string
	Scopes  []string
	Chats   []string
	Rate    int
	Expires time.Duration
}

// newToken returns the token that the options describe. Errors name the flag.
func (o TokenOptions) newToken(now time.Time) (bot.Token, error) { //nolint:cyclop // a flat list of what may be wrong
	t := bot.Token{Team: bot.TeamID(o.Team), Rate: o.Rate, Created: now.UTC()}
	if o.Team != "" && !t.Team.Valid() {
		return t, bot.WrongSetting("--team", "must be a name of up to 64 letters without spaces and slashes, not %q", o.Team)
	}
	for _, name := range o.Scopes {
		scope := bot.TokenScope(name)
		if !slices.Contains(bot.TokenScopes(), scope) {
			return t, bot.WrongSetting("--scope", "must be of %s, not %q", scopeNames(), name)
		}
		if !slices.Contains(t.Scopes, scope) {
			t.Scopes = append(t.Scopes, scope)
		}
	}
	for _, chat := range o.Chats {
		if !bot.ChatID(chat).Valid() {
			return t, bot.WrongSetting("--chat", "must be the id of a chat, which begins with oc_, not %q", chat)
		}
		if bot.IsPlaceholder(chat) {
			return t, bot.WrongSetting("--chat", "%s is a placeholder; put the id of a real chat in its place", chat)
		}
		t.Chats = append(t.Chats, bot.ChatID(chat))
	}
	switch {
	case len(t.Scopes) == 0:
		return t, bot.WrongSetting("--scope", "name at least one of %s", scopeNames())
	case o.Team == "" && slices.Contains(t.Scopes, bot.ScopeRecallOwn) && !slices.Contains(t.Scopes, bot.ScopeRecallAny):
		return t, bot.WrongSetting("--scope", "recall:own needs --team: without a team no post is its own; or name recall:any")
	case o.Rate < 1 || o.Rate > maxTokenRate:
		return t, bot.WrongSetting("--rate", "%d is not between 1 and %d", o.Rate, maxTokenRate)
	case o.Expires < 0:
		return t, bot.WrongSetting("--expires", "must be more than 0, not %s", o.Expires)
	case o.Expires > 0:
		t.Expires = now.Add(o.Expires).UTC()
	}
	return t, nil
}

// CreateToken creates an API token and prints its secret. The secret can't be read again.
func (t *Tools) CreateToken(ctx context.Context, options TokenOptions, asJSON bool) error {
	token, err := options.newToken(time.Now())
	if err != nil {
		return err
	}
	made, bearer, err := store.NewTokens(t.store).Create(ctx, token)
	if err != nil {
		return err
	}
	if err := t.recordToken(ctx, "create", made); err != nil {
		return err
	}
	return t.printToken(made, bearer, asJSON)
}

// RotateToken gives a token a new secret and prints it. The old secret stays valid for the grace period.
func (t *Tools) RotateToken(ctx context.Context, id bot.TokenID, grace time.Duration, asJSON bool) error {
	if grace < 0 {
		return bot.WrongSetting("--grace", "must be 0 or more, not %s", grace)
	}
	token, bearer, err := store.NewTokens(t.store).Rotate(ctx, id, grace)
	if err != nil {
		return noToken(id, err)
	}
	if err := t.recordToken(ctx, "rotate", token); err != nil {
		return err
	}
	return t.printToken(token, bearer, asJSON)
}

// RevokeToken ends a token at once.
func (t *Tools) RevokeToken(ctx context.Context, id bot.TokenID) error {
	token, err := store.NewTokens(t.store).Revoke(ctx, id)
	if err != nil {
		return noToken(id, err)
	}
	fmt.Fprintln(t.out, "revoked", id)
	return t.recordToken(ctx, "revoke", token)
}

// noToken names a token that can't be changed, and where to look.
func noToken(id bot.TokenID, err error) error {
	if bot.KindOf(err) != bot.NotFound {
		return err
	}
	return bot.WrongSetting("", "there is no token %q, or it has ended; recallbot token list shows them", string(id))
}

// ListTokens prints all tokens, the oldest first.
func (t *Tools) ListTokens(ctx context.Context, asJSON bool) error {
	tokens, err := store.NewTokens(t.store).List(ctx)
	if err != nil {
		return err
	}
	if asJSON {
		return encodeLines(t.out, tokens)
	}
	w, now := tabwriter.NewWriter(t.out, 0, 0, 2, ' ', 0), time.Now()
	fmt.Fprintln(w, "TOKEN\tTEAM\tSCOPES\tCHATS\tRATE\tSTATE\tLAST USE\tEXPIRES\tCREATED")
	for _, token := range tokens {
		fmt.Fprintf(w, "%s\t%s\t%s\t%s\t%d\t%s\t%s\t%s\t%s\n", token.ID, cmp.Or(string(token.Team), "-"), joinComma(token.Scopes),
			cmp.Or(joinComma(token.Chats), "-"), token.Rate, tokenState(token, now), timeOrDash(token.Used), timeOrDash(token.Expires), timeOrDash(token.Created))
	}
	return w.Flush()
}

func (t *Tools) printToken(token bot.Token, bearer string, asJSON bool) error {
	if asJSON {
		return json.NewEncoder(t.out).Encode(struct { //nolint:gosec // the secret is shown this once
			bot.Token

			Secret string `json:"secret"`
		}{token, bearer})
	}
	team := string(token.Team)
	if team == "" {
		team = "the operator"
	}
	fmt.Fprintf(t.out, "%s\n\nThe token %s of %s. It is not shown again; send it as \"Authorization: Bearer …\".\n", bearer, token.ID, team)
	if !token.Grace.IsZero() {
		fmt.Fprintf(t.out, "The secret before it is good until %s.\n", token.Grace.Format(time.RFC3339))
	}
	return nil
}

func scopeNames() string { return strings.ReplaceAll(joinComma(bot.TokenScopes()), ",", ", ") }

// recordToken records a change of a token in the audit.
func (t *Tools) recordToken(ctx context.Context, what string, token bot.Token) error {
	_, err := store.NewAudit(t.store).Record(ctx, "token/"+rand.Text(), audit.Entry{
		At: time.Now(), Token: token.ID, Team: token.Team, Via: bot.ViaOperator, Rule: string(policy.RuleOperator),
		Result: bot.Changed, Comment: "token " + what + ": " + joinComma(token.Scopes),
	})
	return err
}

func tokenState(token bot.Token, now time.Time) string {
	switch {
	case !token.Revoked.IsZero():
		return "revoked"
	case !token.Good(now):
		return "expired"
	default:
		return "good"
	}
}

func joinComma[T ~string](list []T) string {
	words := make([]string, len(list))
	for i, word := range list {
		words[i] = string(word)
	}
	return strings.Join(words, ",")
}

func timeOrDash(at time.Time) string {
	if at.IsZero() {
		return "-"
	}
	return at.Format(time.RFC3339)
}
