package sandbox

import "net/http"

// The platform's codes that the sandbox uses.
const (
	codeBadRequest        = 9499
	codeBatchParam        = 10002
	codeInvalidParam      = 10003
	codeAppUnknown        = 10014
	codeWrongSecret       = 10015
	codeNoUsers           = 11203
	codeNoDepartments     = 11204
	codeNoBot             = 11205
	codeBatchImage        = 11227
	codeBatchChat         = 11231
	codeBatchContent      = 11246
	codeEphemeralGone     = 18051
	codeEphemeralThread   = 18053
	codeConsentParam      = 20001
	codeClientSecret      = 20002
	codeCodeUnknown       = 20003
	codeCodeExpired       = 20004
	codeOtherClient       = 20024
	codeRefreshUnknown    = 20026
	codeConsentScope      = 20027
	codeGrantType         = 20036
	codeRefreshExpired    = 20037
	codeClientUnknown     = 20048
	codeVerifier          = 20049
	codeCodeUsed          = 20065
	codeScopeTwice        = 20067
	codeScopeOther        = 20068
	codeTwoSecrets        = 20070
	codeRedirect          = 20071
	codeRefreshUsed       = 20073
	codeCardGenerate      = 200220
	codeCardLarge         = 200860
	codeParam             = 230001
	codeBotOutside        = 230002
	codeBotDisabled       = 230006
	codeTooOld            = 230009
	codeTargetGone        = 230011
	codeNotSender         = 230012
	codeUnreachable       = 230013
	codeShareP2P          = 230015
	codeNotOwnResource    = 230017
	codeTopicUnknown      = 230019
	codeSendLimit         = 230020
	codeTooLong           = 230025
	codeNoRecallRight     = 230026
	codeNoPermission      = 230027
	codeBatchMissing      = 230030
	codePatchTooOld       = 230031
	codeReadTooOld        = 230033
	codeBadReceiver       = 230034
	codeInvisible         = 230050
	codeWrongType         = 230054
	codeFileType          = 230055
	codeNoForward         = 230061
	codeForwardGone       = 230065
	codeNotOwnEdit        = 230071
	codeEditedOut         = 230072
	codeThreadInvisible   = 230073
	codeBadCard           = 230099
	codeDeleted           = 230110
	codeBadEmoji          = 231001
	codeReactGone         = 231003
	codeReactNotMine      = 231007
	codeReactMissing      = 231011
	codeReactType         = 231017
	codeChatParam         = 232001
	codeChatUnknown       = 232006
	codeDissolved         = 232009
	codeNotInChat         = 232011
	codeMembersDenied     = 232014
	codeChatBotDisabled   = 232025
	codeNoMembers         = 232027
	codeExternal          = 232033
	codeNotOwner          = 232038
	codeManagerLimit      = 232040
	codeSomeUnavailable   = 232043
	codeKickOwner         = 232076
	codeResourceParam     = 234001
	codeNotInMessage      = 234003
	codeResourceOutside   = 234004
	codeResourceLarge     = 234006
	codeResourceNoBot     = 234007
	codeNotUploader       = 234008
	codeResourceEmpty     = 234010
	codeNotImage          = 234011
	codeResourceInvisible = 234040
	codeResourceType      = 234043
	codeCardExclusive     = 300302
	codeCardSchema        = 300303
	codeCardElements      = 300305
	codeCardEmpty         = 300307
	codeSlashTaken        = 40000000
	codeSlashIcon         = 40000031
	codeRateLimited       = 99991400
	codeNoToken           = 99991661
	codeBadToken          = 99991663
	codeUserToken         = 99991668
	codeNoScope           = 99991672
	codeUserTokenOver     = 99991677
	codeUserScope         = 99991679
	codeUserUnknown       = 99992351
	codeMessageUnknown    = 99992354
	codeUserIDUnknown     = 99992360
	codeCrossApp          = 99992361
	codeUnionUnknown      = 99992364
	codeField             = 99992402
)

// codeStatus is 400 except for rate limits, old APIs that always use 200, and internal errors.
func codeStatus(code int) int {
	switch {
	case code == codeRateLimited:
		return http.StatusTooManyRequests
	case code >= codeBatchParam && code < codeConsentParam && code != codeEphemeralGone && code != codeEphemeralThread:
		return http.StatusOK
	}
	return http.StatusBadRequest
}

