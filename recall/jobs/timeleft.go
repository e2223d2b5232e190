package jobs

import (
	"time"

	"recallbot/bot"
)

// TimeLeft estimates how long the rest of a job takes: at its rate so far, but not less than the platform's limits allow.
func TimeLeft(job bot.Job, now time.Time) time.Duration {
	left := bot.CallTime(job.Total - job.Next)
	took := now.Sub(job.Began)
	if job.Next <= 0 || job.Began.IsZero() || took <= 0 {
		return left
	}
	return max(left, took/time.Duration(job.Next)*time.Duration(job.Total-job.Next))
}
