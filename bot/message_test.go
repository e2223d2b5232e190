package bot_test

import (
	"encoding/json"
	"testing"
	"time"

	"recallbot/bot"
)

func TestHash(t *testing.T) {
	t.Parallel()
	hash := bot.HashOf(bot.UserID("ou_a"))
	if hash == 0 || hash != bot.HashOf(bot.UserID("ou_a")) {
		t.Errorf("HashOf(ou_a) = %d, then %d; want the same hash, and never zero", hash, bot.HashOf(bot.UserID("ou_a")))
	}
	if hash == bot.HashOf(bot.UserID("ou_b")) {
		t.Error("two people share a hash")
	}
	// The stored index contains hashes, so they may not change.
	if want := bot.Hash(0x9facd6be6f); hash != want {
		t.Errorf("HashOf(ou_a) = %#x, want %#x as in every index so far", uint64(hash), uint64(want))
	}
}

// TestHashOfJobs: a job that the version before has stored has 64 bits of the hash.
func TestHashOfJobs(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]bot.Hash{"11505807261425197873": 0x9facd6be6f, "686078223983": 686078223983, "1": 1} {
		var got bot.Hash
		if err := json.Unmarshal([]byte(text), &got); err != nil || got != want {
			t.Errorf("%s is read as %#x, %v; want %#x", text, uint64(got), err, uint64(want))
		}
	}
	var m bot.Message
	if err := json.Unmarshal([]byte(`{"sender":"ou_a"}`), &m); err == nil {
		t.Error("a hash that is no number is read")
	}
}

func TestZeroHashMatchesNothing(t *testing.T) {
	t.Parallel()
	rows := []struct {
		name string
		hash bot.Hash
		id   bot.UserID
		want bool
	}{
		{"the same person", bot.HashOf(bot.UserID("ou_a")), "ou_a", true},
		{"another person", bot.HashOf(bot.UserID("ou_a")), "ou_b", false},
		{"zero hash", 0, "ou_a", false},
		{"empty id", bot.HashOf(bot.UserID("ou_a")), "", false},
		{"zero hash, empty id", 0, "", false},
		{"hash of the empty id", bot.HashOf(bot.UserID("")), "", false},
	}
	for _, row := range rows {
		if got := bot.Is(row.hash, row.id); got != row.want {
			t.Errorf("%s: Is = %t, want %t", row.name, got, row.want)
		}
	}
}

func TestKindWords(t *testing.T) {
	t.Parallel()
	want := map[bot.Kind]string{
		bot.KindUnknown: "unknown", bot.KindOwn: "own", bot.KindBot: "bot", bot.KindPerson: "person", bot.Kind(99): "unknown",
	}
	for kind, word := range want {
		if got := kind.String(); got != word {
			t.Errorf("Kind(%d) is called %q, want %q", kind, got, word)
		}
	}
}

func TestRankOfOurBot(t *testing.T) {
	t.Parallel()
	const self = bot.AppID("cli_self")
	rows := []struct {
		name string
		chat bot.Chat
		app  bot.AppID
		want bot.Rank
	}{
		{"nothing is known", bot.Chat{}, self, bot.RankUnknown},
		{"plain member", bot.Chat{Owner: "ou_owner", Member: true}, self, bot.RankNone},
		{"manager", bot.Chat{Owner: "ou_owner", BotManagers: []bot.AppID{"cli_x", self}, Member: true}, self, bot.RankManager},
		{"another bot is manager", bot.Chat{Owner: "ou_owner", BotManagers: []bot.AppID{"cli_x"}, Member: true}, self, bot.RankNone},
		{"some bot owns the chat", bot.Chat{Member: true}, self, bot.RankMaybe},
		{"manager in a chat that some bot owns", bot.Chat{BotManagers: []bot.AppID{self}, Member: true}, self, bot.RankManager},
		{"outsider sees no owner", bot.Chat{Managers: []bot.UserID{"ou_m"}}, self, bot.RankUnknown},
		{"p2p", bot.Chat{P2P: true, Member: true}, self, bot.RankNone},
		{"p2p, whatever else is said", bot.Chat{P2P: true, Member: true, BotManagers: []bot.AppID{self}}, self, bot.RankNone},
		{"an app without a name is nobody", bot.Chat{Owner: "ou_o", BotManagers: []bot.AppID{""}, Member: true}, "", bot.RankNone},
	}
	for _, row := range rows {
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			row.chat.Learned = time.Unix(1, 0)
			if got := row.chat.Rank(row.app); got != row.want {
				t.Errorf("Rank = %d, want %d", got, row.want)
			}
		})
	}
}
