package web

import (
	"context"
	"encoding/json"
	"io"
	"net/http"
	"reflect"
	"slices"
	"strings"
	"time"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humagin"

	"recallbot/audit"
	"recallbot/bot"
	"recallbot/post/alert"
	"recallbot/recall"
	"recallbot/recall/jobs"
)

// apiPath is the prefix of the API.
const apiPath = "/api/v1"

// Tokens checks API tokens.
type Tokens interface {
	// Check returns the token of a bearer. It is Denied for an invalid token, with a reason if the token was valid
	// once, and RateLimited after too many wrong tokens from this address or for this token id.
	Check(ctx context.Context, bearer, address string) (bot.Token, error)
	// Spend counts a call; it is RateLimited if that is one too many.
	Spend(ctx context.Context, token bot.Token) error
	// Principal returns the current rights of a token; Over is set if it is revoked, expired or unknown.
	Principal(ctx context.Context, id bot.TokenID) (*bot.Principal, error)
}

// Posts creates posts.
type Posts interface {
	// Accept stores the posts and queues them; the same order.CauseID returns the same posts.
	Accept(ctx context.Context, order bot.PostOrder) ([]bot.Post, error)
	// Register stores posts that others sent. Invalid names a message that is not ours; Denied with ReasonNotYours is
	// one of another team.
	Register(ctx context.Context, order bot.RegisterOrder) ([]bot.Post, error)
	// Complete makes sure that every post that was accepted for a group can be found.
	Complete(ctx context.Context, team bot.TeamID, group bot.GroupID) error
}

// PostBook finds posts.
type PostBook interface {
	// Of finds the post of a message; nil where there is none.
	Of(ctx context.Context, id bot.MessageID) (*bot.Post, error)
	// OfAll is Of for several messages, in their order.
	OfAll(ctx context.Context, ids []bot.MessageID) ([]*bot.Post, error)
	// Find gives NotFound for a post that is not kept.
	Find(ctx context.Context, id bot.PostID) (bot.Post, error)
	// Group returns a page of a group's posts, the oldest first, and the cursor of the next page; empty at the end.
	Group(ctx context.Context, team bot.TeamID, group bot.GroupID, cursor string) (page []bot.Post, next string, err error)
	// List returns a page of posts. An unknown cursor is Invalid.
	List(ctx context.Context, q bot.PostQuery) (page []bot.Post, next string, err error)
}

// Sentences describes errors and what to do about them.
type Sentences interface {
	Filter(wrong *bot.FilterError) string
	Failed(reason bot.Reason, code int) string
}

// API are the dependencies of the HTTP API, by what they are for.
type API struct {
	CallDeps
	PostDeps
	RecallDeps
	ReadDeps
	APIConfig

	// ReceiveAlerts handles a webhook of monitoring; repeating it changes nothing.
	ReceiveAlerts func(ctx context.Context, n alert.Notification, options alert.Options, by bot.Principal) (alert.Group, error)
}

// CallDeps checks and counts calls.
type CallDeps struct {
	Tokens Tokens
	// Observe is called after every call with its operation id and status. It may be nil.
	Observe func(operation string, status int)
	// Trace is called before every call; the function that it returns is called with the status. It may be nil.
	Trace func(ctx context.Context, operation string) (context.Context, func(status int))
}

// PostDeps are the dependencies of posts.
type PostDeps struct {
	Posts Posts
	Book  PostBook
	// Once stores a value for a key unless there is one, and returns the stored one.
	Once func(ctx context.Context, key, value string, ttl time.Duration) (string, error)
}

// RecallDeps are the dependencies of recalls.
type RecallDeps struct {
	Recaller *recall.Recaller
	Jobs     *jobs.Engine
	// ListJobs returns a page of the jobs of a team's tokens, or of all for the empty team. An unknown cursor is Invalid. A
	// page may have fewer than n jobs although others follow.
	ListJobs func(
		ctx context.Context, team bot.TeamID, cursor string, n int, wanted func(bot.Job) bool,
	) (page []bot.Job, next string, err error)
	// CheckNotify returns an Invalid error for an address that must not be notified.
	CheckNotify func(address string) error
	// Select finds the messages of a job without storing anything.
	Select jobs.SelectFunc
	// CountArchived counts the archived messages of a recall in a chat. It is nil if the archive is off.
	CountArchived func(ctx context.Context, chat bot.ChatID, take bot.JobID) (kept int, lost bot.Counts, err error)
}

