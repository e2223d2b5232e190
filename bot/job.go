package bot

import (
	"crypto/sha256"
	"encoding/base32"
	"strings"
	"time"
)

// JobID names a job; people type it.
type JobID string

// jobIDBytes of a hash make a job's id: short enough to type, and it can't be guessed without the event's id.
const jobIDBytes = 5

// JobIDOf gives the id of the job of a kind that an event starts: the same each time. People type it, so it has no letters
// that look like digits.
func JobIDOf(kind JobKind, work EventID) JobID {
	sum := sha256.Sum256([]byte("job/" + string(kind) + "/" + string(work)))
	return JobID(strings.ToLower(base32.StdEncoding.EncodeToString(sum[:jobIDBytes])))
}

// JobKind is what a job does.
type JobKind string

// The kinds of jobs.
const (
	// JobClean recalls what a filter selects, or what another job could not recall.
	JobClean JobKind = "clean"
	// JobUndo posts again what was taken.
	JobUndo JobKind = "undo"
	// JobBatch recalls a batch send. The platform does that, and the job watches the progress.
	JobBatch JobKind = "batch"
	// JobPosts recalls posts that were named, or all of a group, in any chat.
	JobPosts JobKind = "posts"
)

// LineOf is the queue of a job that belongs to no chat: its own, under a name that no chat has.
func LineOf(id JobID) ChatID { return ChatID("job/" + string(id)) }

// JobState is how far a job is.
type JobState string

// The states. A job goes down the list; the last five are ends.
const (
	// JobNew: what it is about is being gathered.
	JobNew JobState = "new"
	// JobAsked: the person who asked sees what would go, and has to confirm.
	JobAsked JobState = "asked"
	// JobApproval: a second person has to approve.
	JobApproval JobState = "approval"
	// JobWaiting: another job of the chat runs.
	JobWaiting JobState = "waiting"
	// JobRunning: it is its turn.
	JobRunning JobState = "running"

	// JobDone: all was tried; the counts say how it went.
	JobDone JobState = "done"
	// JobStopped: a person stopped it; what was recalled stays recalled.
	JobStopped JobState = "stopped"
	// JobCancelled: the person who asked pressed Cancel.
	JobCancelled JobState = "cancelled"
	// JobExpired: it was not confirmed in time.
	JobExpired JobState = "expired"
	// JobFailed: it could not start or continue; Reason says why.
	JobFailed JobState = "failed"
)

// Ended reports whether nothing more will happen.
func (s JobState) Ended() bool {
	switch s {
	case JobDone, JobStopped, JobCancelled, JobExpired, JobFailed:
		return true
	default:
		return false
	}
}

// Cause is how it went with one message of a job, or why it is not taken.
type Cause string

// The causes that are counted.
const (
	CauseRecalled   Cause = "recalled"
	CauseGone       Cause = "already_gone"
	CauseNotAllowed Cause = "not_permitted"
	CauseTooOld     Cause = "too_old"
	CausePinned     Cause = "pinned"
	CausePerson     Cause = "persons_message"
	CauseNoRank     Cause = "bot_has_no_rank"
	CauseFailed     Cause = "failed"
	CauseDryRun     Cause = "dry_run"
	// CauseAsked: the platform was asked to recall a batch send.
	CauseAsked Cause = "asked"
	// CauseCancelled: the post was not sent yet, and will not be.
	CauseCancelled Cause = "cancelled"
	// CauseRestored: an undo has posted it again; CauseBare: the same, without the mark, for which there was no room.
	// CauseLost: it can't come back, since what it said is not known; CauseLostType: messages of its type can't be posted
	// again; CauseLostContent: the platform takes its content no more; CauseOtherBot: another bot posted it; CauseAnswer: it
	// was an answer of ours, or a card with buttons of ours.
	CauseRestored Cause = "restored"
	CauseBare     Cause = "restored_bare"
	CauseLost     Cause = "lost"

	// CauseStands: it was not recalled, so it is not posted again either.
	CauseStands Cause = "still_there"

	CauseLostType    Cause = "lost_type"
	CauseLostContent Cause = "lost_content"
	CauseOtherBot    Cause = "other_bots_post"
	CauseAnswer      Cause = "own_answer"
)

