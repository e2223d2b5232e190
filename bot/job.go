package bot

import (
	"crypto/sha256"
	"encoding/base32"
	"strings"
	"time"
)

// JobID is a job's id.
type JobID string

// jobIDBytes of a hash are a job's id: short enough to type, and it can't be guessed without the event's id.
const jobIDBytes = 5

// JobIDOf is the id of the job that an event starts, the same each time. People type it, so it is base32: no digit looks
// like a letter.
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
	// JobUndo posts recalled posts again.
	JobUndo JobKind = "undo"
	// JobBatch recalls a batch send. The platform does it, and the job reads the progress.
	JobBatch JobKind = "batch"
	// JobPosts recalls posts by their ids, or those of a group, in any chat.
	JobPosts JobKind = "posts"
)

// LineOf is the line of a job that belongs to no chat, in the place of the chat's id.
func LineOf(id JobID) ChatID { return ChatID("job/" + string(id)) }

// JobState is the state of a job.
type JobState string

// The states, in order; the last five are final.
const (
	// JobNew: its messages are being gathered.
	JobNew JobState = "new"
	// JobAsked: the person who asked has to confirm the preview.
	JobAsked JobState = "asked"
	// JobApproval: a second person has to approve.
	JobApproval JobState = "approval"
	// JobWaiting: it waits for another job of the chat.
	JobWaiting JobState = "waiting"
	// JobRunning: it runs.
	JobRunning JobState = "running"

	// JobDone: all messages were tried; see the counts.
	JobDone JobState = "done"
	// JobStopped: a person stopped it.
	JobStopped JobState = "stopped"
	// JobCancelled: the person who asked pressed Cancel.
	JobCancelled JobState = "cancelled"
	// JobExpired: it was not confirmed in time.
	JobExpired JobState = "expired"
	// JobFailed: it could not start or continue, for Reason.
	JobFailed JobState = "failed"
)

// Ended reports whether the state is final.
func (s JobState) Ended() bool {
	switch s {
	case JobDone, JobStopped, JobCancelled, JobExpired, JobFailed:
		return true
	default:
		return false
	}
}

// Cause is the result for one message of a job, or why it is not recalled.
type Cause string

// The causes.
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
	// CauseCancelled: the post was cancelled before it was sent.
	CauseCancelled Cause = "cancelled"
	// CauseRestored: an undo has posted it again; CauseBare: the same, without the note, for which there was no room.
	// CauseLost: its content is not known; CauseLostType: messages of its type can't be posted again; CauseLostContent: the
	// platform does not accept its content any more; CauseOtherBot: another bot posted it; CauseAnswer: it was an answer of
	// ours, or a card with our buttons.
	CauseRestored Cause = "restored"
	CauseBare     Cause = "restored_bare"
	CauseLost     Cause = "lost"

	// CauseStillThere: it was not recalled, so it is not restored.
	CauseStillThere Cause = "still_there"

	CauseLostType    Cause = "lost_type"
	CauseLostContent Cause = "lost_content"
	CauseOtherBot    Cause = "other_bots_post"
	CauseAnswer      Cause = "own_answer"
)

// Silent reports whether the job shows nothing in the chat: jobs of the API and of lifetimes.
func (j Job) Silent() bool { return j.By != nil || j.Via == ViaLifetime }

// Counts are the numbers of messages by cause.
type Counts map[Cause]int

// Sum is the sum of all counts.
func (c Counts) Sum() int {
	n := 0
	for _, count := range c {
		n += count
	}
	return n
}