// ReadDeps reads what is stored, and the chats of the platform.
type ReadDeps struct {
	Index Index
	// Recent returns up to n entries of the audit, the newest first, of one chat or of all, older than the entry with the id
	// before.
	Recent func(ctx context.Context, chat bot.ChatID, n int, before string) ([]audit.Entry, error)
	// Chats returns a page and the cursor of the next one; empty at the end.
	Chats func(ctx context.Context, limit int, cursor string) (page []bot.Chat, next string, err error)
}

// APIConfig is the configuration of the HTTP API.
type APIConfig struct {
	// Say describes reasons and errors.
	Say Sentences
	// Zone is the time zone of times in filters.
	Zone func() *time.Location
	Now  func() time.Time
	// Key returns a random name.
	Key func() string
}

// api serves the API.
type api struct {
	API

	server   *Server
	huma     huma.API
	sameSite *http.CrossOriginProtection
	// authSlots limits the calls that are being authenticated.
	authSlots semaphore
	// calls, streams and previews are the quotas of teams. bodyBudget is for larger bodies.
	calls, streams, previews *teamQuota
	bodyBudget               *byteBudget
	// operations are the operation ids.
	operations []string
}

const (
	// maxUnauthenticated limits the calls of a replica that are being authenticated.
	maxUnauthenticated = 512
	// maxCallBodies limits the bytes of larger bodies; decoding one takes several times its size.
	maxCallBodies = 8 * maxBody
	// maxPreviews limits concurrent previews, maxTeamPreviews those of a team.
	maxPreviews, maxTeamPreviews = 8, 2
)

// serveAPI registers the API's routes.
func (s *Server) serveAPI() *api {
	strictNames()
	// A quarter of the connections is left for other requests, such as the platform's.
	open := maxOpen()
	a := &api{
		API: s.deps.API, server: s, sameSite: http.NewCrossOriginProtection(), authSlots: newSemaphore(maxUnauthenticated),
		calls: newTeamQuota(open*3/4, open/4), streams: newTeamQuota(open/2, open/8),
		previews: newTeamQuota(maxPreviews, maxTeamPreviews), bodyBudget: newByteBudget(maxCallBodies),
	}
	s.engine.Use(a.guard)
	s.engine.NoRoute(notServed(http.StatusNotFound))
	s.engine.NoMethod(notServed(http.StatusMethodNotAllowed))
	a.huma = humagin.New(s.engine, a.config())
	a.huma.UseMiddleware(a.observe, a.authorize)
	a.routes()
	a.describe()
	return a
}

// schemaName names a schema after its Go type, except for audit.Entry.
func schemaName(t reflect.Type, hint string) string {
	if t == reflect.TypeFor[audit.Entry]() {
		return "AuditEntry"
	}
	return huma.DefaultSchemaNamer(t, hint)
}

func (a *api) config() huma.Config {
	format := huma.Format{
		Marshal: func(w io.Writer, v any) error {
			encoder := json.NewEncoder(w)
			encoder.SetEscapeHTML(false)
			return encoder.Encode(v)
		},
		Unmarshal: readJSON,
	}
	return huma.Config{
		OpenAPI: &huma.OpenAPI{
			OpenAPI: "3.1.0",
			Info:    &huma.Info{Title: "recallbot", Version: "1", Description: apiAbout},
			Components: &huma.Components{
				Schemas: huma.NewMapRegistry("#/components/schemas/", schemaName),
				SecuritySchemes: map[string]*huma.SecurityScheme{tokenScheme: {
					Type: "http", Scheme: "bearer", BearerFormat: "rb_TOKEN_SECRET", Description: "Created by `recallbot token create`.",
				}},
			},
			Tags: []*huma.Tag{
				{Name: "posts", Description: "Making posts and taking them back"},
				{Name: "recalls", Description: "Recalls of many messages, as jobs"},
				{Name: "alerts", Description: "Webhooks of monitoring: a card for each group that fires"},
				{Name: "reading", Description: "Chats, messages and the record"},
				{Name: "server", Description: "What needs no token"},
			},
			Servers: []*huma.Server{{URL: "/", Description: "The bot that serves this"}},
		},
		Formats:       map[string]huma.Format{"application/json": format, "json": format},
		DefaultFormat: "application/json",
		Transformers:  []huma.Transformer{asProblem}, RejectUnknownQueryParameters: true,
	}
}

const apiAbout = "Teams that post through the bot take their posts back by themselves.\n\n" +
	"Every call carries a token: Authorization: Bearer rb_…. The bot's operator creates it: recallbot token create --team release " +
	"--scope post,recall:own. The scope post allows posting, recall:own recalling the own team's posts, recall:any also messages that " +
	"no other team posted, audit:read reading the record.\n\n" +
	"Errors are application/problem+json (RFC 9457): detail is what was wrong and what to do, reason is the " +
	"reason's name. 401, 429 and 503 have WWW-Authenticate or Retry-After.\n\n" +
	"Lists come in pages: pass next_cursor as cursor."

