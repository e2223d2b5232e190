package command

import (
	"strconv"
	"strings"
	"time"

	"recallbot/bot"
)

var errDuration = bot.WrongSetting("", "must be a duration with a unit, such as 30s, 10m, 24h or 3d")

// ParseDuration reads a duration as Go writes it (1h30m, 500ms), with days and weeks besides: 3d, 1w12h.
func ParseDuration(text string) (time.Duration, error) {
	var inHours strings.Builder
	start := 0 // of the number before the next unit
	for i := range len(text) {
		c := text[i]
		if (c >= '0' && c <= '9') || c == '.' {
			continue
		}
		number, unit := text[start:i], text[i:i+1]
		if hours := map[byte]float64{'d': 24, 'w': 7 * 24}[c]; hours > 0 {
			n, err := strconv.ParseFloat(number, 64)
			if err != nil {
				return 0, errDuration
			}
			number, unit = strconv.FormatFloat(n*hours, 'f', -1, 64), "h"
		}
		inHours.WriteString(number + unit)
		start = i + 1
	}
	inHours.WriteString(text[start:])
	d, err := time.ParseDuration(inHours.String())
	if err != nil {
		return 0, errDuration
	}
	return d, nil
}
