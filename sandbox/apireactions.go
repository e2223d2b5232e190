package sandbox

import (
	"slices"
	"strconv"
)

type reactionView struct {
	ReactionID   string       `json:"reaction_id"`
	Operator     operatorView `json:"operator"`
	ActionTime   string       `json:"action_time"`
	ReactionType emojiType    `json:"reaction_type"`
}

type operatorView struct {
	OperatorID   string `json:"operator_id"`
	OperatorType string `json:"operator_type"` // user or app
}

func (f *Feishu) reactionOf(c *call, r Reaction) reactionView {
	op := operatorView{f.idOf(c, "user_id_type", r.By), "user"}
	if f.world.apps[r.By] != nil {
		op = operatorView{r.By, "app"}
	}
	return reactionView{r.ID, op, millis(r.At), emojiType{r.Emoji}}
}

// createReaction is POST /im/v1/messages/:message_id/reactions.
func (f *Feishu) createReaction(c *call) (any, error) {
	var in struct {
		ReactionType emojiType `json:"reaction_type"`
	}
	if err := c.decode(&in); err != nil {
		return nil, err
	}
	m, _, err := f.findMessage(c.actor, c.path("message_id"))
	if err != nil {
		return nil, err
	}
	r, err := f.addReaction(m, c.senderID(), in.ReactionType.EmojiType)
	if err != nil {
		return nil, err
	}
	return f.reactionOf(c, r), nil
}

// deleteReaction is DELETE /im/v1/messages/:message_id/reactions/:reaction_id, for own reactions only.
func (f *Feishu) deleteReaction(c *call) (any, error) {
	m, _, err := f.findMessage(c.actor, c.path("message_id"))
	if err != nil {
		return nil, err
	}
	if m.Deleted {
		return nil, refuse(codeDeleted, "")
	}
	i := slices.IndexFunc(m.Reactions, func(r Reaction) bool { return r.ID == c.path("reaction_id") })
	if i < 0 {
		return nil, refuse(codeReactMissing, "")
	}
	r := m.Reactions[i]
	if r.By != c.senderID() {
		return nil, refuse(codeReactNotMine, "")
	}
	f.dropReaction(m, i)
	r.At = f.now()
	return f.reactionOf(c, r), nil
}

// listReactions is GET /im/v1/messages/:message_id/reactions.
func (f *Feishu) listReactions(c *call) (any, error) {
	m, _, err := f.findMessage(c.actor, c.path("message_id"))
	if err != nil {
		return nil, err
	}
	if m.Deleted {
		return nil, refuse(codeReactGone, "")
	}
	var found []reactionView
	for _, r := range m.Reactions {
		if want := c.query("reaction_type"); want == "" || want == r.Emoji {
			found = append(found, f.reactionOf(c, r))
		}
	}
	return pageOf(c, found, 20, 50, func(v reactionView) string { return v.ReactionID })
}

// reactionQuery is the query for one message.
type reactionQuery struct {
	MessageID string `json:"message_id"`
	PageToken string `json:"page_token"`
}

type reactionItemView struct {
	ReactionID string       `json:"reaction_id"`
	Operator   operatorView `json:"operator"`
	ActionTime string       `json:"action_time"`
	EmojiType  string       `json:"emoji_type"`
}

type reactionDetails struct {
	MessageID string             `json:"message_id"`
	HasMore   bool               `json:"has_more"`
	PageToken string             `json:"page_token,omitempty"`
	Items     []reactionItemView `json:"message_reaction_items"`
}

type reactionCount struct {
	ReactionType string `json:"reaction_type"`
	Count        string `json:"count"`
}

type reactionCounts struct {
	MessageID string          `json:"message_id"`
	Counts    []reactionCount `json:"reaction_count"`
}

type reactionFailure struct {
	MessageID string `json:"message_id"`
	Reason    string `json:"fail_reason"` // invalid, invalid_page_token or no_permission
}

type reactionAnswer struct {
	Details  []reactionDetails `json:"success_msg_reaction_details"`
	Counts   []reactionCounts  `json:"success_msg_reaction_counts"`
	Failures []reactionFailure `json:"fail_msg_reaction_details"`
}

// queryReactions is POST /im/v1/messages/reactions/batch_query, of up to 20 messages.
func (f *Feishu) queryReactions(c *call) (any, error) {
	var in struct {
		Queries []reactionQuery `json:"queries"`
		Size    int             `json:"page_size_per_message"`
		Emoji   string          `json:"reaction_type"`
	}
	if err := c.decode(&in); err != nil {
		return nil, err
	}
	size := orElse(in.Size, 10)
	switch {
	case len(in.Queries) == 0 || len(in.Queries) > 20:
		return nil, violation("queries", "", "the len must be from 1 to 20")
	case size < 1 || size > 10:
		return nil, violation("page_size_per_message", strconv.Itoa(size), "the value must be from 1 to 10")
	case c.app.disabled:
		return nil, refuse(codeBotDisabled, "")
	}
	out := reactionAnswer{Details: []reactionDetails{}, Counts: []reactionCounts{}, Failures: []reactionFailure{}}
	for _, q := range in.Queries {
		details, counts, reason := f.reactionPage(c, q, size, in.Emoji)
		if reason != "" {
			out.Failures = append(out.Failures, reactionFailure{q.MessageID, reason})
			continue
		}
		out.Details, out.Counts = append(out.Details, details), append(out.Counts, counts)
	}
	return out, nil
}

// reactionPage is a page of the reactions to a message with their counts, or the reason why they can't be read.
func (f *Feishu) reactionPage(c *call, q reactionQuery, size int, emoji string) (reactionDetails, reactionCounts, string) {
	details, counts := reactionDetails{MessageID: q.MessageID, Items: []reactionItemView{}}, reactionCounts{q.MessageID, []reactionCount{}}
	m, _, err := f.findMessage(c.actor, q.MessageID)
	switch {
	case f.world.messages[q.MessageID] == nil:
		return details, counts, "invalid"
	case err != nil || m.Deleted:
		return details, counts, "no_permission"
	}
	counts.Counts = countReactions(m.Reactions)
	start, found := 0, slices.Clone(m.Reactions)
	if emoji != "" {
		found = slices.DeleteFunc(found, func(r Reaction) bool { return r.Emoji != emoji })
	}
	if q.PageToken != "" {
		i := slices.IndexFunc(found, func(r Reaction) bool { return "after-"+r.ID == q.PageToken })
		if i < 0 {
			return details, counts, "invalid_page_token"
		}
		start = i + 1
	}
	end := min(start+size, len(found))
	for _, r := range found[start:end] {
		v := f.reactionOf(c, r)
		details.Items = append(details.Items, reactionItemView{v.ReactionID, v.Operator, v.ActionTime, r.Emoji})
	}
	if details.HasMore = end < len(found); details.HasMore {
		details.PageToken = "after-" + found[end-1].ID
	}
	return details, counts, ""
}

// countReactions counts each emoji, in order of its first use.
func countReactions(all []Reaction) []reactionCount {
	of, counts := map[string]int{}, []reactionCount{}
	for _, r := range all {
		if of[r.Emoji]++; of[r.Emoji] == 1 {
			counts = append(counts, reactionCount{ReactionType: r.Emoji})
		}
	}
	for i, c := range counts {
		counts[i].Count = strconv.Itoa(of[c.ReactionType])
	}
	return counts
}