// Silent reports whether the chat shows nothing of the job: a caller of the API reads its state there, and a lifetime has no
// person who waits.
func (j Job) Silent() bool { return j.By != nil || j.Via == ViaLifetime }

// Counts are how many messages went which way.
type Counts map[Cause]int

// Sum is how many were counted in all.
func (c Counts) Sum() int {
	n := 0
	for _, count := range c {
		n += count
	}
	return n
}

// Job is a recall of several messages, or the undoing of one. What it is to do with each message is kept beside it, not
// in it.
type Job struct {
	ID    JobID    `json:"id"`
	Kind  JobKind  `json:"kind"`
	State JobState `json:"state"`
	// Version grows with each change; a change that is based on an older version is refused.
	Version int64 `json:"version"`

	// CauseID is the cause: the event's id. Who asked, by which way, where and when.
	CauseID EventID   `json:"work"`
	Who     UserID    `json:"who"`
	Via     Via       `json:"via"`
	Chat    ChatID    `json:"chat"`
	Topic   ThreadID  `json:"topic,omitempty"`
	P2P     bool      `json:"p2p,omitempty"`
	Command MessageID `json:"command,omitempty"`
	Asked   time.Time `json:"asked"`
	// CommandBy is who wrote Command, where another person (Who) retries or undoes the job.
	CommandBy UserID `json:"command_by,omitempty"`
	// Comment is what the person gave as the reason; Language is that of the answers, where the command chose one.
	Comment  string `json:"words,omitempty"`
	Language string `json:"language,omitempty"`

	// By is the token that asked by the HTTP API, instead of Who; such a job shows no cards.
	By *Principal `json:"by,omitempty"`
	// Group and Team are what a JobPosts is about, where it is about a group: its posts from before Epoch, and where a person
	// asked, that person's. Epoch 0 means all of them.
	Group GroupID `json:"group,omitempty"`
	Team  TeamID  `json:"team,omitempty"`
	Epoch int     `json:"epoch,omitempty"`
	// Named are the messages that a JobPosts is about, where it is about no group; at most MaxNamed.
	Named []MessageID `json:"named,omitempty"`

	Filter Filter `json:"filter"`
	// Unsure is set where the command may have meant more than it was read to mean: then the job asks, however few it takes.
	Unsure bool `json:"unsure,omitempty"`
	// Of is the job that this one retries or undoes; Batch is what a JobBatch is about.
	Of    JobID     `json:"of,omitempty"`
	Batch MessageID `json:"batch,omitempty"`

	// Preview is what was found when it was gathered.
	Preview Preview `json:"preview"`
	// Key must come back with every press of the job's buttons; it changes whenever the buttons do. Offered is the key of
	// the card that asks, from when it is shown until it offers nothing any more; Expires is when its time is over.
	Key     string    `json:"key,omitempty"`
	Offered string    `json:"offered,omitempty"`
	Expires time.Time `json:"expires,omitzero"`
	// Alone is set where a second person would have to approve, and there is none.
	Alone bool `json:"alone,omitempty"`
	// Confirmed is who pressed, Approver who approved.
	Confirmed UserID `json:"confirmed,omitempty"`
	Approver  UserID `json:"approver,omitempty"`

	// Chats are how many of the messages of a JobPosts are in which chat, while it is gathered.
	Chats map[ChatID]int `json:"-"`
	// Total is how many messages it is about, Next how many of them are settled, Counts how.
	Total  int    `json:"total"`
	Next   int    `json:"next"`
	Counts Counts `json:"counts,omitempty"`
	// Found is when its messages were selected for the preview. Ready is set once they were selected for the last time. Tried is
	// up to which message it may have acted: more than Next while a page runs, or ran when its process died.
	Found time.Time `json:"found,omitzero"`
	Ready bool      `json:"ready,omitempty"`
	Tried int       `json:"tried,omitempty"`
	// Stalled is since when it makes no progress because the platform, or Redis, fails transiently; zero while it makes progress.
	// Last is set, and never stored, once that has lasted too long: then a message that fails is counted as failed.
	Stalled time.Time `json:"stalled,omitzero"`
	Last    bool      `json:"-"`
	// Reason, Code and LogID explain a JobFailed.
	Reason Reason `json:"reason,omitempty"`
	Code   int    `json:"code,omitempty"`
	LogID  string `json:"log_id,omitempty"`

	Created time.Time `json:"created"`
	Began   time.Time `json:"began,omitzero"`
	Ended   time.Time `json:"ended,omitzero"`
	// Ask is the card that asks, Card the one that shows progress.
	Ask  CardRef `json:"ask,omitzero"`
	Card CardRef `json:"card,omitzero"`
	// Notify is a URL that is told when it has ended. Announced is set once that and all other receivers are queued.
	Notify    string `json:"notify,omitempty"`
	Announced bool   `json:"announced,omitempty"`
	// Told is set once the last word was said.
	Told bool `json:"told,omitempty"`
}

