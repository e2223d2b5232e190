package text

import (
	"strings"

	"recallbot/bot"
)

// Key is the path of a text in zh.yaml and en.yaml.
type Key string

// The texts that the code names one by one.
const (
	Code             Key = "answer.code"
	CodeAndLog       Key = "answer.code_and_log"
	UnknownWord      Key = "answer.unknown_word"
	DidYouMean       Key = "answer.did_you_mean"
	HelpTitle        Key = "help.title"
	HelpOne          Key = "help.one"
	HelpMany         Key = "help.many"
	HelpOwn          Key = "help.own"
	HelpAfter        Key = "help.after"
	HelpChat         Key = "help.chat"
	HelpReaction     Key = "help.reaction"
	HelpMembers      Key = "help.members"
	HelpMembersAlone Key = "help.members_alone"
	HelpWords        Key = "help.words"
	HelpExamples     Key = "help.examples"
	HelpAlso         Key = "help.also"
	HelpUnknown      Key = "help.unknown"
	AskPeople        Key = "refusal.ask_people"
	AskOwner         Key = "refusal.ask_owner"
	MakeAdmin        Key = "refusal.make_admin"
	MakeAdminOrGrant Key = "refusal.make_admin_or_grant"
	PostedByBot      Key = "refusal.by_bot"
	PostedByPerson   Key = "refusal.by_person"
	PeopleSetting    Key = "refusal.people_setting"
	AskButton        Key = "question.button"
	Asked            Key = "question.asked"
	AskedNobody      Key = "question.nobody"
	AskedBefore      Key = "question.before"
	AskedTooOften    Key = "question.too_often"
	QuestionTitle    Key = "question.title"
	QuestionAsked    Key = "question.text"
	QuestionLeave    Key = "question.leave"
	AskedRecalled    Key = "question.recalled"
	AskedLeft        Key = "question.left"
	AboutChat        Key = "answer.about_chat"
	MenuTitle        Key = "menu.title"
	MenuPreview      Key = "menu.preview"
	MenuMore         Key = "menu.more"
	OfferTitle       Key = "offer.title"
	OfferRecall      Key = "offer.recall"
	OfferOther       Key = "offer.other"
	OfferDone        Key = "offer.done"
	FilterMatch      Key = "filter.match"
	StatusNone       Key = "status.none"
	StatusRunning    Key = "status.running"
	StatusWaiting    Key = "status.waiting"
	StatusAsked      Key = "status.asked"
	StatusApproval   Key = "status.approval"
	TitlePreview     Key = "job.title.preview"
	TitleApproval    Key = "job.title.approval"
	TitleWaiting     Key = "job.title.waiting"
	TitleStopped     Key = "job.title.stopped"
	TitleFailed      Key = "job.title.failed"
	TitleAskUndo     Key = "job.title.ask_undo"
	TitleNothing     Key = "job.title.nothing"
	TitleDryRun      Key = "job.title.dry_run"
	ButtonRecall     Key = "job.button.recall"
	ButtonCancel     Key = "job.button.cancel"
	ButtonApprove    Key = "job.button.approve"
	ButtonStop       Key = "job.button.stop"
	ButtonRetry      Key = "job.button.retry"
	ButtonGoOn       Key = "job.button.go_on"
	ButtonAllBots    Key = "job.button.all_bots"
	ButtonUndo       Key = "job.button.undo"
	ButtonUndoSome   Key = "job.button.undo_some"
	OnlyOwn          Key = "job.only_own"
	Approvers        Key = "job.approvers"
	ExpiresSoon      Key = "job.expires_soon"
	ConfirmAlone     Key = "job.confirm_alone"
	ApprovalAsked    Key = "job.approval_asked"
	ApprovedBy       Key = "job.approved_by"
	Confirmed        Key = "job.confirmed"
	Cancelled        Key = "job.cancelled"
	Expired          Key = "job.expired"
	Stopped          Key = "job.stopped"
	Range            Key = "job.range"
	Skipped          Key = "job.skipped"
	Estimate         Key = "job.estimate"
	MoreMessages     Key = "job.more_messages"
	Ahead            Key = "job.ahead"
	OwnTurn          Key = "job.own_turn"
	Stalled          Key = "job.stalled"
	TimeLeft         Key = "job.time_left"
	AskedBy          Key = "job.asked_by"
	Untried          Key = "job.untried"
	UndoSure         Key = "job.undo_sure"
	Taken            Key = "job.taken"
	TakenAll         Key = "job.taken_all"
	NothingLast      Key = "job.nothing_last"
	NothingOwn       Key = "job.nothing_own"
	Undone           Key = "job.undone"
	Lost             Key = "job.lost"
	Restored         Key = "job.restored"
	BatchSoon        Key = "job.batch_soon"
	SenderSaid       Key = "sender.said"
	WhatMine         Key = "what.mine"
	WhatBots         Key = "what.bots"
	WhatOf           Key = "what.of"
	WhatEither       Key = "what.either"
	WhatLast         Key = "what.last"
	WhatWithin       Key = "what.within"
	WhatSince        Key = "what.since"
	WhatUntil        Key = "what.until"
	WhatFromReply    Key = "what.from_reply"
	WhatFrom         Key = "what.from"
	WhatTo           Key = "what.to"
	WhatMatch        Key = "what.match"
	WhatRegex        Key = "what.regex"
	WhatTypes        Key = "what.types"
	WhatDup          Key = "what.dup"
	WhatThread       Key = "what.thread"
	WhatPinned       Key = "what.pinned"
	SenderCount      Key = "sender.count"
	SenderOthers     Key = "sender.others"
	SenderPeople     Key = "sender.people"
	SenderMyself     Key = "sender.myself"
	SenderBot        Key = "sender.bot"
	SenderUnknown    Key = "sender.unknown"
	Seconds          Key = "time.seconds"
	Minutes          Key = "time.minutes"
	WholeMinutes     Key = "time.whole_minutes"
	Hours            Key = "time.hours"
	HoursMinutes     Key = "time.hours_minutes"
	Days             Key = "time.days"
	ListOfTypes      Key = "list.types"
	ListOfCounts     Key = "list.counts"
	Brackets         Key = "list.brackets"
	SettingsTitle    Key = "settings.title"
	SettingsSave     Key = "settings.save"
	SettingsSaved    Key = "settings.saved"
	SettingsSame     Key = "settings.same"
	SettingsReadOnly Key = "settings.read_only"
	SettingsHint     Key = "settings.hint"
	SettingsLabel    Key = "settings.label"
	SettingsValue    Key = "settings.shown"
	SettingsChanged  Key = "settings.changed"
	SettingsNow      Key = "settings.now"
	SettingsOf       Key = "settings.of"
	SettingsAll      Key = "settings.all"
	SomeEmoji        Key = "settings.some_emoji"
	SettingsUnsaved  Key = "settings.unsaved"
	PeopleOn         Key = "settings.people_on"
	PeopleOff        Key = "settings.people_off"
	ApproveAlone     Key = "settings.approve_alone"
	ValueOn          Key = "settings.value.on"
	ValueOff         Key = "settings.value.off"
	ValueNobody      Key = "settings.value.nobody"
	ValueDefault     Key = "settings.value.default"
	ValueDefaultIs   Key = "settings.value.default_is"
	TTLSet           Key = "ttl.set"
	TTLAll           Key = "ttl.all"
	TTLTypes         Key = "ttl.types"
	TTLNone          Key = "ttl.none"
	TTLOff           Key = "ttl.off"
	TTLCut           Key = "ttl.cut"
	TTLNew           Key = "ttl.new"
	TTLNewOnly       Key = "ttl.new_only"
	TTLAsk           Key = "ttl.ask"
	TTLOlder         Key = "ttl.older"
	TTLRecall        Key = "ttl.recall"
	TTLKeep          Key = "ttl.keep"
	MineTitle        Key = "mine.title"
	MineNone         Key = "mine.none"
	MineNumber       Key = "mine.number"
	MineP2P          Key = "mine.p2p"
	MineTakeBack     Key = "mine.take_back"
	MineAll          Key = "mine.all"
	MineSure         Key = "mine.sure"
	MineTakenBack    Key = "mine.taken_back"
	MineGone         Key = "mine.gone"
	MineOffer        Key = "mine.offer"
	ConsentLink      Key = "consent.link"
	ConsentLinkAll   Key = "consent.link_all"
	ConsentButton    Key = "consent.button"
	ConsentOnce      Key = "consent.once"
	ConsentGiven     Key = "consent.given"
	ConsentStale     Key = "consent.stale"
	ConsentFailed    Key = "consent.failed"
	ConsentBusy      Key = "consent.busy"
	ConsentEnded     Key = "consent.ended"
	ConsentExpired   Key = "consent.expired"
	PageGiven        Key = "consent.page.given"
	PageDeclined     Key = "consent.page.declined"
	PageStale        Key = "consent.page.stale"
	PageFailed       Key = "consent.page.failed"
	PageBack         Key = "consent.page.back"
	AlertFiring      Key = "alert.firing"
	AlertPartly      Key = "alert.partly"
	AlertResolved    Key = "alert.resolved"
	AlertLabels      Key = "alert.labels"
	AlertSince       Key = "alert.since"
	AlertFromTo      Key = "alert.from_to"
	AlertMore        Key = "alert.more"
	AlertTruncated   Key = "alert.truncated"
	AlertRunbookOf   Key = "alert.runbook_of"
	InitMinute       Key = "init.minute"
	InitMinutes      Key = "init.minutes"
	InitScan         Key = "init.scan"
	InitVisit        Key = "init.visit"
	InitRoom         Key = "init.room"
	InitMade         Key = "init.made"
	InitNext         Key = "init.next"
	InitBot          Key = "init.steps.bot"
	InitScopes       Key = "init.steps.scopes"
	InitOptional     Key = "init.steps.optional"
	InitStart        Key = "init.steps.start"
	InitRedis        Key = "init.steps.redis"
	InitEvents       Key = "init.steps.events"
	InitCallbacks    Key = "init.steps.callbacks"
	InitVersion      Key = "init.steps.version"
	InitGroup        Key = "init.steps.group"
	InitDoctor       Key = "init.steps.doctor"

	missingScope Key = "missing_scope.fix"
)

