package cli_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"recallbot/bot"
	"recallbot/store"
)

func TestSettingsCommand(t *testing.T) {
	t.Parallel()
	tools, out, opened := openTools(t)
	ctx := t.Context()
	for _, words := range []string{"quorum 3", "moderators add ou_a", "quorum 3", ""} {
		out.Reset()
		if err := tools.Settings(ctx, "oc_1", strings.Fields(words), false); err != nil {
			t.Fatalf("%q: %v", words, err)
		}
	}
	want := "moderators  ou_a\nemoji       default\nquorum      3\nconfirm     default\napprove     off\npeople      off\n" +
		"quiet       off\nlanguage    default\ncascade     off\ncleanup     off\n"
	if diff := cmp.Diff(want, out.String()); diff != "" {
		t.Errorf("printed (-want +got):\n%s", diff)
	}
	out.Reset()
	if err := tools.Settings(ctx, "oc_1", nil, true); err != nil || out.String() != `{"moderators":["ou_a"],"quorum":3}`+"\n" {
		t.Errorf("printed %q, %v", out.String(), err)
	}
	if set, err := store.NewSettings(opened).Settings(ctx, "oc_1"); err != nil || set.Quorum != 3 {
		t.Errorf("the bot reads %+v, %v", set, err)
	}

	err := tools.Settings(ctx, "oc_1", []string{"quorm", "3"}, false)
	if bot.KindOf(err) != bot.Invalid || !strings.Contains(err.Error(), "Did you mean quorum?") {
		t.Errorf("a slip of the finger: %v", err)
	}
	entries, err := store.NewAudit(opened).Recent(ctx, "oc_1", 10, "")
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, e := range entries {
		got = append(got, string(e.Via)+" "+string(e.Result)+" "+e.Rule+" "+e.Comment)
	}
	records := []string{"operator changed operator moderators - → ou_a", "operator changed operator quorum off → 3"}
	if diff := cmp.Diff(records, got); diff != "" {
		t.Errorf("records (-want +got):\n%s", diff)
	}
}
