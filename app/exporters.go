package app

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"log/slog"
	"time"

	"recallbot/bot"
	"recallbot/hooks"
	"recallbot/store"
)

// The exporters of the audit, as metrics and Redis name them.
const (
	exporterFile    = "file"
	exporterWebhook = "webhook"

	// fileLife is for how long a replica holds the lock of the file. That of the webhook is twice hooks.timeout, but not shorter.
	fileLife = 4 * time.Second
)

// openExporters makes the exporters that are configured.
func openExporters(
	config Config, s *store.Store, post func(context.Context, hooks.Message) error, m *outMetrics, log *slog.Logger, undo *cleanups,
) ([]*exporter, error) {
	var all []*exporter
	add := func(name string, life time.Duration, send func(context.Context, batch) error) {
		all = append(all, newExporter(exporter{name: name, kept: store.NewExporter(s, name), send: send, life: life, metrics: m, log: log}))
	}
	if path := config.Audit.File; path != "" {
		file, err := openAuditFile(path)
		if err != nil {
			return nil, err
		}
		undo.push("audit", file.lines.Close)
		add(exporterFile, fileLife, file.send)
	}
	if config.Audit.Webhook.On() {
		siem := auditWebhook{target: config.Audit.Webhook, post: post, now: time.Now}
		add(exporterWebhook, max(2*config.Hooks.Timeout, fileLife), siem.send)
	}
	return all, nil
}

// auditWebhook sends records as signed batches over HTTP.
type auditWebhook struct {
	target hooks.Target
	post   func(ctx context.Context, m hooks.Message) error
	now    func() time.Time
}

// send posts a batch. Its id is that of its records: a batch that is sent again is known by it.
func (w auditWebhook) send(ctx context.Context, b batch) error {
	data := struct {
		Records []json.RawMessage `json:"records"`
		Missing []span            `json:"missing,omitempty"`
	}{Missing: b.missing}
	for _, r := range b.records {
		record := json.RawMessage(r.JSON)
		if !json.Valid(record) { // edited by hand: it must not stop the others
			quoted, err := json.Marshal(string(r.JSON))
			if err != nil {
				return bot.Errorf(bot.Internal, "send record %s: %w", r.ID, err)
			}
			record = quoted
		}
		data.Records = append(data.Records, record)
	}
	body, err := hooks.EncodeEvent(hooks.EventAuditRecords, w.now(), data)
	if err != nil {
		return err
	}
	id := "audit-" + b.records[0].ID + "-" + b.records[len(b.records)-1].ID
	return w.post(ctx, hooks.Message{ID: id, URL: w.target.URL, Secret: w.target.Secret, Body: body})
}

// newExporter completes an exporter.
func newExporter(o exporter) *exporter {
	o.holder, o.now, o.wakeup = rand.Text(), time.Now, make(chan struct{}, 1)
	o.away = bot.NewIncident(o.log, slog.LevelWarn, "audit exporter cannot reach redis", "audit exporter reaches redis again")
	o.unsent = bot.NewIncident(o.log, slog.LevelWarn, "audit records not sent", "audit records sent again")
	return &o
}
