package bot

// A text for people is plain, except for mentions of people between these two. They are removed from text that people typed.
const (
	MentionStart = "@{"
	MentionEnd   = "}"
)

// Mention is a mention of a person in a text for people. The sender of the text turns it into the platform's form.
func Mention(id UserID) string { return MentionStart + string(id) + MentionEnd }