// The texts of the log.
const (
	LogTitle             Key = "log.title"
	LogTitleIn           Key = "log.title_in"
	LogBy                Key = "log.by"
	LogSince             Key = "log.since"
	LogEmpty             Key = "log.empty"
	LogNone              Key = "log.none"
	LogPage              Key = "log.page"
	LogCut               Key = "log.cut"
	LogMore              Key = "log.more"
	LogBack              Key = "log.back"
	LogWrongNumber       Key = "log.wrong.number"
	LogWrongPerson       Key = "log.wrong.person"
	LogWrongTime         Key = "log.wrong.time"
	LogWrongWord         Key = "log.wrong.word"
	LogWhoTeam           Key = "log.who.team"
	LogWhoAPI            Key = "log.who.api"
	LogWhoLifetime       Key = "log.who.lifetime"
	LogWhoCascade        Key = "log.who.cascade"
	LogWhoOperator       Key = "log.who.operator"
	LogWhoPlatform       Key = "log.who.platform"
	LogWhoNobody         Key = "log.who.nobody"
	LogDidRecalled       Key = "log.did.recalled"
	LogDidCleaned        Key = "log.did.cleaned"
	LogDidRestored       Key = "log.did.restored"
	LogDidCancelled      Key = "log.did.cancelled"
	LogDidAsked          Key = "log.did.asked"
	LogDidDryRun         Key = "log.did.dry_run"
	LogDidAlreadyGone    Key = "log.did.already_gone"
	LogDidFailed         Key = "log.did.failed"
	LogDidFailedRestore  Key = "log.did.failed_restore"
	LogDidRefused        Key = "log.did.refused"
	LogDidRefusedRestore Key = "log.did.refused_restore"
	LogDidNothing        Key = "log.did.nothing"
	LogDidNothingTimes   Key = "log.did.nothing_times"
	LogDidRefusedPlain   Key = "log.did.refused_plain"
	LogDidRefusedTimes   Key = "log.did.refused_times"
	LogDidChanged        Key = "log.did.changed"
	LogDidChangedMany    Key = "log.did.changed_many"
	LogDidAuthorised     Key = "log.did.authorised"
	LogDidDeauthorised   Key = "log.did.deauthorised"
	LogDidConsentFailed  Key = "log.did.consent_failed"
	LogFromPerson        Key = "log.from.person"
	LogFromBot           Key = "log.from.bot"
	LogFromAPerson       Key = "log.from.a_person"
	LogFromPeople        Key = "log.from.people"
	LogFromABot          Key = "log.from.a_bot"
	LogFromBots          Key = "log.from.bots"
	LogOne               Key = "log.what.one"
	LogMany              Key = "log.what.many"
	LogMessage           Key = "log.what.message"
	LogMessages          Key = "log.what.messages"
	LogID                Key = "log.what.id"
	LogCount             Key = "log.note.count"
	LogLeft              Key = "log.note.left"
	LogWith              Key = "log.note.with"
	LogApproved          Key = "log.note.approved"
	LogReason            Key = "log.note.reason"
	LogJob               Key = "log.note.job"
	LogAsOwner           Key = "log.note.as_owner"
	LogSetting           Key = "log.note.setting"
	LogTTL               Key = "log.note.ttl"
)

