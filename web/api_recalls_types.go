package web

import (
	"fmt"
	"math"
	"time"

	"recallbot/bot"
	"recallbot/bot/command"
	"recallbot/recall/jobs"
)

// Recall is a job.
type Recall struct {
	ID    bot.JobID    `json:"id" example:"k3v7q2xd"`
	State bot.JobState `json:"state" enum:"new,asked,approval,waiting,running,done,stopped,cancelled,expired,failed"`
	Kind  bot.JobKind  `json:"kind" enum:"clean,posts,batch,undo"`
	Group bot.GroupID  `json:"group,omitempty"`
	Chat  bot.ChatID   `json:"chat_id,omitempty"`
	// Of is the recall that it undoes.
	Of      bot.JobID  `json:"of,omitempty" doc:"The recall that it undoes"`
	Total   int        `json:"total" doc:"How many messages it is about"`
	Settled int        `json:"settled" doc:"How many of them are settled"`
	Counts  bot.Counts `json:"counts" doc:"How they were settled" example:"{\"recalled\":50}"`
	Lost    bot.Counts `json:"lost,omitempty" doc:"Of an undo: what can't be restored, and why"`
	Reason  bot.Reason `json:"reason,omitempty" doc:"Why it failed"`
	Detail  string     `json:"detail,omitempty" doc:"What that means, and what to do"`
	Code    int        `json:"code,omitempty"`
	LogID   string     `json:"log_id,omitempty"`
	Asked   time.Time  `json:"asked_at"`
	Began   time.Time  `json:"began_at,omitzero"`
	Ended   time.Time  `json:"ended_at,omitzero"`
	ETA     *int       `json:"eta_seconds,omitempty" doc:"About how much longer it takes"`
}

func (a *api) recallOf(job bot.Job) Recall {
	shown := Recall{
		ID: job.ID, State: job.State, Kind: job.Kind, Group: job.Group, Of: job.Of, Total: job.Total, Settled: job.Next,
		Counts: job.Counts, Reason: job.Reason, Detail: a.Say.Failed(job.Reason, job.Code), Code: job.Code, LogID: job.LogID, Asked: job.Asked, Began: job.Began, Ended: job.Ended,
	}
	if job.Kind == bot.JobUndo {
		shown.Lost = job.Preview.Skipped
	}
	if job.Chat != bot.LineOf(job.ID) {
		shown.Chat = job.Chat
	}
	if shown.Counts == nil {
		shown.Counts = bot.Counts{}
	}
	if !job.State.Ended() && job.Total > 0 {
		left := seconds(jobs.TimeLeft(job, a.Now()))
		shown.ETA = &left
	}
	return shown
}

// seconds rounds an estimate up.
func seconds(d time.Duration) int { return int(math.Ceil(d.Seconds())) }

// RecallRequest requests a recall of many messages.
type RecallRequest struct {
	Messages []bot.MessageID `json:"messages,omitempty" maxItems:"200" doc:"Give exactly one of messages, chat and group"`
	Chat     bot.ChatID      `json:"chat,omitempty" pattern:"^oc_[0-9A-Za-z_-]+$" maxLength:"128"`
	Filter   string          `json:"filter,omitempty" maxLength:"4096" doc:"With chat: the filters of /recall clean" example:"--bot me --since 30m"`
	Group    bot.GroupID     `json:"group,omitempty" maxLength:"128"`
	Team     bot.TeamID      `json:"team,omitempty" maxLength:"64" doc:"With group, for tokens without a team: whose group"`
	Reason   string          `json:"reason,omitempty" maxLength:"200" doc:"Why, for the record"`
	Notify   *Notify         `json:"notify,omitempty" doc:"Who is told when it has ended"`
	Confirm  bool            `json:"confirm,omitempty" doc:"true begins it; without it the answer is only how many and a sample"`
}

// Notify is an address that is notified, signed with the team's secret.
type Notify struct {
	URL string `json:"url" maxLength:"2048" format:"uri" example:"https://ci.example.com/recalled"`
}

