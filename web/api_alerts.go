package web

import (
	"context"
	"errors"
	"io"
	"net/http"
	"os"
	"reflect"
	"time"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humagin"
	"github.com/gin-gonic/gin"

	"recallbot/bot"
	"recallbot/bot/command"
	"recallbot/post/alert"
	"recallbot/recall/policy"
)

// retries5xx marks operations whose callers repeat after 5xx only, not after 429.
const retries5xx = "retries5xx"

type alertsInput struct {
	Chat     bot.ChatID `query:"chat" maxLength:"128" doc:"Where the cards stand; may be left out with a token for one chat" example:"oc_…"`
	Resolved string     `query:"resolved" default:"update" doc:"When all is resolved: update the card, recall it, or recall it after a time (10m)" example:"10m"`
	Again    string     `query:"again" enum:"new,same" default:"new" doc:"Where it fires again after that: a new card, which people notice, or the same"`

	body io.Reader
}

// maxAlerts is the largest webhook of monitoring in bytes. It is large because Alertmanager does not repeat what is
// answered 413, and decoded alert by alert, so that only alertsMemory of it is in memory.
const (
	maxAlerts    = 32 << 20
	alertsMemory = 512 << 10
)

// Resolve implements huma.Resolver: alert.Decode reads the body.
func (in *alertsInput) Resolve(ctx huma.Context) []error {
	in.body = http.MaxBytesReader(humagin.Unwrap(ctx).Writer, io.NopCloser(ctx.BodyReader()), maxAlerts)
	if err := ctx.SetReadDeadline(time.Now().Add(readTimeout)); err != nil {
		return []error{err}
	}
	return nil
}

type alertsAnswer struct {
	Body struct {
		Group  bot.GroupID `json:"group" doc:"The group of the card's post"`
		Firing bool        `json:"firing"`
	}
}

// monitoring is an operation for webhooks of monitoring.
func (a *api) monitoring(what, summary string) huma.Operation {
	op := a.accepts("alerts", what, summary, bot.ScopePost)
	op.Metadata = map[string]any{retries5xx: true}
	op.MaxBodyBytes = maxAlerts + 1
	return op
}

// describeAlerts describes the bodies of the webhooks afterwards, since huma reads the bodies of operations that are
// described when they are registered.
func (a *api) describeAlerts(doc *huma.OpenAPI) {
	schema := doc.Components.Schemas.Schema(reflect.TypeFor[alert.Payload](), true, "Alerts")
	for _, path := range []string{"/alertmanager", "/grafana"} {
		doc.Paths[apiPath+path].Post.RequestBody = &huma.RequestBody{
			Required: true, Content: map[string]*huma.MediaType{gin.MIMEJSON: {Schema: schema}},
		}
	}
}

// takeAlerts is POST /alertmanager and POST /grafana.
func (a *api) takeAlerts(source alert.Source) func(context.Context, *alertsInput) (*alertsAnswer, error) {
	return func(ctx context.Context, in *alertsInput) (*alertsAnswer, error) {
		by := principalOf(ctx)
		options, err := alertOptions(in, by)
		if err != nil {
			return nil, err
		}
		notification, err := alert.Decode(source, in.body)
		if err != nil {
			return nil, a.fail(ctx, "read alerts", alertsProblem(err))
		}
		group, err := a.ReceiveAlerts(ctx, notification, options, *by)
		if err != nil {
			return nil, a.fail(ctx, "take alerts", err)
		}
		answer := &alertsAnswer{}
		answer.Body.Group, answer.Body.Firing = group.Name(), group.Fires()
		return answer, nil
	}
}

// alertsProblem maps errors of a body that is too large or late; others stay.
func alertsProblem(err error) error {
	if _, tooLarge := errors.AsType[*http.MaxBytesError](err); tooLarge || errors.Is(err, alert.ErrTooLarge) {
		return newProblem(http.StatusRequestEntityTooLarge, "The webhook is too large. Lower max_alerts at the sender.")
	}
	if errors.Is(err, os.ErrDeadlineExceeded) {
		return newProblem(http.StatusRequestTimeout, "The body did not come in time.")
	}
	return err
}

// alertOptions reads the query parameters for cards.
func alertOptions(in *alertsInput, by *bot.Principal) (alert.Options, error) {
	options := alert.Options{Chat: in.Chat, Same: in.Again == "same"}
	if options.Chat == "" && len(by.Chats) == 1 {
		options.Chat = by.Chats[0]
	}
	switch {
	case options.Chat == "":
		return options, invalid("query.chat", "chat is missing: to which chat should the cards go?")
	case bot.IsPlaceholder(string(options.Chat)):
		return options, invalid("query.chat", string(options.Chat)+placeholderText)
	case !policy.Reaches(by, options.Chat):
		return options, newProblem(http.StatusForbidden, "This token may not post there.")
	case in.Resolved == "update":
		return options, nil
	case in.Resolved == "recall":
		options.Recall = true
		return options, nil
	}
	after, err := command.ParseDuration(in.Resolved)
	if err != nil || after < time.Second || after > alert.MaxAfter {
		return options, invalid("query.resolved", "resolved must be update, recall, or a duration from 1s to 24h.")
	}
	options.Recall, options.After = true, after
	return options, nil
}
