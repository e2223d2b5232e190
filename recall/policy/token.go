package policy

import (
	"slices"

	"recallbot/bot"
)

// withoutPerson reports requests that no person makes.
func withoutPerson(f Facts) bool {
	switch f.Via {
	case bot.ViaCascade, bot.ViaWatch, bot.ViaOperator, bot.ViaLifetime, bot.ViaCancelled:
		return true
	default:
		return f.By != nil
	}
}

// Reaches reports whether a token is valid in a chat.
func Reaches(by *bot.Principal, chat bot.ChatID) bool {
	return by != nil && by.Token != "" && !by.Over && (len(by.Chats) == 0 || slices.Contains(by.Chats, chat))
}

// Sees reports whether a token may see a post of the API: not another team's. A registered post may be seen by all, since
// registering proves nothing.
func Sees(by *bot.Principal, posted *bot.Post) bool {
	if by == nil || by.Token == "" || by.Over {
		return false
	}
	return by.Team == "" || posted == nil || posted.Team == "" || posted.Team == by.Team || posted.Registered
}

// SeesJob reports whether a token may see a job: a job of its team within its chats. A token without a team sees all jobs in its
// chats.
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

// reachesAll reports whether a token reaches all chats of its team's job.
func reachesAll(by *bot.Principal, job bot.Job) bool {
	beyond := func(chat bot.ChatID) bool { return !Reaches(by, chat) }
	return len(by.Chats) == 0 || job.By.Token == by.Token || Reaches(by, job.Chat) ||
		len(job.By.Chats) > 0 && !slices.ContainsFunc(job.By.Chats, beyond)
}

// mayBy is May for a token.
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

// isTeams holds for posts of the token's team. A batch send has no chat, so it is out of reach for a token with chats.
func isTeams(f Facts) bool {
	return Reaches(f.By, f.chat()) && (f.By.Own || f.By.Any) && f.By.Team != "" && f.Posted != nil && f.Posted.Team == f.By.Team
}

// isTokens holds for all but other teams' posts, where the token may recall any.
func isTokens(f Facts) bool {
	return Reaches(f.By, f.chat()) && f.By.Any && Sees(f.By, f.Posted)
}

func isOver(f Facts) bool { return f.Via == bot.ViaLifetime }

// isCancelled holds for the message of a post that was cancelled while it was being sent. The right was checked then.
func isCancelled(f Facts) bool {
	if f.Via != bot.ViaCancelled || f.Posted == nil || f.Posted.Message == "" || f.Posted.Message != f.Target.ID {
		return false
	}
	return f.Posted.CancelledBy != nil || f.Posted.State == bot.PostCancelled
}

// isTokenOver holds for a queued post whose token is revoked or expired.
func isTokenOver(f Facts) bool {
	return f.Via == bot.ViaCancelled && f.By != nil && f.By.Over && f.Posted != nil && f.Posted.State == bot.PostQueued &&
		f.Posted.Token != "" && f.Posted.Token == f.By.Token
}
