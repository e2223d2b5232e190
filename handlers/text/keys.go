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
	HelpHead         Key = "help.head"
	HelpModerators   Key = "help.moderators"
	HelpAdmins       Key = "help.admins"
	HelpReaction     Key = "help.reaction"
	HelpMore         Key = "help.more"
	HelpUnknown      Key = "help.unknown"
	LogHead          Key = "log.head"
	LogEmpty         Key = "log.empty"
	LogCount         Key = "log.count"
	LogJob           Key = "log.job"
	LogAsOwner       Key = "log.as_owner"
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
	TitleDryRun      Key = "job.title.dry_run"
	ButtonRecall     Key = "job.button.recall"
	ButtonCancel     Key = "job.button.cancel"
	ButtonApprove    Key = "job.button.approve"
	ButtonStop       Key = "job.button.stop"
	ButtonRetry      Key = "job.button.retry"
	ButtonUndo       Key = "job.button.undo"
	ButtonUndoSome   Key = "job.button.undo_some"
	Understood       Key = "job.understood"
	OnlyShown        Key = "job.only_shown"
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
	Newest           Key = "job.newest"
	Ahead            Key = "job.ahead"
	OwnTurn          Key = "job.own_turn"
	Stalled          Key = "job.stalled"
	TimeLeft         Key = "job.time_left"
	AskedBy          Key = "job.asked_by"
	Untried          Key = "job.untried"
	Undone           Key = "job.undone"
	Lost             Key = "job.lost"
	Restored         Key = "job.restored"
	BatchSoon        Key = "job.batch_soon"
	SenderCount      Key = "sender.count"
	SenderOthers     Key = "sender.others"
	SenderPeople     Key = "sender.people"
	SenderMyself     Key = "sender.myself"
	SenderBot        Key = "sender.bot"
	SenderUnknown    Key = "sender.unknown"
	Seconds          Key = "time.seconds"
	Minutes          Key = "time.minutes"
	Hours            Key = "time.hours"
	HoursMinutes     Key = "time.hours_minutes"
	Days             Key = "time.days"
	ListOfTypes      Key = "list.types"
	ListOfCounts     Key = "list.counts"
	SettingsTitle    Key = "settings.title"
	SettingsSave     Key = "settings.save"
	SettingsSaved    Key = "settings.saved"
	SettingsSame     Key = "settings.same"
	SettingsReadOnly Key = "settings.read_only"
	SettingsHint     Key = "settings.hint"
	ApproveAlone     Key = "settings.approve_alone"
	ValueOn          Key = "settings.value.on"
	ValueOff         Key = "settings.value.off"
	ValueDefault     Key = "settings.value.default"
	TTLSet           Key = "ttl.set"
	TTLAll           Key = "ttl.all"
	TTLTypes         Key = "ttl.types"
	TTLNone          Key = "ttl.none"
	TTLOff           Key = "ttl.off"
	TTLCut           Key = "ttl.cut"
	TTLNew           Key = "ttl.new"
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

// Help is what a command does, in a line.
func Help(verb bot.Verb) Key { return command(verb, "help") }

// Details is how a command is used, with examples.
func Details(verb bot.Verb) Key { return command(verb, "details") }

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

// AlertLink is a link of an alert.
func AlertLink(kind string) Key { return Key("alert.link." + kind) }

func settingFault(f bot.SettingFault) Key {
	return Key("settings.fault." + strings.TrimPrefix(string(f), "setting_"))
}

func filterFault(f bot.FilterFault) Key {
	return Key("filter." + strings.TrimPrefix(string(f), "filter_"))
}
