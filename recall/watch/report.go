package watch

import (
	"slices"

	"recallbot/bot"
)

// Report is how loud the bots of a chat were, in counters only.
type Report struct {
	Bots []BotReport
	// Part is set where not all messages were read.
	Part bool
}

// BotReport is what one bot did.
type BotReport struct {
	Sender string
	// Posts is how many it posted, Repeated how many of these had the content of an earlier one.
	Posts, Repeated int
	// Recalled is how many were recalled; By counts them by rule, and those of people under "".
	Recalled int
	By       map[string]int
}

// Recalls say by which rule messages were recalled: empty for people.
type Recalls map[bot.MessageID]string

// NewReport counts the posts of bots, the oldest first. The loudest bot comes first.
func NewReport(messages []Entry, recalled Recalls) Report {
	type content struct {
		sender string
		hash   uint64
	}
	bots, seen := map[string]*BotReport{}, map[content]bool{}
	for _, m := range messages {
		if m.Kind != bot.KindBot && m.Kind != bot.KindOwn {
			continue
		}
		sender := m.From.Label()
		b := bots[sender]
		if b == nil {
			b = &BotReport{Sender: sender, By: map[string]int{}}
			bots[sender] = b
		}
		b.Posts++
		this := content{m.From.ID, m.Content}
		if m.Content != 0 && seen[this] {
			b.Repeated++
		}
		seen[this] = true
		if rule, ok := recalled[m.ID]; ok {
			b.Recalled++
			b.By[rule]++
		}
	}
	var report Report
	for _, b := range bots {
		report.Bots = append(report.Bots, *b)
	}
	slices.SortFunc(report.Bots, func(a, b BotReport) int {
		if a.Posts != b.Posts {
			return b.Posts - a.Posts
		}
		if a.Sender < b.Sender {
			return -1
		}
		return 1
	})
	return report
}
