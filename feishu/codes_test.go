package feishu_test

import (
	"slices"
	"strconv"
	"testing"

	"recallbot/bot"
	"recallbot/feishu"
)

type codeMeaning struct {
	kind   bot.ErrorKind
	reason bot.Reason
}

// codeMeanings are the codes that people may be told about, from the platform's pages on recalling and on general
// errors.
func codeMeanings() map[int]codeMeaning {
	return map[int]codeMeaning{
		230001: {bot.Invalid, bot.ReasonBadRequest},
		230002: {bot.Denied, bot.ReasonNotInChat},
		230006: {bot.Denied, bot.ReasonNoBot},
		230009: {bot.Expired, bot.ReasonTooOld},
		230013: {bot.Denied, bot.ReasonUserUnavailable},
		230026: {bot.Denied, bot.ReasonNotAllowed},
		230027: {bot.Denied, bot.ReasonScope},
		230050: {bot.Denied, bot.ReasonInvisible},
		230054: {bot.Denied, bot.ReasonType},
		230110: {bot.NotFound, bot.ReasonGone},
		232009: {bot.Denied, bot.ReasonDissolved},

		99991400: {bot.RateLimited, bot.ReasonRateLimited},
		99991401: {bot.Denied, bot.ReasonAddress},
		99991403: {bot.Denied, bot.ReasonQuota},
		99991661: {bot.Unavailable, bot.ReasonCredentials},
		99991662: {bot.Denied, bot.ReasonAppOff},
		99991663: {bot.Unavailable, bot.ReasonCredentials},
		99991664: {bot.Unavailable, bot.ReasonCredentials},
		99991668: {bot.Unavailable, bot.ReasonCredentials},
		99991671: {bot.Unavailable, bot.ReasonCredentials},
		99991672: {bot.Denied, bot.ReasonAppScope},
		99991673: {bot.Denied, bot.ReasonAppOff},
		99991677: {bot.Unavailable, bot.ReasonCredentials},
		99991679: {bot.Denied, bot.ReasonScope},
		99992354: {bot.NotFound, bot.ReasonUnknownMessage},
		99992402: {bot.Invalid, bot.ReasonBadRequest},
		1000004:  {bot.RateLimited, bot.ReasonRateLimited},
		1000005:  {bot.RateLimited, bot.ReasonRateLimited},

		230011: {bot.NotFound, bot.ReasonGone},
		230020: {bot.RateLimited, bot.ReasonRateLimited},
		231003: {bot.NotFound, bot.ReasonGone},
		232011: {bot.Denied, bot.ReasonNotInChat},
		18053:  {bot.Denied, bot.ReasonOther},

		// Wrong credentials (gh:excitedjs/dreamux#417 and the page of general codes).
		10014: {bot.Unavailable, bot.ReasonCredentials},
		10015: {bot.Unavailable, bot.ReasonCredentials},
		10003: {bot.Invalid, bot.ReasonBadRequest},

		// Undocumented codes are refusals, except for the old general ones.
		239999:  {bot.Denied, bot.ReasonOther},
		1000999: {bot.Unavailable, bot.ReasonUnavailable},
	}
}

func TestCodes(t *testing.T) {
	t.Parallel()
	for code, want := range codeMeanings() {
		t.Run(strconv.Itoa(code), func(t *testing.T) {
			t.Parallel()
			err := newClient(newPlatform(t, always(refusal(code)))).Recall(t.Context(), "om_1")
			got := bot.Detail(err)
			if (codeMeaning{got.Kind, got.Reason}) != want {
				t.Errorf("got %s, %q; want %s, %q", got.Kind, got.Reason, want.kind, want.reason)
			}
			if got.Code != code || got.LogID != "log-"+strconv.Itoa(code) || got.MayHaveActed {
				t.Errorf("got %+v", got)
			}
		})
	}
}

// TestEveryCodeHasKind: every code of the table has a kind and a reason.
func TestEveryCodeHasKind(t *testing.T) {
	t.Parallel()
	p := newPlatform(t, always(fakeReply{}))
	client := newClient(p)
	codes := feishu.KnownCodes()
	slices.Sort(codes)
	for _, code := range codes {
		p.mu.Lock()
		p.answer = always(refusal(code))
		p.mu.Unlock()
		got := bot.Detail(client.Recall(t.Context(), "om_1"))
		if got.Kind == bot.Internal || got.Reason == "" {
			t.Errorf("%d is %s, %q", code, got.Kind, got.Reason)
		}
		if (got.Kind == bot.RateLimited) != (got.RetryAfter > 0) {
			t.Errorf("%d is %s with a wait of %s", code, got.Kind, got.RetryAfter)
		}
	}
}
