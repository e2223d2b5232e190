package sandbox

import (
	"fmt"
	"net/http"
)

// Error is the platform saying no: to an API call, or to a person in the client.
type Error struct {
	Status int    // HTTP status of the answer
	Code   int    // the platform's code
	Msg    string // the platform's words, with an ext=… suffix where it gives one
	Fields []FieldViolation
}

// FieldViolation names a request field that was refused.
type FieldViolation struct {
	Field       string `json:"field"`
	Value       string `json:"value"`
	Description string `json:"description"`
}

// Error implements error.
func (e *Error) Error() string { return fmt.Sprintf("%d: %s", e.Code, e.Msg) }

// refuse returns the refusal for a code, in the platform's words and with its HTTP status.
func refuse(code int, ext string) error {
	msg := codeText(code)
	if ext != "" {
		msg += " ext=" + ext
	}
	return &Error{Status: codeStatus(code), Code: code, Msg: msg}
}

// codeStatus is 400 but for the limit and for the old APIs that answer 200 to everything.
func codeStatus(code int) int {
	switch code {
	case codeRateLimited:
		return http.StatusTooManyRequests
	case codeBadSecret, codeBatchParam, codeBatchNobody:
		return http.StatusOK
	}
	return http.StatusBadRequest
}

// The platform's codes that the sandbox gives.
const (
	codeBatchParam      = 10002
	codeConsentParam    = 20001
	codeClientSecret    = 20002
	codeCodeUnknown     = 20003
	codeCodeExpired     = 20004
	codeConsentScope    = 20027
	codeGrantType       = 20036
	codeRefreshExpired  = 20037
	codeClientUnknown   = 20048
	codeVerifier        = 20049
	codeRefreshUnknown  = 20026
	codeCodeUsed        = 20065
	codeRedirect        = 20071
	codeRefreshUsed     = 20073
	codeBatchNobody     = 10003
	codeBadSecret       = 10014
	codeEphemeralGone   = 18051
	codeEphemeralThread = 18053
	codeParam           = 230001
	codeBotOutside      = 230002
	codeBotDisabled     = 230006
	codeTooOld          = 230009
	codeTargetGone      = 230011
	codeUnreachable     = 230013
	codeSendLimit       = 230020
	codeTooLong         = 230025
	codeNoRecallRight   = 230026
	codeNoPermission    = 230027
	codeBatchMissing    = 230030
	codePatchTooOld     = 230031
	codeBadReceiver     = 230034
	codeInvisible       = 230050
	codeWrongType       = 230054
	codeNotOwnEdit      = 230071
	codeEditedOut       = 230072
	codeThreadInvisible = 230073
	codeBadCard         = 230099
	codeDeleted         = 230110
	codeBadEmoji        = 231001
	codeReactGone       = 231003
	codeReactNotMine    = 231007
	codeReactMissing    = 231011
	codeReactType       = 231017
	codeChatUnknown     = 232006
	codeDissolved       = 232009
	codeNotInChat       = 232011
	codeExternal        = 232033
	codeNotOwner        = 232038
	codeManagerLimit    = 232040
	codeRateLimited     = 99991400
	codeNoToken         = 99991661
	codeBadToken        = 99991663
	codeUserToken       = 99991668
	codeNoScope         = 99991672
	codeUserTokenOver   = 99991677
	codeUserScope       = 99991679
	codeUserUnknown     = 99992351
	codeMessageUnknown  = 99992354
	codeField           = 99992402
)

func codeText(code int) string {
	return map[int]string{
		codeBatchParam:      "send message fail, invalid param",
		codeBatchNobody:     "invalid param, no receiver",
		codeBadSecret:       "app secret invalid",
		codeEphemeralGone:   "message has been deleted",
		codeEphemeralThread: "chat can not be thread",
		codeParam:           "Your request contains an invalid request parameter.",
		codeBotOutside:      "The bot can not be outside the group.",
		codeBotDisabled:     "Bot ability is not activated.",
		codeTooOld:          "Message has expired when recall message.",
		codeTargetGone:      "The message was withdrawn.",
		codeUnreachable:     "Bot has NO availability to this user.",
		codeSendLimit:       "This operation triggers the frequency limit.",
		codeTooLong:         "The length of the message content reaches its limit.",
		codeNoRecallRight:   "No permission to recall this message.",
		codeNoPermission:    "Lack of necessary permissions.",
		codeBatchMissing:    "The batch message is not found.",
		codePatchTooOld:     "Message can only be updated within fourteen days after being sent.",
		codeBadReceiver:     "The receive_id is invalid.",
		codeInvisible:       "The message is invisible to the operator.",
		codeWrongType:       "This operation is not supported for this message type.",
		codeNotOwnEdit:      "The operator is not the sender of the message.",
		codeEditedOut:       "The message has reached the number of times it can be edited.",
		codeThreadInvisible: "The thread is invisible to the operator.",
		codeBadCard:         "Failed to create card content.",
		codeDeleted:         "Action unavailable as the message has been deleted.",
		codeBadEmoji:        "The reaction type is invalid.",
		codeReactGone:       "The message is not found or has been recalled.",
		codeReactNotMine:    "The reaction is not created by the operator.",
		codeReactMissing:    "The reaction_id is invalid.",
		codeReactType:       "This message type does not support reactions.",
		codeChatUnknown:     "Your request specifies a chat_id which is invalid.",
		codeDissolved:       "Your request specifies a chat which has already been dissolved.",
		codeNotInChat:       "Operator can NOT be out of the chat.",
		codeExternal:        "The operator or invited bots does NOT have the authority to manage external chats without the corresponding scope.",
		codeNotOwner:        "Only the group owner can add or delete group managers.",
		codeManagerLimit:    "The number of group managers has reached its limit.",
		codeRateLimited:     "request trigger frequency limit",
		codeNoToken:         "Missing access token for authorization. Please make a request with token attached.",
		codeBadToken:        "Invalid access token for authorization. Please make a request with token attached.",
		codeUserToken:       "Invalid access token for authorization. Please make a request with token attached.",
		codeUserTokenOver:   "Authentication token expired. Please provide a new token.",
		codeUserScope:       "Unauthorized. You do not have permission to perform the requested operation on the resource.",
		codeUserUnknown:     "The request you send is not a valid {open_id} or not exists.",
		codeMessageUnknown:  "The request you send is not a valid {message_id} or not exists.",
		codeField:           "field validation failed",
	}[code]
}
