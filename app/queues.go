package app

// The names of the queues.
const (
	// WorkQueue holds commands, reactions and what happens to chats.
	WorkQueue = "work"
	// jobsQueue holds the steps of jobs. It has workers of its own, so that jobs never hold those of single commands.
	jobsQueue = "jobs"
	// hooksQueue holds the webhooks to send. It has workers of its own: a slow receiver delays only webhooks.
	hooksQueue = "hooks"
	// postsQueue holds the posts to send, timersQueue what is to happen at a time. Timers have workers of their own: they
	// fire on time, however many posts wait.
	postsQueue  = "posts"
	timersQueue = "timers"
	// alertsQueue holds the groups of alerts whose cards are to change.
	alertsQueue = "alerts"
)

// QueueNames lists every queue: the command line, metrics and copies of the store range over it.
func QueueNames() []string {
	return []string{WorkQueue, jobsQueue, hooksQueue, postsQueue, timersQueue, alertsQueue}
}
