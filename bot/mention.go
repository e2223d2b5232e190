package bot

// A text of ours for people is plain words. The one thing in it that means more is a person, written between these.
// Words that people typed are cleared of them when they are read.
const (
	MentionStart = "@{"
	MentionEnd   = "}"
)

// Mention names a person in a text of ours: whoever sends the text makes a mention of it.
func Mention(id UserID) string { return MentionStart + string(id) + MentionEnd }