// The texts of /recall doctor.
const (
	DoctorTitle    Key = "doctor.title"
	DoctorFine     Key = "doctor.fine"
	DoctorFirst    Key = "doctor.first"
	DoctorFix      Key = "doctor.fix"
	DoctorAsk      Key = "doctor.ask"
	DoctorHidden   Key = "doctor.hidden"
	DoctorOperator Key = "doctor.operator"
	DoctorNoGrant  Key = "doctor.no_grant"
	DoctorButton   Key = "doctor.button"
	DoctorDetails  Key = "doctor.details"
	DoctorWho      Key = "doctor.who"
)

// Here is what a finding says to the people of a chat: part is "fine", "fault" or "fix".
func Here(name, part string) Key { return Key("here." + name + "." + part) }

// Help is what a command does, in a line.
func Help(verb bot.Verb) Key { return command(verb, "help") }

// Details is how a command is used.
func Details(verb bot.Verb) Key { return command(verb, "details") }

// Usage is how a command is written.
func Usage(verb bot.Verb) Key { return command(verb, "usage") }

// Word is the text of the button of a command.
func Word(verb bot.Verb) Key { return command(verb, "word") }

// Examples are uses of a command, a line each.
func Examples(verb bot.Verb) Key { return command(verb, "examples") }

// HelpButton is the button that does what a command does.
func HelpButton(verb bot.Verb) Key { return Key("help.button." + verb) }

