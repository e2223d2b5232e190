package bot

// Level says how bad a finding is.
type Level uint8

// The levels of findings.
const (
	// LevelOK: as it should be.
	LevelOK Level = iota
	// LevelWarn: it works, and something is missing or could not be checked.
	LevelWarn
	// LevelBad: it can't work like this, or a promise can't be kept.
	LevelBad
)

// String is the word used in JSON and in the log.
func (l Level) String() string {
	switch l {
	case LevelOK:
		return "ok"
	case LevelWarn:
		return "warn"
	default:
		return "bad"
	}
}

// Finding is what one check of the set-up came to. Name and level choose the sentences that say it, and what to do about
// it, to people.
type Finding struct {
	Name  string
	Level Level
	// Args fill the sentence, in its order: names of scopes or events, a code, a time.
	Args []string
}
