package web

import (
	"time"

	"github.com/gin-gonic/gin"
)

// consentPath is where the browser comes back to from the platform's page of consent.
const consentPath = "/oauth/callback"

// Metrics are gathered for so many at once; others wait so long for their turn.
const (
	maxScrapes = 4
	scrapeWait = 2 * time.Second
)

// routes is every URL, with those of the API; docs/openapi.yaml says the same, and a test compares the two.
func (s *Server) routes() {
	s.engine.POST("/webhook/event", s.event)
	s.engine.GET("/healthz", s.healthz)
	s.engine.GET("/readyz", s.readyz)
	s.engine.GET(consentPath, s.consent)
	s.engine.GET("/metrics", gin.WrapH(newSemaphore(maxScrapes).wrap(s.deps.Metrics, scrapeWait)))
	s.api = s.serveAPI()
}

// Routes lists what is served, as "METHOD /path".
func (s *Server) Routes() []string {
	var list []string
	for _, route := range s.engine.Routes() {
		list = append(list, route.Method+" "+route.Path)
	}
	return list
}

// Operations lists the operations of the HTTP API, as docs/openapi.yaml names them.
func (s *Server) Operations() []string { return s.api.operations }
