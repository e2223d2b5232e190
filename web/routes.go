package web

import (
	"time"

	"github.com/gin-gonic/gin"
)

// consentPath is the redirect URL of the platform's consent page.
const consentPath = "/oauth/callback"

// maxScrapes limits concurrent scrapes of the metrics; others wait up to scrapeWait.
const (
	maxScrapes = 4
	scrapeWait = 2 * time.Second
)

// routes registers all routes; a test compares them with docs/openapi.yaml.
func (s *Server) routes() {
	s.engine.POST("/webhook/event", s.event)
	s.engine.GET("/healthz", s.healthz)
	s.engine.GET("/readyz", s.readyz)
	s.engine.GET(consentPath, s.consent)
	s.engine.GET("/metrics", gin.WrapH(newSemaphore(maxScrapes).wrap(s.deps.Metrics, scrapeWait)))
	s.api = s.serveAPI()
}

// Routes lists the routes as "METHOD /path".
func (s *Server) Routes() []string {
	var list []string
	for _, route := range s.engine.Routes() {
		list = append(list, route.Method+" "+route.Path)
	}
	return list
}

// Operations lists the operation ids of the API.
func (s *Server) Operations() []string { return s.api.operations }
