package web

import (
	_ "embed" // the API's page
	"encoding/json"
	"net/http"
	"reflect"
	"strings"
	"sync"

	"github.com/danielgtaylor/huma/v2"
	"github.com/gin-gonic/gin"
)

//go:embed page/docs.html
var docsPage []byte

// describe adds the routes outside the API and shared definitions to the description.
func (a *api) describe() {
	doc := a.huma.OpenAPI()
	schemas := doc.Components.Schemas
	doc.Components.Responses = map[string]*huma.Response{"Problem": {
		Description: "Not done, and why (RFC 9457). 401, 429 and 503 have WWW-Authenticate or Retry-After.",
		Content: map[string]*huma.MediaType{
			problemType: {Schema: schemas.Schema(reflect.TypeFor[Problem](), true, "Problem")},
		},
	}}
	// huma's own error type is never sent: asProblem replaces it.
	delete(schemas.Map(), "ErrorModel")
	delete(schemas.Map(), "ErrorDetail")
	a.describeAlerts(doc)
	a.describeAnswers(doc)
	for _, op := range serverOperations() {
		doc.AddOperation(op)
	}
	a.serveDocs(doc)
}

// serveDocs serves the description and its page.
func (a *api) serveDocs(doc *huma.OpenAPI) {
	// Marshalled once: it is large, and needs no token.
	asJSON := sync.OnceValues(func() ([]byte, error) { return json.Marshal(doc) })
	asYAML := sync.OnceValues(doc.YAML)
	a.server.engine.GET(apiPath+"/openapi.json", func(c *gin.Context) {
		text, err := asJSON()
		a.serveText(c, gin.MIMEJSON, text, err)
	})
	a.server.engine.GET(apiPath+"/openapi.yaml", func(c *gin.Context) {
		text, err := asYAML()
		a.serveText(c, "application/yaml", text, err)
	})
	a.server.engine.GET(apiPath+"/docs", func(c *gin.Context) {
		c.Header("Content-Security-Policy", "default-src 'none'; style-src 'unsafe-inline'; script-src 'unsafe-inline'; "+
			"connect-src 'self'; img-src data:; frame-ancestors 'none'; base-uri 'none'; form-action 'none'")
		a.serveText(c, "text/html; charset=utf-8", docsPage, nil)
	})
}

func (a *api) serveText(c *gin.Context, kind string, text []byte, err error) {
	if err != nil {
		a.server.logFailure(c.Request.Context(), "describe the API", err)
		problemOf(err).write(c.Writer)
		return
	}
	c.Data(http.StatusOK, kind, text)
}

// OpenAPI is the description of all routes as YAML: docs/openapi.yaml.
func (s *Server) OpenAPI() ([]byte, error) { return s.api.huma.OpenAPI().YAML() }

// serverOperations are the routes that need no token.
func serverOperations() []*huma.Operation {
	event := serverOperation("POST /webhook/event", "Events of the platform", map[string]string{
		"200": "Kept, or the answer to a challenge", "400": "Unreadable", "401": "Not the platform's", "405": "Another method than POST",
		"408": "The body did not come in time",
		"413": "Larger than 1 MiB", "503": "Can't be kept now; the platform sends it again",
	})
	event.Description = "Encrypted and signed as the platform does. 200 only when the event is stored in Redis; after any other status the " +
		"platform sends it again."
	event.RequestBody = &huma.RequestBody{Required: true, Content: map[string]*huma.MediaType{gin.MIMEJSON: {Schema: &huma.Schema{
		Type: huma.TypeObject,
		Properties: map[string]*huma.Schema{
			"encrypt": {Type: huma.TypeString, Description: "Base64 of IV and AES-256-CBC ciphertext"},
		},
	}}}}
	ready := serverOperation("GET /readyz", "Events can be taken and worked on",
		map[string]string{"200": "Ready; the checks by name", "503": "Not ready; the checks by name"})
	ready.Description = "Redis accepts writes, the platform returned a token or none was needed yet, and the bot is not stopping."
	for _, status := range []string{"200", "503"} {
		ready.Responses[status].Content = map[string]*huma.MediaType{gin.MIMEJSON: {Schema: &huma.Schema{
			Type: huma.TypeObject, AdditionalProperties: &huma.Schema{Type: huma.TypeString, Description: "ok, or not ready and its cause"},
		}}}
	}
	return []*huma.Operation{
		event, ready, consentOperation(),
		serverOperation("GET /healthz", "The process runs", map[string]string{"200": "Always"}),
		serverOperation("GET /metrics", "Prometheus metrics", map[string]string{"200": "Text exposition format"}),
		serverOperation("GET "+apiPath+"/openapi.json", "This description as JSON", map[string]string{"200": "OpenAPI 3.1"}),
		serverOperation("GET "+apiPath+"/openapi.yaml", "This description as YAML", map[string]string{"200": "OpenAPI 3.1"}),
		serverOperation("GET "+apiPath+"/docs", "This description as a page", map[string]string{"200": "HTML"}),
	}
}

func serverOperation(what, summary string, answers map[string]string) *huma.Operation {
	method, path, _ := strings.Cut(what, " ")
	op := &huma.Operation{
		Method: method, Path: path, Summary: summary, OperationID: strings.ReplaceAll(operationID(method, path), ".", "-"),
		Tags: []string{"server"}, Responses: map[string]*huma.Response{}, Security: []map[string][]string{},
	}
	for status, description := range answers {
		op.Responses[status] = &huma.Response{Description: description}
	}
	return op
}

// either documents a 200 with one type and a 202 with another.
func either[Now, Later any](a *api, op huma.Operation, now, later string) huma.Operation {
	schemas := a.huma.OpenAPI().Components.Schemas
	op.Responses["200"] = &huma.Response{Description: now, Content: map[string]*huma.MediaType{
		gin.MIMEJSON: {Schema: schemas.Schema(reflect.TypeFor[Now](), true, "")},
	}}
	op.Responses["202"] = &huma.Response{Description: later, Content: map[string]*huma.MediaType{
		gin.MIMEJSON: {Schema: schemas.Schema(reflect.TypeFor[Later](), true, "")},
	}}
	return op
}
