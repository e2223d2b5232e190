package command

import (
	"slices"
	"strconv"
	"strings"
	"time"

	"recallbot/bot"
)

func (p *filterParser) readSince(value string) error {
	at, ok := p.when(value, false)
	if !ok {
		return fault(bot.FaultTime, value, "")
	}
	if at.After(p.in.Said) {
		return fault(bot.FaultFuture, value, "")
	}
	p.f.Since = at
	return nil
}

// readUntil parses the end. A day means its end, or now for today.
func (p *filterParser) readUntil(value string) error {
	at, ok := p.when(value, true)
	if !ok {
		return fault(bot.FaultTime, value, "")
	}
	if at.After(p.in.Said) {
		return fault(bot.FaultFuture, value, "")
	}
	p.f.Until = at
	return nil
}

// when parses a duration before now, or a time in the zone. A day is its beginning, or with end set its end, but not after
// now. Times before this century are refused.
func (p *filterParser) when(value string, end bool) (time.Time, bool) {
	const century = 2000
	text := strings.ToUpper(strings.TrimFunc(withoutEnd(narrow(value)), bot.IsSpace))
	at, ok := time.Time{}, false
	if d, isDuration := parseDuration(text); isDuration {
		at, ok = p.in.Said.Add(-d), true
	} else {
		at, ok = p.moment(text, end)
	}
	at = at.In(p.in.Zone)
	return at, ok && at.Year() >= century
}

// parseDuration parses "30m", "1h30m", "2小时", the largest unit first, also with a word like "ago" after it.
func parseDuration(text string) (time.Duration, bool) {
	for _, past := range []string{"AGO", "以前", "之前", "前", "以内", "之内", "内"} {
		if rest, ok := strings.CutSuffix(text, past); ok {
			text = strings.TrimRightFunc(rest, bot.IsSpace)
			break
		}
	}
	const limit = 20 * 365 * 24 * time.Hour
	total, last := time.Duration(0), limit
	for text != "" {
		unitAt := strings.IndexFunc(text, func(r rune) bool { return r < '0' || r > '9' })
		if unitAt <= 0 {
			return 0, false
		}
		n, err := strconv.ParseInt(text[:unitAt], 10, 64)
		text = text[unitAt:]
		nextAt := strings.IndexAny(text, "0123456789")
		if nextAt < 0 {
			nextAt = len(text)
		}
		unit := unitOf(strings.TrimFunc(text[:nextAt], bot.IsSpace))
		if err != nil || unit == 0 || unit >= last || n > int64(limit/unit) {
			return 0, false
		}
		total, last, text = total+time.Duration(n)*unit, unit, text[nextAt:]
	}
	return total, total > 0 && total <= limit
}

func unitOf(name string) time.Duration {
	const day = 24 * time.Hour
	for unit, names := range map[time.Duration]string{
		time.Second: "S SEC SECS SECOND SECONDS 秒 秒钟",
		time.Minute: "M MIN MINS MINUTE MINUTES 分 分钟",
		time.Hour:   "H HR HRS HOUR HOURS 小时 个小时 钟头 个钟头",
		day:         "D DAY DAYS 天",
		7 * day:     "W WEEK WEEKS 周 星期 个星期 礼拜 个礼拜",
	} {
		if slices.Contains(words(names), name) {
			return unit
		}
	}
	return 0
}

// moment parses a date, a time of day, or both. A missing year is this year, a missing date today.
func (p *filterParser) moment(text string, end bool) (time.Time, bool) {
	now := p.in.Said.In(p.in.Zone)
	const day = "2006-01-02"
	for word, back := range map[string]int{
		"TODAY": 0, "今天": 0, "今日": 0, "YESTERDAY": 1, "昨天": 1, "昨日": 1, "前天": 2,
	} {
		if rest, ok := strings.CutPrefix(text, word); ok {
			text = now.AddDate(0, 0, -back).Format(day) + " " + rest
			break
		}
	}
	text = strings.NewReplacer("年", "-", "月", "-", "日", " ", "号", " ", "/", "-").Replace(text)
	text = strings.Join(strings.FieldsFunc(text, bot.IsSpace), "T")
	for _, whole := range []string{text, now.Format("2006-") + text, now.Format(day) + "T" + text} {
		if at, err := time.ParseInLocation("2006-1-2", whole, p.in.Zone); err == nil {
			return p.edge(at, now, end), true
		}
		for _, layout := range []string{
			"2006-1-2T15:04", "2006-1-2T15:04:05", "2006-1-2T15:04Z07:00", "2006-1-2T15:04:05Z07:00",
			"2006-1-2T15:04Z0700", "2006-1-2T15:04:05Z0700",
		} {
			if at, err := time.ParseInLocation(layout, whole, p.in.Zone); err == nil {
				return at, true
			}
		}
	}
	return time.Time{}, false
}

// edge is the beginning or end of a day; the platform's times are in milliseconds.
func (p *filterParser) edge(day, now time.Time, end bool) time.Time {
	if !end {
		return day
	}
	last := day.AddDate(0, 0, 1).Add(-time.Millisecond)
	if last.After(now) && !day.After(now) {
		return now
	}
	return last
}
