package web

import (
	"context"
	"net/http"
	"time"

	"github.com/gin-gonic/gin"
)

// readyTimeout bounds all checks together.
const readyTimeout = time.Second

// alive is GET /healthz: the process runs and answers.
func (s *Server) alive(c *gin.Context) { c.JSON(http.StatusOK, gin.H{"status": "ok"}) }

// ready is GET /readyz: events can be taken and worked on.
func (s *Server) ready(c *gin.Context) {
	ctx, cancel := context.WithTimeout(c.Request.Context(), readyTimeout)
	defer cancel()
	status, checks := http.StatusOK, gin.H{}
	if s.leaving.Load() {
		status, checks["stopping"] = http.StatusServiceUnavailable, "not ready"
	}
	for name, check := range s.parts.Ready {
		checks[name] = "ok"
		if err := check(ctx); err != nil {
			status, checks[name] = http.StatusServiceUnavailable, "not ready"
			s.parts.Logger.WarnContext(ctx, "not ready", "check", name, "error", err)
		}
	}
	c.JSON(status, checks)
}
