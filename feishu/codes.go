package feishu

import (
	"net/http"

	"recallbot/bot"
)

// codeInfo is the meaning of a code. The kinds RateLimited and Unavailable are retryable, all others are final.
type codeInfo struct {
	kind   bot.ErrorKind
	reason bot.Reason
	// wholeAPI marks a limit for all calls of the API, not for one chat or person.
	wholeAPI bool
}

// codeInfo looks a code up, whatever the HTTP status. An unknown code is Unavailable if the status says so or if it
// is an old general code (1xxxxxx); else it is a refusal, since repeating a refused call does not help. Code 0 with
// an error status is Unavailable.
func (c *Client) codeInfo(code, status int) codeInfo {
	if v, known := c.codes[code]; known {
		return v
	}
	switch {
	case status == http.StatusTooManyRequests:
		return codeInfo{bot.RateLimited, bot.ReasonRateLimited, true}
	case code == 0, status == http.StatusRequestTimeout, status >= http.StatusInternalServerError, code >= 1_000_000 && code < 2_000_000:
		return codeInfo{bot.Unavailable, bot.ReasonUnavailable, false}
	default:
		return codeInfo{bot.Denied, bot.ReasonOther, false}
	}
}

// isTokenCode reports the codes for which a new token helps.
func isTokenCode(code int) bool {
	switch code {
	case 99991661, 99991663, 99991664, 99991665, 99991668, 99991671, 99991677:
		return true
	default:
		return false
	}
}

// Codes of the websocket's endpoint (docs/platform.md#websocket).
const (
	socketForbidden   = 403
	socketAuth        = 514
	socketNoApp       = 1000040346
	socketTooMany     = 1000040350
	socketWrongDomain = 1000040351
)

// socketCodeInfo is the meaning of a code of the websocket's endpoint, and what to do about it, for the log. A code
// that is unknown here and not retryable in the table is final, as in the SDK.
func socketCodeInfo(code int, base string) (v codeInfo, why string) {
	refused := codeInfo{kind: bot.Denied, reason: bot.ReasonCredentials}
	switch code {
	case socketForbidden:
		return refused, "the platform forbids it: only a custom app that is enabled may connect"
	case socketAuth:
		return refused, "the platform rejects feishu.app_id and feishu.app_secret"
	case socketNoApp:
		return refused, "the platform knows no app with this feishu.app_id"
	case socketWrongDomain:
		return refused, wrongDomain(base)
	case socketTooMany:
		return codeInfo{kind: bot.RateLimited, reason: bot.ReasonRateLimited}, "the app has its 50 connections already: run fewer replicas"
	}
	if v := codeTable()[code]; v.kind == bot.Unavailable || v.kind == bot.RateLimited {
		return v, "the platform is unavailable"
	}
	return refused, "the platform refuses our app"
}

