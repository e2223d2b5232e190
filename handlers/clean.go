package handlers

import (
	"cmp"
	"context"
	"errors"
	"time"

	"recallbot/bot"
	"recallbot/bot/command"
	"recallbot/handlers/text"
	"recallbot/recall/jobs"
	"recallbot/recall/policy"
)

// Clean is /recall N and /recall clean: a job for people who may recall in the chat.
type Clean struct {
	Answers *Answers
	Rights  Rights
	Jobs    Jobs
	Now     func() time.Time
}

// Handlers implements Behaviour.
func (c *Clean) Handlers() []bot.Handler {
	return []bot.Handler{c.Answers.command(bot.VerbLast, c.start), c.Answers.command(bot.VerbClean, c.start)}
}

func (c *Clean) start(ctx context.Context, d bot.Delivery, said bot.Said) error {
	to, req := c.Answers.recipient(ctx, d, said), request(d, said)
	req.Via, req.Target = bot.ViaClean, ""
	if c.Now().Sub(said.Message.At) > maxCommandAge {
		return c.Answers.reject(ctx, to, req, policy.RuleTooLate, bot.ReasonTooLate)
	}
	allowed, err := c.Rights.May(ctx, said.By, said.Message.Chat, said.P2P)
	if err != nil {
		return err
	}
	if !allowed.Allow {
		return c.Answers.reject(ctx, to, req, allowed.Rule, allowed.Reason)
	}
	filter, err := command.ParseFilter(c.input(said))
	if wrong, ok := errors.AsType[*bot.FilterError](err); ok {
		return c.Answers.tell(ctx, to, c.Answers.explain(to, *wrong))
	}
	if err != nil {
		return err
	}
	_, err = c.Jobs.Start(ctx, jobs.Request{
		Kind: bot.JobClean, CauseID: d.Event.ID, Who: said.By, Via: bot.ViaClean, Chat: said.Message.Chat, Topic: said.Thread,
		P2P: said.P2P, Command: said.Message.ID, Asked: said.Message.At, Comment: said.Command.Reason,
		Language: string(commandLanguage(said)), Filter: filter, Unsure: said.Command.Dashed,
	})
	return c.Answers.denied(ctx, to, err)
}

// input is what the parser needs. In a topic a reply that quotes no message does not begin a range.
func (c *Clean) input(said bot.Said) command.FilterInput {
	reply := said.Parent
	if !said.Quotes() {
		reply = ""
	}
	return command.FilterInput{
		Verb: said.Command.Verb, Args: said.Command.Args, Mentions: said.Command.Mentions, Reply: reply,
		InTopic: said.Thread != "", Zone: c.Answers.Defaults().Zone, Said: said.Message.At,
	}
}

// explain is what is wrong with a filter; for an empty one with the details of the command.
func (a *Answers) explain(to recipient, wrong bot.FilterError) string {
	said := to.lang.Filter(&wrong)
	if wrong.Fault == bot.FaultEmpty {
		said += "\n\n" + a.say(to, text.Details(bot.VerbClean))
	}
	return said
}

// commandLanguage is the language that a command chose, if it did.
func commandLanguage(said bot.Said) text.Language {
	if said.Command.Chinese {
		return text.Chinese
	}
	return ""
}

// denied answers with the reason of a refusal. It returns retryable errors.
func (a *Answers) denied(ctx context.Context, to recipient, err error) error {
	if err == nil {
		return nil
	}
	if bot.Retryable(err) {
		return err
	}
	detail := bot.Detail(err)
	reason := cmp.Or(detail.Reason, bot.ReasonOther)
	return a.tell(ctx, to, a.say(to, text.Reason(reason))+to.lang.Reference(detail.Code, detail.LogID))
}
