package recall

import (
	"context"
	"time"

	"recallbot/bot"
)

// goneResult is the result for a message that is gone already: an earlier run of the same work may have recalled it.
func goneResult(req Request) bot.Result {
	if req.Redelivered {
		return bot.Done
	}
	return bot.AlreadyGone
}

// alreadyGone completes the outcome of a target that is known to be gone.
func (r *Recaller) alreadyGone(req Request, out Outcome) Outcome {
	out.Result = goneResult(req)
	if out.Result == bot.AlreadyGone {
		out.As = ""
		return out
	}
	if out.Target.Kind == bot.KindOwn {
		out.Take = r.takeOf(req)
	}
	return out
}

// done marks the message as gone in the index. A failure is logged only: the platform says it again at the next look.
func (r *Recaller) done(ctx context.Context, req Request, out Outcome, result bot.Result) (Outcome, error) {
	out.Result = result
	if err := r.index.Forget(ctx, req.Target); err != nil {
		r.log.WarnContext(ctx, "recalled message not removed from index", "message_id", string(req.Target), "error", err)
	}
	return out, nil
}

func (o Outcome) failed(err error) Outcome {
	detail := bot.Detail(err)
	o.Result, o.Code, o.LogID = bot.Failed, detail.Code, detail.LogID
	o.Reason = detail.Reason
	switch {
	case o.Reason != "":
	case detail.Kind == bot.Unavailable:
		o.Reason = bot.ReasonUnavailable
	default:
		o.Reason = bot.ReasonOther
	}
	return o
}

// refused completes a refusal with the platform's code of the failed question for the target or the roles.
func (o Outcome) refused(lookup, noRoles error) Outcome {
	o.Result = bot.Refused
	cause := lookup
	if o.Reason == bot.ReasonUnchecked && noRoles != nil {
		cause = noRoles
	}
	if o.Reason == bot.ReasonUnchecked || o.Target.Kind == bot.KindUnknown {
		detail := bot.Detail(cause)
		o.Code, o.LogID = detail.Code, detail.LogID
	}
	return o
}

// How Insist retries.
const (
	MaxTries = 3
	// TryWait is the first wait; it doubles.
	TryWait = 200 * time.Millisecond
	// MaxWait is the longest wait for the rate limit. A longer one is left to the queue.
	MaxWait = 2 * time.Second
)

// Insist makes a request that a caller waits for: it retries at once, and the last failure is final. recall is Recaller.Recall
// or RecallBatch.
func Insist(
	ctx context.Context, req Request, recall func(context.Context, Request) (Outcome, error),
) (Outcome, error) {
	tries := 0
	return bot.Try(ctx, bot.Retry{Tries: MaxTries, First: TryWait, Max: MaxWait}, func() (Outcome, error) {
		tries++
		req.Last = tries == MaxTries
		out, err := recall(ctx, req)
		req.Redelivered = req.Redelivered || MayHaveActed(req, err)
		return out, err
	})
}

// MayHaveActed reports whether a request that failed may have recalled its message.
func MayHaveActed(req Request, err error) bool {
	return err != nil && (req.Post != "" || bot.Detail(err).MayHaveActed)
}

// Unreachable reports errors without an answer from the platform, or from another system: no connection, no answer in time, or
// an answer of a gateway.
func Unreachable(err error) bool {
	detail := bot.Detail(err)
	return detail.Kind == bot.Unavailable && detail.Code == 0 && detail.LogID == ""
}

// IsOurs reports failures of our own store. Errors of the platform have a reason.
func IsOurs(err error) bool {
	detail := bot.Detail(err)
	return detail.Kind == bot.Unavailable && detail.Reason == ""
}
