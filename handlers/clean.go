package handlers

import (
	"cmp"
	"context"
	"errors"
	"time"

	"recallbot/bot"
	"recallbot/bot/command"
	"recallbot/handlers/card"
	"recallbot/handlers/text"
	"recallbot/recall/jobs"
	"recallbot/recall/policy"
)

// Clean is /recall N and /recall clean: a job for people who may recall in the chat; and a menu of usual clean-ups.
type Clean struct {
	Answers *Answers
	Rights  Rights
	Jobs    Jobs
	Now     func() time.Time
}

// Handlers implements Behaviour.
func (c *Clean) Handlers() []bot.Handler {
	return []bot.Handler{
		c.Answers.command(bot.VerbLast, c.start), c.Answers.command(bot.VerbClean, c.start),
		c.Answers.opened(bot.VerbClean, c.menu), c.Answers.pressed("clean_press", c.wantPress, c.press),
	}
}

// menu shows the usual clean-ups, to people who may recall in the chat.
func (c *Clean) menu(ctx context.Context, d bot.Delivery, said bot.Said) error {
	to := c.Answers.recipient(ctx, d, said)
	if ok, err := c.Answers.allows(ctx, to, said); !ok {
		return err
	}
	view := card.HelpView{Chat: said.Message.Chat, Chinese: said.Command.Chinese}
	_, err := c.Answers.show(ctx, to, c.Answers.locale(to.lang).Menu(view))
	return err
}

func (c *Clean) wantPress(body bot.Pressed) bool {
	return body.By != "" && body.Press.Action == bot.ActClean && choice(body.Press.Word) != nil
}

// press starts the clean-up of the menu, which shows a preview first.
func (c *Clean) press(ctx context.Context, d bot.Delivery, body bot.Pressed) error {
	said, err := c.Answers.saidBy(ctx, body)
	if err != nil {
		return c.Answers.denied(ctx, c.Answers.presser(ctx, d, body), err)
	}
	said.Command.Verb, said.Command.Args, said.Command.Dashed = bot.VerbClean, choice(body.Press.Word), true
	return c.start(ctx, d, said)
}

// choice is the filter of a choice of the menu (see card.MenuChoices), as a command has it; nil for any other word.
func choice(word string) []string {
	return map[string][]string{
		"mine":    {"--last", "5"},
		"minutes": {"--bot", "any", "--since", "10m"},
		"hour":    {"--bot", "any", "--since", "1h"},
		"repeats": {"--bot", "any", "--dup", "--since", "24h"},
	}[word]
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
		if wrong.Fault == bot.FaultEmpty {
			return c.menu(ctx, d, said)
		}
		return c.Answers.tell(ctx, to, to.lang.CleanUp(wrong))
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
		P2P: said.P2P, InTopic: said.Thread != "", Zone: c.Answers.Defaults().Zone, Said: said.Message.At,
	}
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
	return a.tell(ctx, to, a.reason(to, reason)+to.lang.Reference(detail.Code, detail.LogID))
}