// codeText is the platform's message for a code, without an ext.
func codeText(code int) string {
	return map[int]string{ //nolint:gosec // words about secrets, no secret
		codeBadRequest:        "Bad Request",
		codeBatchParam:        "Create or send message fail.",
		codeInvalidParam:      "invalid param",
		codeAppUnknown:        "app id not exists",
		codeWrongSecret:       "wrong app secret",
		codeNoUsers:           "Send employee ids permission denied.",
		codeNoDepartments:     "Send department list permission denied.",
		codeNoBot:             "App do not have bot.",
		codeBatchImage:        "Image key not exist.",
		codeBatchChat:         "Chat not found.",
		codeBatchContent:      "Create message content fail.",
		codeEphemeralGone:     "message has been deleted",
		codeEphemeralThread:   "chat can not be thread",
		codeConsentParam:      "The request is missing a required parameter.",
		codeClientSecret:      "The client secret is invalid.",
		codeCodeUnknown:       "The authorization code is not found. Please note that an authorization code can only be used once.",
		codeCodeExpired:       "The authorization code has expired.",
		codeOtherClient:       "The provided authorization code or refresh token does not match the provided client ID.",
		codeRefreshUnknown:    "The refresh token passed is invalid. Please check the value.",
		codeConsentScope:      "The app has not applied for the scope.",
		codeGrantType:         "The specified grant_type is not supported.",
		codeRefreshExpired:    "The refresh token passed has expired. Please generate a new one.",
		codeClientUnknown:     "The specified app does not exist.",
		codeVerifier:          "PKCE code challenge failed.",
		codeCodeUsed:          "The authorization code has been used. Please note that an authorization code can only be used once.",
		codeScopeTwice:        "The provided scope list contains duplicate scopes. Please ensure all scopes are unique.",
		codeScopeOther:        "The provided scope list contains scopes that are not permitted. Please ensure all scopes are allowed.",
		codeTwoSecrets:        "Multiple authentication methods were provided. Please only use one to proceed.",
		codeRedirect:          "The provided redirect URI does not match the one used during authorization.",
		codeRefreshUsed:       "The refresh token has been used. Please note that a refresh token can only be used once.",
		codeCardGenerate:      "Failed to generate card content",
		codeCardLarge:         "Card content exceeds limit.",
		codeParam:             "Your request contains an invalid request parameter.",
		codeBotOutside:        "The bot can not be outside the group.",
		codeBotDisabled:       "Bot ability is not activated.",
		codeTooOld:            "Message has expired when recall message.",
		codeTargetGone:        "The message was withdrawn.",
		codeNotSender:         "The bot or user is NOT the sender of the message.",
		codeUnreachable:       "Bot has NO availability to this user.",
		codeShareP2P:          "P2P chat can NOT be shared.",
		codeNotOwnResource:    "Bot is NOT the owner of the resource.",
		codeTopicUnknown:      "The topic does NOT exist.",
		codeSendLimit:         "This operation triggers the frequency limit.",
		codeTooLong:           "The length of the message content reaches its limit.",
		codeNoRecallRight:     "No permission to recall this message.",
		codeNoPermission:      "Lack of necessary permissions.",
		codeBatchMissing:      "The batch message is not found.",
		codePatchTooOld:       "Message can only be updated within fourteen days after being sent.",
		codeReadTooOld:        "The message was sent more than 7 days ago.",
		codeBadReceiver:       "The receive_id is invalid.",
		codeInvisible:         "The message is invisible to the operator.",
		codeWrongType:         "This operation is not supported for this message type.",
		codeFileType:          "The type of file upload does not match the type of message being sent.",
		codeNoForward:         "The message type does not support forwarding.",
		codeForwardGone:       "The message to be forwarded has been recalled.",
		codeNotOwnEdit:        "The operator is not the sender of the message.",
		codeEditedOut:         "The message has reached the number of times it can be edited.",
		codeThreadInvisible:   "The thread is invisible to the operator.",
		codeBadCard:           "Failed to create card content.",
		codeDeleted:           "Action unavailable as the message has been deleted.",
		codeBadEmoji:          "The reaction type is invalid.",
		codeReactGone:         "The message is not found or has been recalled.",
		codeReactNotMine:      "The reaction is not created by the operator.",
		codeReactMissing:      "The reaction_id is invalid.",
		codeReactType:         "This message type does not support reactions.",
		codeChatParam:         "Your request contains an invalid request parameter.",
		codeChatUnknown:       "Your request specifies a chat_id which is invalid.",
		codeDissolved:         "Your request specifies a chat which has already been dissolved.",
		codeNotInChat:         "Operator can NOT be out of the chat.",
		codeMembersDenied:     "The token used in the request does NOT have the permissions necessary to complete the request.",
		codeChatBotDisabled:   "Bot ability is not activated.",
		codeNoMembers:         "There are no valid members in the ID list specified in your request.",
		codeExternal:          "The operator or invited bots does NOT have the authority to manage external chats without the corresponding scope.",
		codeNotOwner:          "Only the group owner can add or delete group managers.",
		codeManagerLimit:      "The number of group managers has reached its limit.",
		codeSomeUnavailable:   "Your request contains unavailable ids.",
		codeKickOwner:         "Can't kick chat owner.",
		codeResourceParam:     "Invalid request param.",
		codeNotInMessage:      "File not in message.",
		codeResourceOutside:   "App not in chat.",
		codeResourceLarge:     "The file size exceed the max value.",
		codeResourceNoBot:     "App does not enable bot feature.",
		codeNotUploader:       "App is not the resource sender.",
		codeResourceEmpty:     "File's size can't be 0.",
		codeNotImage:          "Can't regonnize the image format.",
		codeResourceInvisible: "The message is invisible to the operator.",
		codeResourceType:      "Unsupported message type.",
		codeCardExclusive:     "update_multi property is false",
		codeCardSchema:        "Only schema 2.0 is supported",
		codeCardElements:      "The number of card components exceeds 200",
		codeCardEmpty:         "The card DSL is empty",
		codeSlashTaken:        "command_already_exists",
		codeSlashIcon:         "icon_key is invalid",
		codeRateLimited:       "request trigger frequency limit",
		codeNoToken:           "Missing access token for authorization. Please make a request with token attached.",
		codeBadToken:          "Invalid access token for authorization. Please make a request with token attached.",
		codeUserToken:         "Invalid access token for authorization. Please make a request with token attached.",
		codeNoScope:           "Access denied.",
		codeUserTokenOver:     "Authentication token expired. Please provide a new token.",
		codeUserScope:         "Unauthorized. You do not have permission to perform the requested operation on the resource.",
		codeUserUnknown:       "The request you send is not a valid {open_id} or not exists.",
		codeMessageUnknown:    "The request you send is not a valid {message_id} or not exists.",
		codeUserIDUnknown:     "Your request contains not existed id.",
		codeCrossApp:          "open_id cross app",
		codeUnionUnknown:      "Your request contains not existed id.",
		codeField:             "field validation failed",
	}[code]
}