// CountChats counts targets into Chats.
func (j *Job) CountChats(targets []Target) {
	if j.Chats == nil {
		j.Chats = map[ChatID]int{}
	}
	for _, target := range targets {
		j.Chats[target.Message.Chat]++
	}
}

// CardRef is a card of ours that is shown somewhere.
type CardRef struct {
	ID   MessageID `json:"id,omitempty"`
	Chat ChatID    `json:"chat,omitempty"`
	// Private is set for a card that only one person sees: it can be deleted, and not edited.
	Private bool `json:"private,omitempty"`
	// Edited is when it was last shown or edited.
	Edited time.Time `json:"edited,omitzero"`
}

// Preview is what a selection found.
type Preview struct {
	// Total is how many would go; Skipped how many would not, and why.
	Total   int    `json:"total"`
	Skipped Counts `json:"skipped,omitempty"`
	// Authors are whose messages would go, the most first, and Others how many more there are than are named.
	Authors []AuthorCount `json:"authors,omitempty"`
	Others  int           `json:"others,omitempty"`
	Oldest  time.Time     `json:"oldest,omitzero"`
	Newest  time.Time     `json:"newest,omitzero"`
	// Excerpts are the newest few. They are shown and never stored; they are selected again when they are needed.
	Excerpts []Excerpt `json:"-"`
	// Scanned is how many messages were looked at.
	Scanned int `json:"scanned"`
	// Unseen tells what could not be looked at, if anything.
	Unseen []Unseen `json:"unseen,omitempty"`
}

// AuthorCount is how many messages one author has.
type AuthorCount struct {
	Kind Kind `json:"kind"`
	// From is an app id or an open_id, or empty where only the index knows the message. Name is what the app is called,
	// where the platform says that.
	From  string `json:"from,omitempty"`
	Name  string `json:"name,omitempty"`
	Count int    `json:"count"`
}

// Excerpt is the beginning of a message.
type Excerpt struct {
	ID   MessageID `json:"id"`
	At   time.Time `json:"at"`
	Kind Kind      `json:"kind"`
	From string    `json:"from,omitempty"`
	Type string    `json:"type,omitempty"`
	Text string    `json:"text,omitempty"`
}

// Unseen is a part of a chat that a selection could not look at. Each has a sentence in handlers.
type Unseen string

// What can't be seen.
const (
	// UnseenHistory: the platform's history may not be read: only what the index noted is known.
	UnseenHistory Unseen = "unseen_history"
	// UnseenOlder: the search ended at its bound, and older messages were not looked at.
	UnseenOlder Unseen = "unseen_older"
	// UnseenTopics: replies in some topics were not looked at.
	UnseenTopics Unseen = "unseen_topics"
	// UnseenPins: the pins may not be read, so pinned messages can't be told from others.
	UnseenPins Unseen = "unseen_pins"
	// UnseenMore: more matched than one job takes.
	UnseenMore Unseen = "unseen_more"
)

// Target is one message of a job, or a post that is not sent yet.
type Target struct {
	Message Message `json:"m"`
	// Post is the id of a post of the API, where it is not sent yet: the message names only where it is to go, and for whom.
	Post PostID `json:"q,omitempty"`
	// Parent and Topic are where it was posted, for an undo.
	Parent MessageID `json:"p,omitempty"`
	Topic  ThreadID  `json:"t,omitempty"`
}
