package bot

// Reason names the sentence that explains to a person why something was not done and what to do next. The sentences
// themselves, in Chinese and English, stand in handlers/phrases.go; a test holds that each reason has one.
type Reason string

// Reasons of our own.
const (
	// ReasonNoRight: the person is neither owner, manager, moderator nor author.
	ReasonNoRight Reason = "no_right"
	// ReasonNoSay: the person is neither owner, manager nor moderator, and it is about no post that might be theirs.
	ReasonNoSay Reason = "no_say"
	// ReasonUnchecked: the person's role could not be learned.
	ReasonUnchecked Reason = "could_not_check"
	// ReasonPerson: the target was written by a person.
	ReasonPerson Reason = "persons_message"
	// ReasonNoRank: the target is another bot's and our bot is a plain member.
	ReasonNoRank Reason = "bot_has_no_rank"
	// ReasonUnknownTarget: nobody can tell whose message it is, and with our bot's rank the platform would take any.
	ReasonUnknownTarget Reason = "unknown_target"
	// ReasonUnseen: somebody reacted to a message that we never saw and may not look up.
	ReasonUnseen Reason = "unseen_message"
	// ReasonAnswer: the target is an answer or a card of our bot's own, and no post.
	ReasonAnswer Reason = "own_answer"
	// ReasonOtherChat: the target stands in another chat than the command.
	ReasonOtherChat Reason = "other_chat"
	// ReasonTooLate: the command was said more than eight hours ago.
	ReasonTooLate Reason = "said_too_long_ago"
	// ReasonNoTarget: the command is no reply.
	ReasonNoTarget Reason = "no_target"
	// ReasonNothingHere: the topic holds no post of ours.
	ReasonNothingHere Reason = "nothing_here"
	// ReasonTopicUnseen: the topic can't be looked through, so its newest post of ours can't be told.
	ReasonTopicUnseen Reason = "topic_unseen"
	// ReasonPinned: the message is pinned and stays.
	ReasonPinned Reason = "pinned"
	// ReasonNotYours: only the person who asked may press this.
	ReasonNotYours Reason = "not_yours"
	// ReasonSecondPerson: whoever asked can't approve.
	ReasonSecondPerson Reason = "second_person"
	// ReasonNeedsApproval: the chat wants a second person's approval for so many, and an API call has nobody to ask.
	ReasonNeedsApproval Reason = "needs_approval"
	// ReasonTokenOver: the API token is revoked or has expired.
	ReasonTokenOver Reason = "token_over"
	// ReasonStale: the card's offer is over, or was taken up already.
	ReasonStale Reason = "stale_card"
	// ReasonNoJob: there is no such job here.
	ReasonNoJob Reason = "no_job"
	// ReasonNothingFound: nothing matches.
	ReasonNothingFound Reason = "nothing_found"
	// ReasonNoHistory: the filter needs to read texts, and the history may not be read.
	ReasonNoHistory Reason = "no_history"
	// ReasonUnknownBot: nobody can tell which app the named bot is.
	ReasonUnknownBot Reason = "unknown_bot"
	// ReasonUnknownStart: the message that a range begins or ends with was not found in this chat.
	ReasonUnknownStart Reason = "unknown_start"
	// ReasonCopiedLink: a range begins or ends with a link that a client copies; it holds no id, and nothing tells whose it is.
	ReasonCopiedLink Reason = "copied_link"
	// ReasonOnlyOwners: only the owner and managers may do this.
	ReasonOnlyOwners Reason = "only_owners"
	// ReasonOnlyOwner: only the owner of the group may do this.
	ReasonOnlyOwner Reason = "only_owner"
	// ReasonConsentOff: the operator has not set up that owners can authorise us.
	ReasonConsentOff Reason = "consent_off"
	// ReasonConsentUnsent: what only the person may see could not be written to them.
	ReasonConsentUnsent Reason = "consent_unsent"
	// ReasonConsentGone: the person's authorisation has ended, or there never was one (99991668, 99991677, 20064 and others).
	ReasonConsentGone Reason = "consent_gone"
	// ReasonOtherPerson: somebody else than the person who was asked has consented.
	ReasonOtherPerson Reason = "other_person"
	// ReasonConsentDeclined: the person was asked for their consent, and said no.
	ReasonConsentDeclined Reason = "consent_declined"
	// ReasonArchiveOff: nothing is kept that could come back.
	ReasonArchiveOff Reason = "archive_off"
	// ReasonNothingKept: nothing of this job is kept, or no longer.
	ReasonNothingKept Reason = "nothing_kept"
	// ReasonTookPerson and the next four: the last recall took what can't come back: a person's message, another bot's post,
	// an answer or a card of ours, a batch send, or what was not kept.
	ReasonTookPerson Reason = "took_persons_message"
	ReasonTookBot    Reason = "took_bots_post"
	ReasonTookAnswer Reason = "took_own_answer"
	ReasonTookBatch  Reason = "took_batch"
	ReasonTookUnkept Reason = "took_unkept"
	// ReasonNotEnded: the recall that is to be undone goes on.
	ReasonNotEnded Reason = "not_ended"
	// ReasonUndone: it was posted again already.
	ReasonUndone Reason = "undone_already"
	// ReasonBatchP2P: a batch is recalled in the two-person chat with our bot.
	ReasonBatchP2P Reason = "batch_p2p_only"
	// ReasonBatchRight: only a moderator of all chats may recall a batch.
	ReasonBatchRight Reason = "batch_right"
	// ReasonUnknownBatch: the platform knows no such batch, or it is not ours (230030, 230012).
	ReasonUnknownBatch Reason = "unknown_batch"
	// ReasonDryRun: nothing is recalled because dry_run is on.
	ReasonDryRun Reason = "dry_run"
)

