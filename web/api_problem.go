package web

import (
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"math"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/danielgtaylor/huma/v2"
	"github.com/gin-gonic/gin"

	"recallbot/bot"
)

// Problem is an error of the API (RFC 9457).
type Problem struct {
	Type   string `json:"type" doc:"about:blank: the status says what kind it is" example:"about:blank"`
	Title  string `json:"title" doc:"The status in words"`
	Status int    `json:"status"`
	Detail string `json:"detail,omitempty" doc:"What was wrong, and what to do"`
	// Errors are the invalid places in the request.
	Errors []Mistake `json:"errors,omitempty" doc:"The places in the request that were wrong"`
	Reason string    `json:"reason,omitempty" doc:"The reason's name, the same as in the record"`
	Code   int       `json:"code,omitempty" doc:"The platform's code"`
	LogID  string    `json:"log_id,omitempty" doc:"The platform's log id, for its support"`

	retry   time.Duration
	unknown bool // sets WWW-Authenticate
}

// Mistake is one invalid place in a request.
type Mistake struct {
	Location string `json:"location,omitempty" example:"body.chats[0]"`
	Message  string `json:"message"`
}

const problemType = "application/problem+json"

func newProblem(status int, detail string) *Problem {
	return &Problem{Type: "about:blank", Title: http.StatusText(status), Status: status, Detail: detail}
}

// Error is the detail.
func (p *Problem) Error() string { return p.Detail }

// GetStatus is the HTTP status.
func (p *Problem) GetStatus() int { return p.Status }

// ContentType is application/problem+json.
func (*Problem) ContentType(string) string { return problemType }

// GetHeaders are Retry-After and WWW-Authenticate, as the status needs.
func (p *Problem) GetHeaders() http.Header {
	header := http.Header{}
	if p.Status == http.StatusTooManyRequests || p.Status == http.StatusServiceUnavailable {
		header.Set("Retry-After", strconv.Itoa(int(math.Ceil(max(p.retry, time.Second).Seconds()))))
	}
	if p.unknown {
		header.Set("WWW-Authenticate", `Bearer realm="recallbot"`)
	}
	return header
}

// write sends the problem where huma does not.
func (p *Problem) write(w http.ResponseWriter) {
	maps.Copy(w.Header(), p.GetHeaders())
	w.Header().Set("Content-Type", problemType)
	w.WriteHeader(p.Status)
	_ = json.NewEncoder(w).Encode(p) // the client may have gone
}

func invalid(location, message string) *Problem {
	p := newProblem(http.StatusUnprocessableEntity, message)
	p.Errors = []Mistake{{Location: location, Message: message}}
	return p
}

// notFound hides whether a resource exists in another team.
func notFound(what string) *Problem {
	return newProblem(http.StatusNotFound, "There is no such "+what+".")
}

// problemOf converts an error: its kind gives the status. The error's text is only logged, except for errors of the
// request.
func problemOf(err error) *Problem {
	if p, ok := errors.AsType[*Problem](err); ok {
		return p
	}
	detail := bot.Detail(err)
	p := newProblem(statusOf(detail.Kind), "")
	p.Reason, p.Code, p.LogID, p.retry = string(detail.Reason), detail.Code, detail.LogID, detail.RetryAfter
	switch detail.Kind {
	case bot.Invalid:
		p.Detail = asSentence(errorText(detail))
	case bot.Unavailable:
		p.Detail = awayText(err, detail)
	case bot.RateLimited:
		p.Detail = "This token made too many calls. Try again in " + p.wait() + ", or ask the bot's operator for a higher rate."
	case bot.Denied, bot.Expired:
		p.Detail = "This token may not do that here."
	case bot.NotFound:
		p.Detail = "It does not exist."
	case bot.Internal, bot.None:
		p.Detail = "Something went wrong in the bot; its log says what."
	}
	return p
}

// awayText is what does not answer: we, the platform or Redis.
func awayText(err error, detail *bot.Error) string {
	switch {
	case errors.Is(err, errBusy):
		return "Too many calls are waiting. Try again later."
	case detail.Reason != "" || detail.Code != 0:
		return "The platform (Feishu or Lark) does not answer. Try again later."
	default:
		return "Redis is not reachable. Nothing was changed; try again."
	}
}

// wait is the time until a retry, for a sentence.
func (p *Problem) wait() string {
	return bot.ShortDuration(max(p.retry, time.Second).Round(time.Second))
}

func errorText(e *bot.Error) string {
	if e.Err != nil {
		return e.Err.Error()
	}
	return strings.TrimSpace(e.Op)
}

func statusOf(kind bot.ErrorKind) int {
	switch kind {
	case bot.Invalid:
		return http.StatusUnprocessableEntity
	case bot.NotFound:
		return http.StatusNotFound
	case bot.Denied, bot.Expired:
		return http.StatusForbidden
	case bot.RateLimited:
		return http.StatusTooManyRequests
	case bot.Unavailable:
		return http.StatusServiceUnavailable
	default:
		return http.StatusInternalServerError
	}
}

func tooLarge(op *huma.Operation) *Problem {
	return newProblem(http.StatusRequestEntityTooLarge, fmt.Sprintf("The body is larger than %d bytes.", bodyLimit(op)))
}

// asProblem converts huma's own errors, without the values that were sent.
func asProblem(ctx huma.Context, _ string, v any) (any, error) {
	model, ok := v.(*huma.ErrorModel)
	if !ok {
		return v, nil
	}
	p := newProblem(model.Status, sentenceOf(model.Detail))
	if len(model.Errors) > 0 {
		p.Detail = wrongRequest
	}
	if model.Status == http.StatusRequestEntityTooLarge {
		p = tooLarge(ctx.Operation())
	}
	for _, e := range model.Errors {
		p.Errors = append(p.Errors, Mistake{Location: e.Location, Message: sentenceOf(e.Message)})
	}
	return p, nil
}

// notServed answers unknown routes of the API with a problem.
func notServed(status int) gin.HandlerFunc {
	return func(c *gin.Context) {
		if strings.HasPrefix(c.Request.URL.Path, "/api/") {
			newProblem(status, "The API has no such path or method.").write(c.Writer)
			c.Abort()
		}
	}
}
