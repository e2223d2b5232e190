package app

import (
	"strconv"

	"recallbot/bot"
	"recallbot/hooks"
	"recallbot/store/queue"
)

// begin makes the series whose labels are known, at 0. Prometheus sees no increase in the first value of a series, so a series
// that counts faults must exist before the first fault.
func (m *metrics) begin() {
	m.beginEvents()
	for _, via := range vias() {
		m.recalls.WithLabelValues(string(bot.Done), string(via), "")
		m.recalls.WithLabelValues(string(bot.Refused), string(via), string(bot.ReasonUnchecked))
		for _, reason := range platformReasons() {
			m.recalls.WithLabelValues(string(bot.Failed), string(via), string(reason))
		}
	}
	m.latency.WithLabelValues(string(bot.ViaReply))
	for _, state := range []bot.PostState{bot.PostSent, bot.PostCancelled} {
		m.posts.WithLabelValues(string(state), "")
	}
	for _, reason := range append(platformReasons(), "") {
		m.posts.WithLabelValues(string(bot.PostFailed), string(reason))
		m.posts.WithLabelValues(string(bot.PostUnsure), string(reason))
	}
	m.beginJobs()
	for _, api := range apis() {
		for _, code := range []int{0, codeNoAnswer, codeRateLimit} {
			m.apiCalls.WithLabelValues(api, strconv.Itoa(code))
		}
	}
	m.apiTime.WithLabelValues(apiRecall)
	m.waits.WithLabelValues(apiRecall)
	m.redisTime.WithLabelValues("ping")
	for _, result := range []string{reloadApplied, reloadUnchanged, reloadInvalid} {
		m.reloads.WithLabelValues(result)
	}
	m.socket.reconnects.WithLabelValues()
	m.out.begin()
}

// The codes of api_calls_total that alerts are about, and the call that the bot is for.
const (
	codeNoAnswer  = -1
	codeRateLimit = 99991400
	apiRecall     = "message.delete"
)

func (m *metrics) beginEvents() {
	for _, eventType := range append(eventTypes(), "other") {
		for _, result := range []string{
			string(bot.KeptQueued), string(bot.KeptNoted), string(bot.KeptIgnored), string(bot.KeptRepeated),
			"Service Unavailable", bot.Unavailable.String(),
		} {
			m.events.WithLabelValues(eventType, result)
		}
		m.workAge.WithLabelValues(eventType)
		for _, outcome := range outcomes() {
			m.workDone.WithLabelValues(eventType, string(outcome))
		}
	}
	for _, result := range []string{
		"Unauthorized", "Bad Request", "Request Entity Too Large", bot.Denied.String(), bot.Invalid.String(),
	} {
		m.events.WithLabelValues("", result)
	}
	m.events.WithLabelValues("url_verification", "answered")
}

func (m *metrics) beginJobs() {
	for _, kind := range []bot.JobKind{bot.JobClean, bot.JobUndo, bot.JobBatch, bot.JobPosts} {
		for _, state := range []bot.JobState{bot.JobDone, bot.JobStopped, bot.JobCancelled, bot.JobExpired, bot.JobFailed} {
			m.jobs.WithLabelValues(string(kind), string(state))
		}
		m.jobEnds.WithLabelValues(string(kind), string(bot.CauseRecalled))
		m.jobEnds.WithLabelValues(string(kind), string(bot.CauseFailed))
		m.jobTime.WithLabelValues(string(kind))
	}
	for _, state := range []string{"waiting", "in_flight", "delayed", "dead"} {
		for _, name := range QueueNames() {
			m.items(name, state)
		}
	}
}

func (m *outMetrics) begin() {
	for _, name := range []string{exporterFile, exporterWebhook} {
		m.sent.WithLabelValues(name)
		m.failures.WithLabelValues(name)
		m.gone.WithLabelValues(name)
		m.behind.WithLabelValues(name)
		m.lagTime.WithLabelValues(name)
	}
	for _, outcome := range outcomes() {
		m.hooks.WithLabelValues(hooks.EventJobFinished, string(outcome))
	}
	m.hookTime.WithLabelValues(hooks.EventJobFinished)
}

// beginRequests makes the series of the HTTP API's operations.
func (m *metrics) beginRequests(operations []string) {
	for _, operation := range operations {
		for _, status := range []string{"200", "202", "400", "401", "403", "404", "408", "413", "422", "429", "500", "503"} {
			m.requests.WithLabelValues(operation, status)
		}
	}
}

func outcomes() []queue.Outcome {
	return []queue.Outcome{queue.Done, queue.Retry, queue.Postponed, queue.GivenBack, queue.GivenUp}
}

// vias are all values of bot.Via; a test compares them.
func vias() []bot.Via {
	return []bot.Via{
		bot.ViaReply, bot.ViaReaction, bot.ViaP2P, bot.ViaTidy, bot.ViaClean, bot.ViaButton, bot.ViaQuorum, bot.ViaCascade, bot.ViaWatch, bot.ViaCancelled,
		bot.ViaUndo, bot.ViaSettings, bot.ViaOperator, bot.ViaAPI, bot.ViaLifetime, bot.ViaConsent, bot.ViaDeauthorize,
		bot.ViaPlatform,
	}
}

// platformReasons are the reasons for which a recall or a post fails; a test compares them with bot.
func platformReasons() []bot.Reason {
	return []bot.Reason{
		bot.ReasonGone, bot.ReasonNotAllowed, bot.ReasonTooOld, bot.ReasonNotInChat, bot.ReasonNoBot, bot.ReasonUserUnavailable,
		bot.ReasonScope, bot.ReasonAppScope, bot.ReasonInvisible, bot.ReasonType, bot.ReasonDissolved, bot.ReasonBadRequest,
		bot.ReasonUnknownMessage, bot.ReasonRateLimited, bot.ReasonQuota, bot.ReasonAddress, bot.ReasonCredentials,
		bot.ReasonAppOff, bot.ReasonUnavailable, bot.ReasonOther,
	}
}

// apis are the calls of the platform; a test compares them with feishu.
func apis() []string {
	return []string{
		"app.get", "app_version.list", "batch.delete", "batch.progress", "bot.info", "chat.bots", "chat.get", "chat.list", "chat.remove_bot", "message.search", "ephemeral.delete",
		"ephemeral.send", "message.create", apiRecall, "message.get", "message.list", "message.patch", "message.read_users", "message.reply", "pin.list",
		"reaction.create", "scope.list", "token.fetch", "user.info", "user_token.fetch",
	}
}
