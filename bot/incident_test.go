package bot_test

import (
	"bytes"
	"errors"
	"log/slog"
	"regexp"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"recallbot/bot"
)

// TestAnIncidentIsLoggedTwice: when it begins, and when its last part works again.
func TestAnIncidentIsLoggedTwice(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var out bytes.Buffer
		i := bot.NewIncident(slog.New(slog.NewTextHandler(&out, nil)), slog.LevelWarn, "it fails", "it works again")
		ctx, away := t.Context(), errors.New("away")
		i.Report(ctx, "a", nil)
		for range 2 {
			for range 100 {
				i.Report(ctx, "a", away, slog.String("part", "a"))
				i.Report(ctx, "b", away)
			}
			time.Sleep(time.Minute)
			i.Report(ctx, "a", nil)
			i.Report(ctx, "b", nil)
			i.Report(ctx, "b", nil)
		}
		text := regexp.MustCompile(`time=\S+ `).ReplaceAllString(out.String(), "")
		want := strings.Repeat("level=WARN msg=\"it fails\" part=a error=away\nlevel=INFO msg=\"it works again\" after=1m0s failures=200\n", 2)
		if text != want {
			t.Errorf("the log is\n%s\nwant\n%s", text, want)
		}
	})
}

// TestIncidentOfManyParts: an incident ends when the last of its parts works again.
func TestIncidentOfManyParts(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var log bytes.Buffer
		incident := bot.NewIncident(slog.New(slog.NewTextHandler(&log, nil)), slog.LevelWarn, "away", "back")
		incident.Report(t.Context(), "a", errors.New("x"))
		time.Sleep(time.Second)
		began := time.Now()
		time.Sleep(time.Second)
		incident.Report(t.Context(), "b", errors.New("x"))
		incident.ReportOf(t.Context(), "a", began, nil)
		incident.Report(t.Context(), "b", nil)
		incident.ReportOf(t.Context(), "c", began, errors.New("x")) // it waited for an answer since before the end
		if n := strings.Count(log.String(), "\n"); n != 2 || strings.Count(log.String(), "msg=back") != 1 {
			t.Errorf("logged:\n%s", log.String())
		}
	})
}

// TestIncidentOfManyAtOnce: a late result of an overlapping try neither ends an incident nor begins one.
func TestIncidentOfManyAtOnce(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var log bytes.Buffer
		incident := bot.NewIncident(slog.New(slog.NewTextHandler(&log, nil)), slog.LevelWarn, "away", "back")
		early := time.Now()
		time.Sleep(time.Second)
		incident.Report(t.Context(), "", errors.New("x"))
		incident.ReportOf(t.Context(), "", early, nil) // it began before
		late := time.Now()
		time.Sleep(time.Second)
		incident.Report(t.Context(), "", nil)
		incident.ReportOf(t.Context(), "", late, errors.New("x"))
		if n := strings.Count(log.String(), "\n"); n != 2 || strings.Count(log.String(), "msg=away") != 1 {
			t.Errorf("logged:\n%s", log.String())
		}
		time.Sleep(time.Second)
		incident.Report(t.Context(), "", errors.New("x"))
		if n := strings.Count(log.String(), "msg=away"); n != 2 {
			t.Errorf("another incident is logged %d times in all, want 2", n)
		}
	})
}

// TestIncidentForgets: a part that failed long ago, and is not tried here any more, does not keep the incident open.
func TestIncidentForgets(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var log bytes.Buffer
		incident := bot.NewIncident(slog.New(slog.NewTextHandler(&log, nil)), slog.LevelWarn, "away", "back").ForgetAfter(time.Minute)
		incident.Report(t.Context(), "a", errors.New("x"))
		time.Sleep(30 * time.Second)
		incident.Report(t.Context(), "b", nil) // a failed lately
		if strings.Contains(log.String(), "msg=back") {
			t.Errorf("a still fails:\n%s", log.String())
		}
		time.Sleep(31 * time.Second)
		incident.Report(t.Context(), "b", nil)
		incident.Report(t.Context(), "b", errors.New("x"))
		if n := strings.Count(log.String(), "msg=back"); n != 1 || strings.Count(log.String(), "msg=away") != 2 {
			t.Errorf("logged:\n%s", log.String())
		}
	})
}
