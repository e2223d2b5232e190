package cli_test

import (
	"encoding/json"
	"strings"
	"testing"
	"time"

	"recallbot/bot"
	"recallbot/cli"
	"recallbot/store"
)

func TestTokenCommands(t *testing.T) {
	t.Parallel()
	tools, out, opened := openTools(t)
	ctx, kept := t.Context(), store.NewTokens(opened)
	order := cli.TokenOptions{Team: "release", Scopes: []string{"post", "recall:own", "post"}, Chats: []string{"oc_1"}, Rate: 60, Expires: time.Hour}
	if err := tools.CreateToken(ctx, order, true); err != nil {
		t.Fatal(err)
	}
	var made struct {
		bot.Token

		Secret string `json:"secret"`
	}
	if err := json.Unmarshal(out.Bytes(), &made); err != nil {
		t.Fatal(err)
	}
	token, err := kept.Check(ctx, made.Secret, "192.0.2.1")
	if err != nil || token.Team != "release" || len(token.Scopes) != 2 || token.Rate != 60 {
		t.Fatalf("the printed secret gives %+v, %v", token, err)
	}
	out.Reset()
	if err := tools.RotateToken(ctx, made.ID, 0, false); err != nil {
		t.Fatal(err)
	}
	second := strings.Fields(out.String())[0]
	if err := tools.ListTokens(ctx, false); err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(out.String(), string(made.ID)) || !strings.Contains(out.String(), "good") {
		t.Errorf("the list does not show the token:\n%s", out)
	}
	if err := tools.RevokeToken(ctx, made.ID); err != nil {
		t.Fatal(err)
	}
	for name, secret := range map[string]string{"rotated away": made.Secret, "revoked": second} {
		if _, err := kept.Check(ctx, secret, "192.0.2.2"); bot.KindOf(err) != bot.Denied {
			t.Errorf("the secret that was %s gives %v", name, err)
		}
	}
	wantTokenRecords(t, tools, func() string { return out.String() }, out.Reset, made.Secret, second)
}

// wantTokenRecords checks that each change is in the audit, and no secret is.
func wantTokenRecords(t *testing.T, tools *cli.Tools, said func() string, reset func(), secrets ...string) {
	t.Helper()
	reset()
	if err := tools.Audit(t.Context(), "", 10, true); err != nil {
		t.Fatal(err)
	}
	for _, what := range []string{"create", "rotate", "revoke"} {
		if !strings.Contains(said(), `"words":"token `+what) {
			t.Errorf("no record of the %s in\n%s", what, said())
		}
	}
	for _, secret := range secrets {
		if strings.Contains(said(), secret) {
			t.Error("a secret is on record")
		}
	}
}

func TestTokenOptionsAreValidated(t *testing.T) {
	t.Parallel()
	tools, _, _ := openTools(t)
	for want, order := range map[string]cli.TokenOptions{
		"--team":                     {Team: "a b", Scopes: []string{"post"}, Rate: 1},
		`not "all"`:                  {Team: "a", Scopes: []string{"all"}, Rate: 1},
		"--scope: name":              {Team: "a", Rate: 1},
		"no post is its own":         {Scopes: []string{"recall:own"}, Rate: 1},
		"--chat":                     {Team: "a", Scopes: []string{"post"}, Chats: []string{"om_1"}, Rate: 1},
		"the id of a chat":           {Team: "a", Scopes: []string{"post"}, Chats: []string{"oc_" + strings.Repeat("x", 500)}, Rate: 1},
		"--rate":                     {Team: "a", Scopes: []string{"post"}},
		"--expires":                  {Team: "a", Scopes: []string{"post"}, Rate: 1, Expires: -1},
		"100001 is not bet":          {Team: "a", Scopes: []string{"post"}, Rate: 100_001},
		"without spaces and slashes": {Team: "a/b", Scopes: []string{"post"}, Rate: 1},
		"up to 64 letters":           {Team: strings.Repeat("x", 65), Scopes: []string{"post"}, Rate: 1},
	} {
		err := tools.CreateToken(t.Context(), order, false)
		if bot.KindOf(err) != bot.Invalid || !strings.Contains(err.Error(), want) {
			t.Errorf("%+v: %v, want %q", order, err, want)
		}
	}
}
