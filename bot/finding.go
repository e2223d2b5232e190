package bot

// Level is the severity of a finding.
type Level uint8

// The levels of findings.
const (
	// LevelOK: all is well.
	LevelOK Level = iota
	// LevelWarn: it works, but something is missing or could not be checked.
	LevelWarn
	// LevelBad: it does not work, or a guarantee does not hold.
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

// Finding is the result of one check of the set-up. Name and level select the sentences for people.
type Finding struct {
	Name  string
	Level Level
	// Args are the sentence's arguments: names of scopes or events, a code, a time.
	Args []string
}
