package handlers

import (
	"context"
	"errors"
	"slices"
	"time"

	"recallbot/audit"
	"recallbot/bot"
	"recallbot/bot/command"
	"recallbot/handlers/card"
	"recallbot/handlers/text"
)

const (
	// defaultLog is how many lines a page of the log has.
	defaultLog = 10
	// maxLogRecords bounds the records that are read for a page; a chat keeps about 1,000 acts and as many refusals.
	maxLogRecords = 2000
	// chatLogKept is how many records of a kind a chat keeps at least, before older ones are deleted.
	chatLogKept = 1000
	// maxLogLookups bounds the messages of a page whose senders the platform is asked for.
	maxLogLookups = 10
)

// Log is /recall log: what was done here, for people who may recall in the chat, and the buttons for its other pages. Lines are acts
// (see audit.Acts), so that a clean-up of many is one line.
type Log struct {
	Answers *Answers
	Rights  Rights
	// Recent reads the audit of a chat, newest first.
	Recent func(ctx context.Context, chat bot.ChatID, n int) ([]audit.Entry, error)
	// Job returns a job that has not expired.
	Job func(ctx context.Context, id bot.JobID) (bot.Job, error)
	// Read gives what the platform says of a message; Excerpt the text of an archived one, and is nil where the archive is off.
	Read    func(ctx context.Context, id bot.MessageID) (bot.Seen, error)
	Excerpt func(ctx context.Context, chat bot.ChatID, take bot.JobID, id bot.MessageID) (string, error)
	// Bots gives the bots of a chat; none where they can't be had.
	Bots func(ctx context.Context, chat bot.ChatID) ([]bot.ChatBot, error)
	Now  func() time.Time
}

// Handlers implements Behaviour.
func (l *Log) Handlers() []bot.Handler {
	return []bot.Handler{
		l.Answers.command(bot.VerbLog, l.show), l.Answers.opened(bot.VerbLog, l.show), l.Answers.pressed("log_press", wantAction(bot.ActLog), l.press),
	}
}

// show answers the command with the first page.
func (l *Log) show(ctx context.Context, d bot.Delivery, said bot.Said) error {
	to := l.Answers.recipient(ctx, d, said)
	query, err := command.ParseLog(command.FilterInput{
		Args: said.Command.Args, Mentions: said.Command.Mentions, Zone: l.Answers.Defaults().Zone, Said: said.Message.At,
	})
	if wrong, ok := errors.AsType[*bot.FilterError](err); ok {
		return l.Answers.tell(ctx, to, l.Answers.say(to, logFault(wrong.Fault), "word", text.Plain(wrong.Word)))
	}
	if err != nil {
		return err
	}
	if ok, err := l.Answers.allows(ctx, to, said); !ok {
		return err
	}
	view := logView{
		Chat: said.Message.Chat, Asker: said.By, P2P: said.P2P, Lang: to.lang, Count: query.Count, Who: query.Who, Since: query.Since,
	}
	shown, err := l.page(ctx, to, &view, 0)
	if err != nil {
		return err
	}
	// A card that all may see has no texts of recalled messages, and no buttons that would show some.
	alone := to
	alone.command = ""
	if _, err = l.Answers.show(ctx, alone, l.Answers.locale(to.lang).Log(shown, l.Now())); err == nil || bot.Retryable(err) || to.command == "" {
		return err
	}
	shown.Buttons = nil
	for i := range shown.Lines {
		shown.Lines[i].Excerpt = ""
	}
	_, err = l.Answers.replyCard(ctx, to, l.Answers.locale(to.lang).Log(shown, l.Now()))
	return err
}

// logFault is the sentence for a fault of the command.
func logFault(fault bot.FilterFault) text.Key {
	switch fault {
	case bot.FaultNumber:
		return text.LogWrongNumber
	case bot.FaultPerson:
		return text.LogWrongPerson
	case bot.FaultTime, bot.FaultFuture:
		return text.LogWrongTime
	default:
		return text.LogWrongWord
	}
}

