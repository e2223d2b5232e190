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
	"recallbot/recall/policy"
)

// apiPath is where the API begins.
const apiPath = "/api/v1"

// Tokens knows API tokens.
type Tokens interface {
	// Check gives the token of a bearer. It is Denied where that is no good, with an error that says why where it was good once, and RateLimited where too many were wrong from
	// this address or for this token.
	Check(ctx context.Context, bearer, address string) (bot.Token, error)
	// Spend counts a call; it is RateLimited where that is one too many.
	Spend(ctx context.Context, token bot.Token) error
	// Principal is what a token may now; it is Over where the token is revoked, has expired, or is not known.
	Principal(ctx context.Context, id bot.TokenID) (*bot.Principal, error)
}

// Posts makes and keeps posts.
type Posts interface {
	// Accept keeps the posts and has them sent; the same order.Work gives the same posts again.
	Accept(ctx context.Context, order bot.PostOrder) ([]bot.Post, error)
	// Register takes posts into the books. Invalid names the message that is not ours; Denied with ReasonNotYours is one of
	// another team.
	Register(ctx context.Context, order bot.RegisterOrder) ([]bot.Post, error)
	// Complete makes sure that every post that was accepted for a group is found.
	Complete(ctx context.Context, team bot.TeamID, group bot.GroupID) error
}

// PostBook finds posts.
type PostBook interface {
	recall.Posts
	// Group gives a group's posts, the oldest first, some at a time, and the cursor of what follows; empty at the end.
	Group(ctx context.Context, team bot.TeamID, group bot.GroupID, cursor string) (page []bot.Post, next string, err error)
	// List is Invalid for a cursor that is none.
	List(ctx context.Context, q bot.PostQuery) (page []bot.Post, next string, err error)
}

// Door is the one door: Recaller.
type Door interface {
	jobs.Recaller
	// MayBy says whether a token may recall anything in a chat.
	MayBy(by *bot.Principal, chat bot.ChatID) policy.Decision
}

// Jobs are the recalls of many messages.
type Jobs interface {
	Start(ctx context.Context, req jobs.Request) (bot.Job, error)
	Find(ctx context.Context, id bot.JobID) (bot.Job, error)
	StopBy(ctx context.Context, id bot.JobID, by *bot.Principal) error
}

// JobList finds the recalls that a team's tokens asked for, or all where it names no team.
type JobList interface {
	// List is Invalid for a cursor that is none. A page may have fewer than n, and still be followed by others.
	List(
		ctx context.Context, team bot.TeamID, cursor string, n int, wanted func(bot.Job) bool,
	) (page []bot.Job, next string, err error)
}

// ArchiveReader counts what of a recall is kept in a chat and can come back.
type ArchiveReader interface {
	Count(ctx context.Context, chat bot.ChatID, take bot.JobID) (kept int, lost bot.Counts, err error)
}

// Sentences says what went wrong, and what to do.
type Sentences interface {
	Filter(wrong *bot.FilterError) string
	Failed(reason bot.Reason, code int) string
}

// Once remembers a value for a key, unless one is remembered, and gives the one that is.
type Once interface {
	Keep(ctx context.Context, key, value string, ttl time.Duration) (string, error)
}

// API is what the HTTP API works with.
type API struct {
	Tokens Tokens
	Posts  Posts
	Book   PostBook
	Door   Door
	Jobs   Jobs
	List   JobList
	// CheckNotify reports why nobody can be told at an address that a caller names, Invalid.
	CheckNotify func(address string) error
	// Select finds what a job would be about; nothing is kept.
	Select jobs.Selector
	// Archive is nil where nothing is kept that could come back.
	Archive ArchiveReader
	Once    Once
	Index   Index
	Audit   Audit
	Chats   Chats
	// Alerts take in what monitoring says.
	Alerts Alerts
	// Say puts reasons and faults into words.
	Say Sentences
	// Observe is told of every call: its operation, as docs/openapi.yaml names it, and the status of its answer. It may be nil.
	Observe func(operation string, status int)
	// Trace is told of every call before it is done; what it returns is called with the status. It may be nil.
	Trace func(ctx context.Context, operation string) (context.Context, func(status int))
	// Zone gives where times of filters belong that name no zone.
	Zone func() *time.Location
	Now  func() time.Time
	// Key makes a name that nobody can guess.
	Key func() string
}

// api is the API as it is served.
type api struct {
	API

	server   *Server
	huma     huma.API
	sameSite *http.CrossOriginProtection
	// slots bounds the calls of which it is not known yet whose they are.
	slots slots
	// Teams share the calls that are under way, those of them that watch a recall, and the previews. room is for the larger
	// bodies of calls.
	calls, streams, previews *shares
	room                     *room
	// operations are the names of all.
	operations []string
}

