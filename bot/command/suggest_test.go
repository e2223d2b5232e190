package command_test

import (
	"testing"

	"recallbot/bot/command"
)

func TestNearFindsTypingErrors(t *testing.T) {
	t.Parallel()
	for _, row := range []struct {
		a, b string
		want bool
	}{
		{"help", "help", true},
		{"hlep", "help", true},
		{"hepl", "help", true},
		{"hilp", "help", true},
		{"helpp", "help", true},
		{"lgo", "log", true},
		{"doctro", "doctor", true},
		{"docter", "doctor", true},
		{"clena", "clean", true},
		{"setings", "settings", true},
		{"最进", "最近", true},
		{"类形", "类型", true},
		{"包涵", "包含", true},

		{"", "", false},
		{"", "to", false},
		{"x", "to", false},
		{"z", "y", false},
		{"起", "止", false},
		{"起", "起", true},
		{"by", "to", false},
		{"log", "dup", false},
		{"重复", "类型", false},
		{"everything", "help", false},
		{"help", "everything", false},
		{"stop", "dup", false},
	} {
		if got := command.Near(row.a, row.b); got != row.want {
			t.Errorf("Near(%q, %q) = %t", row.a, row.b, got)
		}
		if got := command.Near(row.b, row.a); got != row.want {
			t.Errorf("Near(%q, %q) = %t", row.b, row.a, got)
		}
	}
}

func TestNearestIsTheNearest(t *testing.T) {
	t.Parallel()
	known := []string{"last", "by", "to", "type", "match", "最近", "类型"}
	for word, want := range map[string]string{
		"lst": "last", "LAST": "last", "lats": "last", "typ": "type", "mach": "match", "最进": "最近", "be": "by",
		"zz": "", "": "", "everything": "",
	} {
		if got := command.Nearest(word, known); got != want {
			t.Errorf("Nearest(%q) = %q, want %q", word, got, want)
		}
	}
}
