package web

import (
	"cmp"
	"context"
	"errors"
	"log/slog"
	"net/http"
	"time"

	"github.com/gin-gonic/gin"

	"recallbot/bot"
)

// readyTimeout limits all checks together.
const readyTimeout = time.Second

// healthz is GET /healthz: the process runs.
func (s *Server) healthz(c *gin.Context) { c.JSON(http.StatusOK, gin.H{"status": "ok"}) }

// readyz is GET /readyz: events can be accepted and handled.
func (s *Server) readyz(c *gin.Context) {
	ctx, cancel := context.WithTimeout(c.Request.Context(), readyTimeout)
	defer cancel()
	status, checks := http.StatusOK, gin.H{}
	if s.stopping.Load() {
		status, checks["stopping"] = http.StatusServiceUnavailable, "not ready"
	}
	for name, check := range s.deps.Ready {
		checks[name] = "ok"
		began := time.Now()
		err := check(ctx)
		if err != nil {
			status, checks[name] = http.StatusServiceUnavailable, "not ready: "+causeOf(err)
		}
		if c.Request.Context().Err() == nil {
			s.readyIncidents[name].ReportOf(ctx, "", began, err, slog.String("check", name))
		}
	}
	c.JSON(status, checks)
}

// causeOf is why a check failed, in a word without secrets.
func causeOf(err error) string {
	if named, ok := errors.AsType[interface {
		error
		Cause() string
	}](err); ok {
		return named.Cause()
	}
	detail := bot.Detail(err)
	return cmp.Or(string(detail.Reason), detail.Kind.String())
}