const (
	// maxUnknown is how many calls of a replica may be looked at at once until it is known whose they are.
	maxUnknown = 512
	// maxCallBodies is how many bytes of larger bodies are held at once: what is read of one takes up several times as much.
	maxCallBodies = 8 * maxBody
	// maxPreviews is how many previews look through chats at once, maxTeamPreviews how many of a team.
	maxPreviews, maxTeamPreviews = 8, 2
)

// serveAPI registers the API's routes.
func (s *Server) serveAPI() *api {
	strictNames()
	// A quarter of the connections is left to those who call nothing of the API: the platform among them.
	open := maxOpen()
	a := &api{
		API: s.parts.API, server: s, sameSite: http.NewCrossOriginProtection(), slots: newSlots(maxUnknown),
		calls: newShares(open*3/4, open/4), streams: newShares(open/2, open/8),
		previews: newShares(maxPreviews, maxTeamPreviews), room: newRoom(maxCallBodies),
	}
	s.engine.Use(a.guard)
	s.engine.NoRoute(notServed(http.StatusNotFound))
	s.engine.NoMethod(notServed(http.StatusMethodNotAllowed))
	a.huma = humagin.New(s.engine, a.config())
	a.huma.UseMiddleware(a.count, a.authorize)
	a.routes()
	a.describe()
	return a
}

// schemaName names a schema in the description of the API after its Go type. An entry of the record is an AuditEntry there.
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
					Type: "http", Scheme: "bearer", BearerFormat: "rb_TOKEN_SECRET", Description: "Made by `recallbot token create`.",
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
	"Every call carries a token: Authorization: Bearer rb_…. Whoever runs the bot makes it: recallbot token create --team release " +
	"--scope post,recall:own. With post one posts; with recall:own one takes back what the own team posted, with recall:any also what " +
	"no other team posted; with audit:read one reads the record.\n\n" +
	"A call that was not done says why as application/problem+json (RFC 9457): detail is what was wrong and what to do, reason is the " +
	"reason's name. 401, 429 and 503 have WWW-Authenticate or Retry-After.\n\n" +
	"Lists come in pages: pass next_cursor as cursor."

// routes is every URL of the API.
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
	huma.Register(a.huma, a.op("recalls", "GET /recalls/{id}", "Look a recall up", reads...), a.readRecall)
	huma.Register(a.huma, a.stream("GET /recalls/{id}/events", "Watch a recall", reads...), a.watchRecall)
	huma.Register(a.huma, a.accepts("recalls", "DELETE /recalls/{id}", "Stop a recall", recalls...), a.stopRecall)
	huma.Register(a.huma, a.accepts("recalls", "POST /recalls/{id}/undo", "Post again what a recall took", recalls...), a.undoRecall)

	huma.Register(a.huma, a.monitoring("POST /alertmanager", "Take Alertmanager's webhook (version 4)"), a.takeAlerts(alert.Alertmanager))
	huma.Register(a.huma, a.monitoring("POST /grafana", "Take the webhook of Grafana's alerting"), a.takeAlerts(alert.Grafana))

	huma.Register(a.huma, a.op("reading", "GET /audit", "Read the record, the newest first", bot.ScopeAuditRead), a.readAudit)
	huma.Register(a.huma, a.op("reading", "GET /chats", "List the chats that the bot is in", reads...), a.listChats)
	huma.Register(a.huma, a.op("reading", "GET /chats/{id}/messages", "List what the index knows of a chat", reads...), a.listMessages)
}

// op describes an operation that any of the scopes allows; what names its method and path.
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

// accepts is op for what goes on after the answer.
func (a *api) accepts(tag, what, summary string, scopes ...bot.TokenScope) huma.Operation {
	op := a.op(tag, what, summary, scopes...)
	op.DefaultStatus = http.StatusAccepted
	return op
}

// operationID is made of the method and the path: "POST /recalls/{id}/undo" is post-recalls-id-undo.
func operationID(method, path string) string {
	words := strings.FieldsFunc(path, func(r rune) bool { return r == '/' || r == '{' || r == '}' })
	return strings.ToLower(method) + "-" + strings.Join(words, "-")
}

// creates is op for what is a preview until it is confirmed.
func (a *api) creates(scopes ...bot.TokenScope) huma.Operation {
	op := a.accepts("recalls", "POST /recalls", "Preview a recall, or begin it", scopes...)
	op.Metadata = map[string]any{patienceKey: previewTimeout}
	return either[Preview, Recall](a, op, "Without confirm: what would go", "It is kept, and goes on")
}
