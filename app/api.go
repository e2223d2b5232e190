package app

import (
	"crypto/rand"
	"time"

	"recallbot/handlers/text"
	"recallbot/recall"
	"recallbot/recall/jobs"
	"recallbot/store"
	"recallbot/web"
)

// newAPI gathers what the HTTP API works with. Single recalls go by the quick lane, as commands do.
func (a *App) newAPI(
	book *store.Posts, tokens *store.Tokens, door *recall.Recaller, selects jobs.SelectFunc, archive *store.Archive,
) web.API {
	api := web.API{
		Tokens: tokens, Posts: a.posting, Book: book, Recaller: door, Jobs: a.jobs, Select: selects,
		ListJobs: store.NewJobs(a.store).List, CheckNotify: a.hooks.CheckURL,
		Once: store.NewOnce(a.store).Keep, Index: a.index, Recent: store.NewAudit(a.store).Recent, Chats: a.client.Chats,
		ReceiveAlerts: a.alerts.Receive, Observe: a.metrics.request, Trace: a.traceRequests(), Say: text.English,
		Zone: a.live.chat.zone, Now: time.Now, Key: rand.Text,
	}
	if archive != nil {
		api.CountArchived = archive.Count
	}
	return api
}