// codeTable is the only place that knows the platform's codes. docs/platform.md#codes and
// docs/platform.md#other-calls name their sources.
func codeTable() map[int]codeInfo {
	var (
		gone        = codeInfo{kind: bot.NotFound, reason: bot.ReasonGone}
		badRequest  = codeInfo{kind: bot.Invalid, reason: bot.ReasonBadRequest}
		noUser      = codeInfo{kind: bot.Denied, reason: bot.ReasonUserUnavailable}
		scope       = codeInfo{kind: bot.Denied, reason: bot.ReasonScope}
		invisible   = codeInfo{kind: bot.Denied, reason: bot.ReasonInvisible}
		wrongType   = codeInfo{kind: bot.Denied, reason: bot.ReasonType}
		dissolved   = codeInfo{kind: bot.Denied, reason: bot.ReasonDissolved}
		notInChat   = codeInfo{kind: bot.Denied, reason: bot.ReasonNotInChat}
		noBot       = codeInfo{kind: bot.Denied, reason: bot.ReasonNoBot}
		notAllowed  = codeInfo{kind: bot.Denied, reason: bot.ReasonNotAllowed}
		appOff      = codeInfo{kind: bot.Denied, reason: bot.ReasonAppOff}
		other       = codeInfo{kind: bot.Denied, reason: bot.ReasonOther}
		busy        = codeInfo{kind: bot.RateLimited, reason: bot.ReasonRateLimited}
		limited     = codeInfo{kind: bot.RateLimited, reason: bot.ReasonRateLimited, wholeAPI: true}
		unavailable = codeInfo{kind: bot.Unavailable, reason: bot.ReasonUnavailable}
		credentials = codeInfo{kind: bot.Unavailable, reason: bot.ReasonCredentials}
		consent     = codeInfo{kind: bot.Denied, reason: bot.ReasonConsentGone}
	)
	codes := map[int]codeInfo{
		// Recalling and reading messages.
		230001: badRequest,
		230002: notInChat,
		230006: noBot,
		230009: {kind: bot.Expired, reason: bot.ReasonTooOld},
		230011: gone,
		230013: noUser,
		230026: notAllowed,
		230027: scope,
		230050: invisible,
		230054: wrongType,
		230073: invisible, // a topic
		230110: gone,
		230111: gone, // destroys itself
		231203: other,
		231204: scope,
		232009: dissolved,

		// Batch sends; 230012 means that another app sent it.
		230012: {kind: bot.NotFound, reason: bot.ReasonUnknownBatch},
		230030: {kind: bot.NotFound, reason: bot.ReasonUnknownBatch},

		// Sending and replying.
		230015: other,
		230017: other,
		230018: other,
		230019: gone, // the topic
		230020: busy,
		230022: other,
		230025: badRequest,
		230028: other,
		230029: noUser,
		230031: {kind: bot.Expired, reason: bot.ReasonTooOld}, // a card of more than 14 days
		230034: badRequest,
		230035: other,
		230036: other,
		230038: scope,
		230049: unavailable, // the same message is being sent
		230053: noUser,
		230055: badRequest,
		230071: other,
		230072: other,
		230075: wrongType,
		230099: badRequest,

		// Reacting.
		231001: badRequest,
		231002: notAllowed,
		231003: gone,
		231004: dissolved,
		231005: gone,
		231006: badRequest,
		231007: notAllowed,
		231008: invisible,
		231010: badRequest,
		231011: badRequest,
		231012: badRequest,
		231013: scope,
		231014: badRequest,
		231015: busy,
		231017: wrongType,
		231018: invisible,
		231019: other,
		231020: other,
		231021: scope,
		231022: noUser,

		// Chats.
		232004: badRequest,
		232006: badRequest,
		232010: notInChat,
		232011: notInChat,
		232019: busy,
		232025: noBot,
		232033: scope,
		232034: appOff,

		// Ephemeral cards.
		18051: gone,
		18053: other, // not supported in topic groups and p2p chats

		// Any call.
		9499:     badRequest,
		10003:    badRequest,
		11232:    busy,
		11233:    busy,
		18121:    unavailable, // the same request is being processed
		1000004:  limited,
		1000005:  limited,
		99991400: limited,
		99991401: {kind: bot.Denied, reason: bot.ReasonAddress},
		99991403: {kind: bot.Denied, reason: bot.ReasonQuota},
		99991661: credentials,
		99991662: appOff,
		99991663: credentials,
		99991664: credentials,
		99991665: credentials,
		99991668: credentials,
		99991671: credentials,
		99991672: {kind: bot.Denied, reason: bot.ReasonAppScope},
		99991673: appOff,
		99991677: credentials,
		99991679: scope,
		99992351: noUser,
		99992354: {kind: bot.NotFound, reason: bot.ReasonUnknownMessage},
		99992355: notInChat,
		99992356: notInChat,
		99992361: noUser,
		99992402: badRequest,

		// User tokens. consent: asking the owner again helps; all others are for the operator.
		20001: badRequest,
		20002: credentials,
		20003: consent,
		20004: consent,
		20008: consent,
		20009: appOff,
		20010: noUser,
		20024: consent,
		20026: consent,
		20036: badRequest,
		20037: consent,
		20048: appOff,
		20049: badRequest,
		20050: unavailable,
		20063: badRequest,
		20064: consent,
		20065: consent,
		20066: consent,
		20067: badRequest,
		20068: scope,
		20069: appOff,
		20070: badRequest,
		20071: badRequest,
		20072: unavailable,
		20073: consent,
		20074: consent,

		// Fetching a token; only a corrected configuration helps.
		10005:    credentials,
		10012:    credentials,
		10013:    credentials,
		10014:    credentials, // "app unauthorized", and "app id not exists" (gh:excitedjs/dreamux#417)
		10015:    credentials, // "wrong app secret"
		99991543: credentials,
	}
	for _, code := range transientCodes() {
		codes[code] = unavailable
	}
	return codes
}

// transientCodes are the platform's internal and temporary errors. They come with any HTTP status, 200 and 400
// included: 2200 as a 500 in gh:larksuite/oapi-sdk-python#15, in a 200 in gh:openclaw/openclaw#70879.
func transientCodes() []int {
	return []int{
		// The page of general codes calls these internal errors, most of them with "try again later".
		1500, 1503, 1551, 1557, 1642, 1663, 1665, 1668, 2200, 4006, 5000, 10101, 10105, 10500, 40006, 45500, 55001, 65001,
		90203, 90235, 90399, 95001, 95003, 95005, 95010, 95011, 95201, 95202, 95203, 95204, 95205, 95206, 95207, 95208,
		95209, 96001, 96002, 96201, 96202, 96402, 96403, 105001, 155000,
		// "internal" of cards (docs/platform.md#events); "internal error" and "system busy" (docs/platform.md#websocket).
		300000, 1000040343, 1,
	}
}