// Reasons that the platform gave.
const (
	// ReasonGone: the message is recalled already.
	ReasonGone Reason = "gone"
	// ReasonNotAllowed: this identity may not recall this message (230026).
	ReasonNotAllowed Reason = "not_allowed"
	// ReasonTooOld: past the tenant's recall window (230009).
	ReasonTooOld Reason = "too_old"
	// ReasonNotInChat: our bot is outside the group (230002).
	ReasonNotInChat Reason = "not_in_chat"
	// ReasonNoBot: the app's bot ability is off (230006).
	ReasonNoBot Reason = "no_bot_ability"
	// ReasonUserUnavailable: the person is outside the app's availability, or has left (230013).
	ReasonUserUnavailable Reason = "user_unavailable"
	// ReasonScope: a scope, an authorisation or the ability to work in external groups is missing (230027).
	ReasonScope Reason = "scope_or_external"
	// ReasonAppScope: the app lacks a scope altogether (99991672).
	ReasonAppScope Reason = "app_scope"
	// ReasonInvisible: our bot can't see the message (230050).
	ReasonInvisible Reason = "invisible"
	// ReasonType: this type of message can't be recalled (230054).
	ReasonType Reason = "type"
	// ReasonDissolved: the group is dissolved (232009).
	ReasonDissolved Reason = "dissolved"
	// ReasonBadRequest: the platform did not accept the request (230001).
	ReasonBadRequest Reason = "bad_request"
	// ReasonUnknownMessage: the platform knows no such message (99992354).
	ReasonUnknownMessage Reason = "unknown_message"
	// ReasonRateLimited: the platform asks us to wait.
	ReasonRateLimited Reason = "rate_limited"
	// ReasonQuota: the app's monthly quota of calls is used up (99991403).
	ReasonQuota Reason = "quota"
	// ReasonAddress: our server's address is not in the app's allow-list (99991401).
	ReasonAddress Reason = "address"
	// ReasonCredentials: the app's id, secret or token is not accepted.
	ReasonCredentials Reason = "credentials"
	// ReasonAppOff: the app is not in use in this tenant (99991662, 99991673).
	ReasonAppOff Reason = "app_off"
	// ReasonUnavailable: the platform does not answer.
	ReasonUnavailable Reason = "unavailable"
	// ReasonOther: a code that we don't know.
	ReasonOther Reason = "other"
)