// page reads the records and makes the page that begins after some newer acts. Without view.Until it ends at the newest record, and
// sets that; all pages of a log end at the same.
func (l *Log) page(ctx context.Context, to recipient, view *logView, skip int) (card.LogPage, error) {
	entries, err := l.Recent(ctx, view.Chat, maxLogRecords)
	if err != nil {
		return card.LogPage{}, err
	}
	cut := isCut(entries)
	if from := slices.IndexFunc(entries, func(e audit.Entry) bool { return e.ID == view.Until }); from > 0 && view.Until != "" {
		entries = entries[from:]
	}
	if len(entries) > 0 {
		view.Until = entries[0].ID
	}
	acts := slices.DeleteFunc(audit.Acts(entries), func(act audit.Act) bool {
		return view.Who != "" && !act.By(view.Who) || act.Newest().At.Before(view.Since)
	})
	size := view.size()
	skip = max(min(skip, (len(acts)-1)/size*size), 0)
	shown := acts[skip:min(skip+size, len(acts))]
	page := card.LogPage{
		Who: view.Who, Since: view.Since, Skipped: skip, Total: len(acts), Cut: cut && skip+len(shown) == len(acts), Lines: l.lines(ctx, shown),
	}
	if chat, err := l.Answers.Chat(ctx, view.Chat, chatNameAge); err == nil && !chat.P2P {
		page.Chat = chat.Name
	}
	if len(acts) > size {
		page.Buttons, err = l.buttons(ctx, to, *view, skip, len(acts))
	}
	return page, err
}

// isCut reports whether the chat has the maximum of records, so that older ones may have been deleted.
func isCut(entries []audit.Entry) bool {
	refusals := 0
	for _, e := range entries {
		if e.Refused() {
			refusals++
		}
	}
	return max(refusals, len(entries)-refusals) >= chatLogKept
}

// lines completes acts with what the jobs, the archive and the platform have. Errors leave parts out.
func (l *Log) lines(ctx context.Context, acts []audit.Act) []card.LogLine {
	lines := make([]card.LogLine, len(acts))
	lookups := 0
	for i, act := range acts {
		line, newest := card.LogLine{Act: act}, act.Newest()
		if newest.Job != "" {
			if job, err := l.Job(ctx, newest.Job); err == nil {
				line.Job = &job
			}
		}
		line.Senders = senders(line)
		if unnamed(line) && lookups < maxLogLookups {
			lookups++
			line.Senders = l.lookUp(ctx, newest.Chat, newest.Message, line.Senders)
		}
		line.Excerpt = l.excerpt(ctx, line)
		lines[i] = line
	}
	return lines
}

// excerpt is the beginning of a single message, where the archive has it.
func (l *Log) excerpt(ctx context.Context, line card.LogLine) string {
	e := line.Newest()
	if l.Excerpt == nil || len(line.Act) > 1 || e.Job == "" || e.Target != bot.KindOwn.String() {
		return ""
	}
	take := e.Job
	if line.Job != nil && line.Job.Kind == bot.JobUndo {
		take = line.Job.Of
	}
	excerpt, err := l.Excerpt(ctx, e.Chat, take, e.Message)
	if err != nil {
		l.Answers.Log.InfoContext(ctx, "post not read", "message_id", string(e.Message), "error", err)
	}
	return excerpt
}

// senders are those that the job's preview has, else the kinds of senders that the records have.
func senders(line card.LogLine) []bot.AuthorCount {
	if job := line.Job; job != nil && job.Kind == bot.JobClean && len(job.Preview.Authors) > 0 {
		return job.Preview.Authors
	}
	var found []bot.AuthorCount
	for _, kind := range []bot.Kind{bot.KindOwn, bot.KindBot, bot.KindPerson, bot.KindUnknown} {
		n := 0
		for _, e := range line.Act {
			if e.Target == kind.String() {
				n++
			}
		}
		if n > 0 {
			found = append(found, bot.AuthorCount{Kind: kind, Count: n})
		}
	}
	return found
}

// unnamed reports whether a line is about one message of another sender whose name is not known.
func unnamed(line card.LogLine) bool {
	e := line.Newest()
	if len(line.Act) > 1 || e.Message == "" || bot.IsBatch(e.Message) || e.Result == bot.Cancelled || len(line.Senders) > 1 {
		return false
	}
	return len(line.Senders) == 0 || line.Senders[0].From == "" && line.Senders[0].Kind != bot.KindOwn
}

// lookUp asks the platform who sent a message, also one that was recalled. A bot without a name there has the one of the chat's list
// of bots, by its open_id. The only other bot of the list may be it: its name has a question mark then.
func (l *Log) lookUp(ctx context.Context, chat bot.ChatID, id bot.MessageID, known []bot.AuthorCount) []bot.AuthorCount {
	seen, err := l.Read(ctx, id)
	if err != nil || seen.From == "" || seen.Kind == bot.KindUnknown {
		return known
	}
	if seen.Kind == bot.KindBot && seen.Name == "" {
		bots, _ := l.Bots(ctx, chat) // a name is missing then
		others := slices.DeleteFunc(slices.Clone(bots), func(b bot.ChatBot) bool {
			return b.Self || seen.Open != "" && b.Open != seen.Open
		})
		if len(others) == 1 {
			seen.Name = others[0].Name
			if seen.Open == "" {
				seen.Name += "?"
			}
		}
	}
	return []bot.AuthorCount{{Kind: seen.Kind, From: seen.From, Name: seen.Name, Count: 1}}
}