// Preview is what a recall would remove.
type Preview struct {
	Confirm bool         `json:"confirm"`
	Count   int          `json:"count" doc:"How many messages would be recalled"`
	Queued  int          `json:"queued,omitempty" doc:"How many posts are not sent yet, and would be cancelled"`
	Skipped bot.Counts   `json:"skipped,omitempty" doc:"How many would not be recalled, and why"`
	Sample  []Sample     `json:"sample" doc:"Up to 10 of them, the newest first"`
	Unseen  []bot.Unseen `json:"unseen,omitempty" doc:"What could not be looked at"`
	Seconds int          `json:"estimated_seconds" doc:"About how long it would take"`
}

// Sample is one message of a preview, without its content.
type Sample struct {
	Message bot.MessageID `json:"message_id"`
	Chat    bot.ChatID    `json:"chat_id,omitempty"`
	At      time.Time     `json:"at,omitzero"`
	Kind    string        `json:"kind" doc:"own, bot, person, unknown"`
	Author  bot.UserID    `json:"author,omitempty"`
}

const maxSamples = 10

func (p *Preview) addSample(s Sample) {
	if len(p.Sample) < maxSamples {
		p.Sample = append(p.Sample, s)
	}
}

// request converts a request into a job.
func (r RecallRequest) request(by *bot.Principal, zone *time.Location, now time.Time) (jobs.Request, error) {
	req := jobs.Request{Kind: bot.JobPosts, Via: bot.ViaAPI, By: by, Asked: now, Comment: r.Reason, Team: by.Team}
	if err := r.check(); err != nil {
		return req, err
	}
	if r.Notify != nil {
		req.Notify = r.Notify.URL
	}
	switch {
	case r.Chat != "":
		var err error
		req.Kind, req.Chat, req.Team = bot.JobClean, r.Chat, ""
		req.Filter, err = filterOf(r.Filter, zone, now)
		return req, err
	case r.Group == "":
		return req, r.readMessages(&req)
	case by.Team == "":
		req.Team = r.Team
	case r.Team != "" && r.Team != by.Team:
		return req, notFound("group")
	}
	req.Group = r.Group
	return req, nil
}

// check requires exactly one target.
func (r RecallRequest) check() error {
	named := 0
	for _, given := range []bool{len(r.Messages) > 0, r.Chat != "", r.Group != ""} {
		if given {
			named++
		}
	}
	switch {
	case named != 1:
		return invalid("body", "Give exactly one of messages, chat and group.")
	case bot.IsPlaceholder(string(r.Chat)):
		return invalid("body.chat", string(r.Chat)+placeholderText)
	case r.Filter != "" && r.Chat == "":
		return invalid("body.filter", "filter needs chat.")
	case r.Team != "" && r.Group == "":
		return invalid("body.team", "team is for group only.")
	default:
		return nil
	}
}

func (r RecallRequest) readMessages(req *jobs.Request) error {
	seen := map[bot.MessageID]bool{}
	for i, id := range r.Messages {
		where := fmt.Sprintf("body.messages[%d]", i)
		switch {
		case !id.Valid():
			return invalid(where, "The id of a message begins with om_, of a batch send with bm-.")
		case seen[id]:
			return invalid(where, "It is listed twice.")
		}
		seen[id] = true
	}
	req.Named = r.Messages
	return nil
}

// filterOf parses a filter as in a command.
func filterOf(text string, zone *time.Location, now time.Time) (bot.Filter, error) {
	cmd, ok := command.Parse("/recall clean "+text, false)
	if !ok || cmd.Verb != bot.VerbClean {
		return bot.Filter{}, invalid("body.filter", "The filter can't be read.")
	}
	filter, err := command.ParseFilter(command.FilterInput{Verb: bot.VerbClean, Args: cmd.Args, Zone: zone, Said: now})
	return filter, err
}
