package command

import (
	"slices"
	"strings"
	"time"

	"recallbot/bot"
)

// ReportOrder is what "/recall report" asks for: a report about a time, or one every week, or no longer.
type ReportOrder struct {
	For          time.Duration
	Weekly, Stop bool
}

// DefaultReport is the time of a report where none was said, MaxReport the longest.
const (
	DefaultReport = 7 * 24 * time.Hour
	MaxReport     = 90 * 24 * time.Hour
)

// ParseReport parses the arguments: a time, "weekly", or "off". Its errors are FilterErrors.
func ParseReport(args []string) (ReportOrder, error) {
	order := ReportOrder{For: DefaultReport}
	if len(args) > 1 {
		return ReportOrder{}, fault(bot.FaultStray, args[1], "")
	}
	if len(args) == 0 {
		return order, nil
	}
	word := strings.ToLower(withoutEnd(narrow(args[0])))
	switch {
	case slices.Contains(words("weekly week 每周 周报"), word):
		order.Weekly = true
	case slices.Contains(words("off stop 关闭 停止"), word):
		order.Stop = true
	default:
		d, ok := parseDuration(strings.ToUpper(word))
		if !ok || d < time.Hour || d > MaxReport {
			return ReportOrder{}, fault(bot.FaultReport, args[0], "")
		}
		order.For = d
	}
	return order, nil
}
