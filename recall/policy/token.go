package policy

import (
	"slices"

	"recallbot/bot"
)

// withoutPerson tells the ways in where no person asks.
func withoutPerson(f Facts) bool {
	switch f.Via {
	case bot.ViaCascade, bot.ViaOperator, bot.ViaLifetime, bot.ViaCancelled:
		return true
	default:
		return f.By != nil
	}
}

// Reaches reports whether a token may do anything in a chat at all.
func Reaches(by *bot.Principal, chat bot.ChatID) bool {
	return by != nil && by.Token != "" && !by.Over && (len(by.Chats) == 0 || slices.Contains(by.Chats, chat))
}

// Sees reports whether a post of the API concerns the holder of a token: what another team had posted never does. That a team
// has registered what was made elsewhere is its own word, and takes the post from nobody.
func Sees(by *bot.Principal, posted *bot.Post) bool {
	if by == nil || by.Token == "" || by.Over {
		return false
	}
	return by.Team == "" || posted == nil || posted.Team == "" || posted.Team == by.Team || posted.Registered
}

// SeesJob reports whether a job concerns the holder of a token: one that its team asked for by the API with a token that
// reaches no further, or about no other chats, and all of them for a token without a team that reaches the job's chat.
func SeesJob(by *bot.Principal, job bot.Job) bool {
	switch {
	case by == nil || by.Token == "":
		return false
	case job.By != nil && job.By.Team == by.Team:
		return reachesAll(by, job)
	default:
		return by.Team == "" && Reaches(by, job.Chat)
	}
}

// reachesAll reports whether a token reaches whatever a job of its team may take.
func reachesAll(by *bot.Principal, job bot.Job) bool {
	beyond := func(chat bot.ChatID) bool { return !Reaches(by, chat) }
	return len(by.Chats) == 0 || job.By.Token == by.Token || Reaches(by, job.Chat) ||
		len(job.By.Chats) > 0 && !slices.ContainsFunc(job.By.Chats, beyond)
}

// mayBy is May for a token: it says whether there is anything that the token may recall in the chat.
func mayBy(f Facts) Decision {
	switch {
	case !Reaches(f.By, f.chat()):
		return noRight(f, bot.ReasonNoRight)
	case f.By.Any:
		return Decision{Allow: true, Rule: RuleToken}
	case f.By.Own && f.By.Team != "":
		return Decision{Allow: true, Rule: RuleTeam}
	default:
		return noRight(f, bot.ReasonNoRight)
	}
}

// isTeams holds for what the token's own team had posted. A batch send stands in no chat, so a token that is bound to
// chats has none.
func isTeams(f Facts) bool {
	return Reaches(f.By, f.chat()) && (f.By.Own || f.By.Any) && f.By.Team != "" && f.Posted != nil && f.Posted.Team == f.By.Team
}

// isTokens holds for what no other team had posted, where the token may recall any.
func isTokens(f Facts) bool {
	return Reaches(f.By, f.chat()) && f.By.Any && Sees(f.By, f.Posted)
}

func isOver(f Facts) bool { return f.Via == bot.ViaLifetime }

// isCancelled holds for the message that a post became which was cancelled while it was being sent: the right was judged when
// it was cancelled.
func isCancelled(f Facts) bool {
	if f.Via != bot.ViaCancelled || f.Posted == nil || f.Posted.Message == "" || f.Posted.Message != f.Target.ID {
		return false
	}
	return f.Posted.CancelledBy != nil || f.Posted.State == bot.PostCancelled
}

// isTokenOver holds for a post that is not sent yet, where the token that asked for it is over.
func isTokenOver(f Facts) bool {
	return f.Via == bot.ViaCancelled && f.By != nil && f.By.Over && f.Posted != nil && f.Posted.State == bot.PostQueued &&
		f.Posted.Token != "" && f.Posted.Token == f.By.Token
}