// routes registers the routes of the API.
func (a *api) routes() {
	post, recalls := []bot.TokenScope{bot.ScopePost}, []bot.TokenScope{bot.ScopeRecallOwn, bot.ScopeRecallAny}
	reads := slices.Concat(post, recalls)

	huma.Register(a.huma, a.accepts("posts", "POST /posts", "Post to chats and people", post...), a.createPosts)
	huma.Register(a.huma, a.op("posts", "POST /posts/register", "Register posts that were made elsewhere", post...), a.registerPosts)
	huma.Register(a.huma, a.op("posts", "GET /posts", "List posts, the newest first", reads...), a.listPosts)
	huma.Register(a.huma, a.op("posts", "GET /posts/{id}", "Look a post up", reads...), a.readPost)
	huma.Register(a.huma, a.op("posts", "DELETE /posts/{id}", "Take a post back", recalls...), a.recallPost)
	huma.Register(a.huma, a.accepts("posts", "DELETE /groups/{group}", "Take a whole broadcast back", recalls...), a.recallGroup)

	huma.Register(a.huma, a.creates(recalls...), a.createRecall)
	huma.Register(a.huma, a.op("recalls", "GET /recalls", "List recalls, the newest first", reads...), a.listRecalls)
	huma.Register(a.huma, a.op("recalls", "GET /recalls/{id}", "Get a recall", reads...), a.readRecall)
	huma.Register(a.huma, a.stream("GET /recalls/{id}/events", "Watch a recall", reads...), a.watchRecall)
	huma.Register(a.huma, a.accepts("recalls", "DELETE /recalls/{id}", "Stop a recall", recalls...), a.stopRecall)
	huma.Register(a.huma, a.accepts("recalls", "POST /recalls/{id}/undo", "Restore what a recall took", recalls...), a.undoRecall)

	huma.Register(a.huma, a.monitoring("POST /alertmanager", "Take Alertmanager's webhook (version 4)"), a.takeAlerts(alert.Alertmanager))
	huma.Register(a.huma, a.monitoring("POST /grafana", "Take the webhook of Grafana's alerting"), a.takeAlerts(alert.Grafana))

	huma.Register(a.huma, a.op("reading", "GET /audit", "Read the record, the newest first", bot.ScopeAuditRead), a.readAudit)
	huma.Register(a.huma, a.op("reading", "GET /chats", "List the chats that the bot is in", reads...), a.listChats)
	huma.Register(a.huma, a.op("reading", "GET /chats/{id}/messages", "List the indexed messages of a chat", reads...), a.listMessages)
}

// op is an operation that any of the scopes allows; what is its method and path.
func (a *api) op(tag, what, summary string, scopes ...bot.TokenScope) huma.Operation {
	method, path, _ := strings.Cut(what, " ")
	op := huma.Operation{
		Method: method, Path: apiPath + path, Summary: summary, OperationID: operationID(method, path), Tags: []string{tag},
		MaxBodyBytes: maxBody + 1, BodyReadTimeout: readTimeout, Responses: map[string]*huma.Response{},
	}
	a.operations = append(a.operations, op.OperationID)
	for _, scope := range scopes {
		op.Security = append(op.Security, map[string][]string{tokenScheme: {string(scope)}})
	}
	return op
}

// accepts is op for work that continues after the answer.
func (a *api) accepts(tag, what, summary string, scopes ...bot.TokenScope) huma.Operation {
	op := a.op(tag, what, summary, scopes...)
	op.DefaultStatus = http.StatusAccepted
	return op
}

// operationID is the lower-case method and path: "POST /recalls/{id}/undo" is post-recalls-id-undo.
func operationID(method, path string) string {
	words := strings.FieldsFunc(path, func(r rune) bool { return r == '/' || r == '{' || r == '}' })
	return strings.ToLower(method) + "-" + strings.Join(words, "-")
}

// creates is op for a call that is a preview until it is confirmed.
func (a *api) creates(scopes ...bot.TokenScope) huma.Operation {
	op := a.accepts("recalls", "POST /recalls", "Preview a recall, or begin it", scopes...)
	op.Metadata = map[string]any{timeoutKey: previewTimeout}
	return either[Preview, Recall](a, op, "Without confirm: what would be recalled", "With confirm: the recall has begun")
}
