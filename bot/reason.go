package bot

// Reason is why something was not done. Package handlers has a sentence for each, in Chinese and English; a test checks that.
type Reason string

// The bot's own reasons.
const (
	// ReasonNoRight: the person is neither owner, manager, moderator nor author.
	ReasonNoRight Reason = "no_right"
	// ReasonNoSay: the person is neither owner, manager nor moderator, where no post is concerned.
	ReasonNoSay Reason = "no_say"
	// ReasonUnchecked: the person's role could not be checked.
	ReasonUnchecked Reason = "could_not_check"
	// ReasonPerson: the target was written by a person.
	ReasonPerson Reason = "persons_message"
	// ReasonNoRank: the target is another bot's and our bot is a plain member.
	ReasonNoRank Reason = "bot_has_no_rank"
	// ReasonUnknownTarget: the sender is not known, and with our bot's rank the platform would recall any message.
	ReasonUnknownTarget Reason = "unknown_target"
	// ReasonUnseen: the message is not in the index, and the app may not look it up.
	ReasonUnseen Reason = "unseen_message"
	// ReasonAnswer: the target is an answer of our bot, not a post.
	ReasonAnswer Reason = "own_answer"
	// ReasonOtherChat: the target is in another chat than the command.
	ReasonOtherChat Reason = "other_chat"
	// ReasonTooLate: the command is more than eight hours old.
	ReasonTooLate Reason = "said_too_long_ago"
	// ReasonNoTarget: the command is not a reply.
	ReasonNoTarget Reason = "no_target"
	// ReasonNothingHere: the topic has no post of ours.
	ReasonNothingHere Reason = "nothing_here"
	// ReasonTopicUnseen: the topic can't be read, so its newest post of ours is not known.
	ReasonTopicUnseen Reason = "topic_unseen"
	// ReasonPinned: the message is pinned and stays.
	ReasonPinned Reason = "pinned"
	// ReasonNotYours: only the person who asked may press this.
	ReasonNotYours Reason = "not_yours"
	// ReasonSecondPerson: the person who asked can't approve.
	ReasonSecondPerson Reason = "second_person"
	// ReasonNeedsApproval: the chat requires approval for that many, which an API call can't get.
	ReasonNeedsApproval Reason = "needs_approval"
	// ReasonTokenOver: the API token is revoked or has expired.
	ReasonTokenOver Reason = "token_over"
	// ReasonStale: the card's offer has ended.
	ReasonStale Reason = "stale_card"
	// ReasonNoJob: there is no such job here.
	ReasonNoJob Reason = "no_job"
	// ReasonNothingFound: nothing matches.
	ReasonNothingFound Reason = "nothing_found"
	// ReasonNoHistory: the filter depends on texts, and the app may not read the history.
	ReasonNoHistory Reason = "no_history"
	// ReasonUnknownBot: the app of the named bot is not known.
	ReasonUnknownBot Reason = "unknown_bot"
	// ReasonUnknownStart: the message that a range begins or ends with was not found in this chat.
	ReasonUnknownStart Reason = "unknown_start"
	// ReasonCopiedLink: a range begins or ends with a link that a client copies, and the message was not found by it.
	ReasonCopiedLink Reason = "copied_link"
	// ReasonOnlyOwners: only the owner and managers may do this.
	ReasonOnlyOwners Reason = "only_owners"
	// ReasonOnlyOwner: only the owner of the group may do this.
	ReasonOnlyOwner Reason = "only_owner"
	// ReasonConsentOff: owners can't authorise us in this set-up.
	ReasonConsentOff Reason = "consent_off"
	// ReasonConsentUnsent: the private message to the person could not be sent.
	ReasonConsentUnsent Reason = "consent_unsent"
	// ReasonConsentGone: there is no grant of the person, or no longer (99991668, 99991677, 20064 and others).
	ReasonConsentGone Reason = "consent_gone"
	// ReasonOtherPerson: another person than the one who was asked has consented.
	ReasonOtherPerson Reason = "other_person"
	// ReasonConsentDeclined: the person has declined.
	ReasonConsentDeclined Reason = "consent_declined"
	// ReasonArchiveOff: the archive is off.
	ReasonArchiveOff Reason = "archive_off"
	// ReasonNothingKept: nothing of this job is archived, or no longer.
	ReasonNothingKept Reason = "nothing_kept"
	// ReasonTookPerson and the next four: the last recall was of messages that can't be restored: a person's, another bot's, our
	// answers, a batch send, or posts that were not archived.
	ReasonTookPerson Reason = "took_persons_message"
	ReasonTookBot    Reason = "took_bots_post"
	ReasonTookAnswer Reason = "took_own_answer"
	ReasonTookBatch  Reason = "took_batch"
	ReasonTookUnkept Reason = "took_unkept"
	// ReasonNotEnded: the recall to undo has not ended.
	ReasonNotEnded Reason = "not_ended"
	// ReasonUndone: it was posted again already.
	ReasonUndone Reason = "undone_already"
	// ReasonBatchP2P: a batch is recalled by a command in the two-person chat with our bot.
	ReasonBatchP2P Reason = "batch_p2p_only"
	// ReasonBatchRight: only a moderator of all chats may recall a batch.
	ReasonBatchRight Reason = "batch_right"
	// ReasonUnknownBatch: the batch does not exist, or is not ours (230030, 230012).
	ReasonUnknownBatch Reason = "unknown_batch"
	// ReasonDryRun: dry_run is on.
	ReasonDryRun Reason = "dry_run"
)

// The platform's reasons, with its codes.
const (
	// ReasonGone: the message is recalled already.
	ReasonGone Reason = "gone"
	// ReasonNotAllowed: this identity may not recall this message (230026).
	ReasonNotAllowed Reason = "not_allowed"
	// ReasonTooOld: past the tenant's recall window (230009).
	ReasonTooOld Reason = "too_old"
	// ReasonNotInChat: our bot is not in the group (230002).
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
	// ReasonOther: an unknown code.
	ReasonOther Reason = "other"
)