// Job is a recall of many messages, or its undo. Its targets are stored apart from it.
type Job struct {
	ID    JobID    `json:"id"`
	Kind  JobKind  `json:"kind"`
	State JobState `json:"state"`
	// Version grows with each change. A change of an older version is refused.
	Version int64 `json:"version"`

	// CauseID is the event's id.
	CauseID EventID   `json:"work"`
	Who     UserID    `json:"who"`
	Via     Via       `json:"via"`
	Chat    ChatID    `json:"chat"`
	Topic   ThreadID  `json:"topic,omitempty"`
	P2P     bool      `json:"p2p,omitempty"`
	Command MessageID `json:"command,omitempty"`
	Asked   time.Time `json:"asked"`
	// CommandBy is who wrote Command, where it is not Who.
	CommandBy UserID `json:"command_by,omitempty"`
	// Comment is the person's reason. Language is that of the answers, where the command chose one.
	Comment  string `json:"words,omitempty"`
	Language string `json:"language,omitempty"`

	// By is the API token that asked, instead of Who.
	By *Principal `json:"by,omitempty"`
	// Group and Team name the group of a JobPosts: its posts from before Epoch and, where a person asked, that person's posts.
	// Epoch 0 means all of them.
	Group GroupID `json:"group,omitempty"`
	Team  TeamID  `json:"team,omitempty"`
	Epoch int     `json:"epoch,omitempty"`
	// Named are the messages of a JobPosts without a group, at most MaxNamed.
	Named []MessageID `json:"named,omitempty"`

	Filter Filter `json:"filter"`
	// Unsure is set where the command may have been misread: then the job always asks.
	Unsure bool `json:"unsure,omitempty"`
	// Of is the job that this one retries or undoes; Batch is the batch of a JobBatch.
	Of    JobID     `json:"of,omitempty"`
	Batch MessageID `json:"batch,omitempty"`

	// Preview is what gathering found.
	Preview Preview `json:"preview"`
	// Key must come with every press of the job's buttons; it changes whenever the buttons do. Offered is the key of the card
	// that asks, while it offers something; Expires is when the offer ends.
	Key     string    `json:"key,omitempty"`
	Offered string    `json:"offered,omitempty"`
	Expires time.Time `json:"expires,omitzero"`
	// Again is set once another job has taken over what this one left: its failed messages, or those that it did not reach.
	Again bool `json:"again,omitempty"`
	// Alone is set where a second person would have to approve, but there is none.
	Alone bool `json:"alone,omitempty"`
	// Confirmed is who confirmed, Approver who approved.
	Confirmed UserID `json:"confirmed,omitempty"`
	Approver  UserID `json:"approver,omitempty"`

	// Chats are the numbers of a JobPosts' messages by chat, while it is gathered.
	Chats map[ChatID]int `json:"-"`
	// Total is the number of its messages, Next how many of them are finished, Counts their causes.
	Total  int    `json:"total"`
	Next   int    `json:"next"`
	Counts Counts `json:"counts,omitempty"`
	// Found is when its messages were selected for the preview. Ready is set once they were selected for the run. Tried is the
	// number of messages that may have been tried: more than Next while a page runs, or after a crash.
	Found time.Time `json:"found,omitzero"`
	Ready bool      `json:"ready,omitempty"`
	Tried int       `json:"tried,omitempty"`
	// Stalled is since when it makes no progress because the platform, or Redis, fails transiently; zero otherwise. Last is set,
	// and never stored, once that has lasted too long: then a message that fails is counted as failed.
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
	// Notify is the URL of a webhook for its end. Announced is set once the webhooks are queued.
	Notify    string `json:"notify,omitempty"`
	Announced bool   `json:"announced,omitempty"`
	// Told is set once the result was shown.
	Told bool `json:"told,omitempty"`
}

// CountChats adds targets to Chats.
func (j *Job) CountChats(targets []Target) {
	if j.Chats == nil {
		j.Chats = map[ChatID]int{}
	}
	for _, target := range targets {
		j.Chats[target.Message.Chat]++
	}
}

// Place is where a card is shown to all of a chat: as a reply to the message, or at the end of the chat if that is empty.
type Place struct {
	Chat    ChatID
	Message MessageID
}

// CardRef is a card of ours that people see.
type CardRef struct {
	ID   MessageID `json:"id,omitempty"`
	Chat ChatID    `json:"chat,omitempty"`
	// Private is set for a card that only one person sees: it can be deleted, and not edited.
	Private bool `json:"private,omitempty"`
	// Edited is when it was last shown or edited.
	Edited time.Time `json:"edited,omitzero"`
}