// Menu is a choice of the menu of clean-ups.
func Menu(choice string) Key { return Key("menu.choice." + choice) }

func command(verb bot.Verb, part string) Key {
	if verb == bot.VerbThis {
		verb = "this"
	}
	return Key("commands." + string(verb) + "." + part)
}

// Reason is why something was not done and what to do about it; ShortReason is the reason in a few words.
func Reason(r bot.Reason) Key { return Key("reasons." + r + ".full") }

// ShortReason is the reason in a few words, for the log.
func ShortReason(r bot.Reason) Key { return Key("reasons." + r + ".short") }

// Via is by which way a recall was asked for.
func Via(v bot.Via) Key { return Key("via." + v) }

// Result is how an attempt ended.
func Result(r bot.Result) Key { return Key("result." + r) }

// Rule is the rule that a decision rests on.
func Rule(name string) Key { return Key("rule." + name) }

// Cause is what became of some messages of a job, with {count}.
func Cause(c bot.Cause) Key { return Key("cause." + c) }

// Unseen is what a preview could not see.
func Unseen(u bot.Unseen) Key { return Key("unseen." + strings.TrimPrefix(string(u), "unseen_")) }

// Running is the title of a job of the kind that runs.
func Running(kind bot.JobKind) Key { return Key("job.title.running." + kind) }

// Done is the title of a job of the kind that has ended.
func Done(kind bot.JobKind) Key { return Key("job.title.done." + kind) }

// Setting is what a setting is called.
func Setting(key bot.SettingKey) Key { return Key("settings.name." + key) }

// SettingWord is the word of a setting in commands.
func SettingWord(key bot.SettingKey) Key { return Key("settings.word." + key) }

// SettingExample is a command that changes a setting.
func SettingExample(key bot.SettingKey) Key { return Key("settings.example." + key) }

// AlertLink is a link of an alert.
func AlertLink(kind string) Key { return Key("alert.link." + kind) }

func settingFault(f bot.SettingFault) Key {
	return Key("settings.fault." + strings.TrimPrefix(string(f), "setting_"))
}

func filterFault(f bot.FilterFault) Key {
	return Key("filter." + strings.TrimPrefix(string(f), "filter_"))
}
