package web_test

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"maps"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/santhosh-tekuri/jsonschema/v6"
	"pgregory.net/rapid"

	"recallbot/bot"
	"recallbot/post/alert"
	"recallbot/web"
)

// Receive records the call.
func (o *backend) Receive(_ context.Context, n alert.Notification, options alert.Options, by bot.Principal) (alert.Group, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.down != nil {
		return alert.Group{}, o.down
	}
	return alert.Group{ID: alert.GroupID(n.Key), Team: by.Team, Options: options, Card: alert.Card{Firing: true}}, nil
}

// codeSentences returns codes in place of sentences.
type codeSentences struct{}

func (codeSentences) Filter(wrong *bot.FilterError) string {
	return "said of " + string(wrong.Fault) + " " + wrong.Word
}

func (codeSentences) Failed(reason bot.Reason, code int) string {
	if reason == "" {
		return ""
	}
	return fmt.Sprint("said of ", reason, " ", code)
}

// specClient is a running API with its description.
type specClient struct {
	*backend

	t   testing.TB
	url string
	// doc is the description.
	doc      map[string]any
	compiler *jsonschema.Compiler
	schemas  map[string]*jsonschema.Schema

	mu sync.Mutex
	// answered are the statuses that were seen, by operation.
	answered map[string]bool
}

const docURL = "https://bot.example/openapi.json"

func describe(t *testing.T) *specClient {
	t.Helper()
	o := newBackend()
	o.seed()
	d := &specClient{backend: o, t: t, schemas: map[string]*jsonschema.Schema{}, answered: map[string]bool{}}
	server := web.New(web.Deps{
		WebhookDeps: web.WebhookDeps{Opener: &fakes{}},
		API:         o.api(), Logger: slog.New(slog.DiscardHandler), Metrics: http.NotFoundHandler(), Ready: map[string]func(context.Context) error{},
	})
	listener, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.WithoutCancel(t.Context()))
	ended := make(chan error, 1)
	go func() { ended <- server.Serve(ctx, listener) }()
	t.Cleanup(func() {
		cancel()
		if err := <-ended; err != nil {
			t.Error(err)
		}
	})
	d.url = "http://" + listener.Addr().String()
	answer := httptest.NewRecorder()
	server.Handler().ServeHTTP(answer, httptest.NewRequest(http.MethodGet, "/api/v1/openapi.json", nil))
	doc, err := jsonschema.UnmarshalJSON(answer.Body)
	if err != nil {
		t.Fatal(err)
	}
	d.doc, _ = doc.(map[string]any)
	d.compiler = jsonschema.NewCompiler()
	d.compiler.AssertFormat()
	if err := d.compiler.AddResource(docURL, doc); err != nil {
		t.Fatal(err)
	}
	return d
}

// at returns a part of the description, with references resolved.
func (d *specClient) at(place ...string) any {
	var v any = d.doc
	for _, name := range place {
		m, ok := v.(map[string]any)
		if !ok {
			return nil
		}
		v = d.resolve(m[name])
	}
	return v
}

func (d *specClient) resolve(v any) any {
	m, _ := v.(map[string]any)
	if ref, ok := m["$ref"].(string); ok {
		return d.at(strings.Split(strings.TrimPrefix(ref, "#/"), "/")...)
	}
	return v
}

// operations are the API's operations as "METHOD /path".
func (d *specClient) operations() []string {
	var all []string
	paths, _ := d.at("paths").(map[string]any)
	for path, methods := range paths {
		for method := range methods.(map[string]any) {
			if operation := d.at("paths", path, method); strings.HasPrefix(path, "/api/v1/") && !isOpen(operation) {
				all = append(all, strings.ToUpper(method)+" "+path)
			}
		}
	}
	slices.Sort(all)
	return all
}

// isOpen reports whether an operation needs no token.
func isOpen(operation any) bool {
	security, ok := operation.(map[string]any)["security"].([]any)
	return ok && len(security) == 0
}

// apiCall is a call of an operation.
type apiCall struct {
	operation, target, body string
	header                  http.Header
}

// check makes the call and compares the answer with the description.
func (d *specClient) check(t fataler, a apiCall) (status int) {
	t.Helper()
	method, path, _ := strings.Cut(a.operation, " ")
	ctx, cancel := context.WithTimeout(d.t.Context(), time.Minute)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, method, d.url+a.target, strings.NewReader(a.body))
	if err != nil {
		t.Fatalf("%s: %v", a.target, err)
	}
	req.Header = a.header
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatalf("%s: %v", a.target, err)
	}
	defer func() { _ = resp.Body.Close() }()
	d.checkResponse(t, method, path, resp)
	return resp.StatusCode
}

type fataler interface {
	Helper()
	Fatalf(format string, args ...any)
}

// checkResponse checks that an answer's status, content type and schema are described.
func (d *specClient) checkResponse(t fataler, method, path string, resp *http.Response) {
	t.Helper()
	status := strconv.Itoa(resp.StatusCode)
	place := []string{"paths", path, strings.ToLower(method), "responses", status}
	response, ok := d.at(place...).(map[string]any)
	body, err := io.ReadAll(resp.Body)
	if !ok || err != nil {
		t.Fatalf("%s %s answers %s, which is not described (%v): %s", method, path, status, err, body)
	}
	d.mu.Lock()
	d.answered[method+" "+path+" "+status] = true
	d.mu.Unlock()
	kind, _, _ := strings.Cut(resp.Header.Get("Content-Type"), ";")
	content, _ := response["content"].(map[string]any)
	if content[kind] == nil {
		t.Fatalf("%s %s answers %s as %q, which is not described: %s", method, path, status, kind, body)
	}
	if kind == "text/event-stream" {
		return
	}
	value, err := jsonschema.UnmarshalJSON(bytes.NewReader(body))
	if err == nil {
		err = d.schema(t, content[kind]).Validate(value)
	}
	if err != nil {
		t.Fatalf("%s %s answers %s against its schema: %v\n%s", method, path, status, err, body)
	}
}

// schema compiles the schema of a content, which is a reference.
func (d *specClient) schema(t fataler, content any) *jsonschema.Schema {
	t.Helper()
	m, _ := content.(map[string]any)
	schema, _ := m["schema"].(map[string]any)
	ref, _ := schema["$ref"].(string)
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.schemas[ref] == nil {
		compiled, err := d.compiler.Compile(docURL + ref)
		if err != nil {
			t.Fatalf("schema %q: %v", ref, err)
		}
		d.schemas[ref] = compiled
	}
	return d.schemas[ref]
}

// TestResponsesMatchDescription makes valid and invalid calls, generated from the schemas. Each answer must match the
// description, and each described status must occur.
func TestResponsesMatchDescription(t *testing.T) {
	t.Parallel()
	d := describe(t)
	bearers := map[string]string{
		"good": d.issue(fullToken()), "the operator's": d.issue(bot.Token{ID: "op", Scopes: bot.TokenScopes()}),
		"without scopes": d.issue(bot.Token{ID: "bare", Team: "A"}), "busy": d.issue(bot.Token{ID: "busy", Team: "A", Scopes: bot.TokenScopes(), Rate: 1}),
		"for another chat": d.issue(bot.Token{ID: "far", Team: "A", Scopes: bot.TokenScopes(), Chats: []bot.ChatID{otherChat}}),
		"wrong":            "rb_x_wrong", "none": "",
	}
	operations := d.operations()
	if len(operations) < 15 {
		t.Fatalf("only %q are described", operations)
	}
	rapid.Check(t, func(rt *rapid.T) {
		d.reset()
		for _, operation := range operations {
			d.check(rt, d.randomCall(rt, operation, bearers))
		}
	})
	for _, operation := range operations {
		d.commonProblems(operation, bearers)
	}
	d.ownProblems(bearers)
	for _, operation := range operations {
		method, path, _ := strings.Cut(operation, " ")
		responses, _ := d.at("paths", path, strings.ToLower(method), "responses").(map[string]any)
		for _, status := range slices.Sorted(maps.Keys(responses)) {
			if !d.answered[operation+" "+status] && status != "500" { // the test can't cause internal errors
				t.Errorf("%s never answers %s", operation, status)
			}
		}
	}
}

// reset seeds the backend, forgets wrong tokens and sends all posts.
func (d *specClient) reset() {
	d.change(func() {
		clear(d.wrong)
		clear(d.spent)
		d.spent["busy"] = 1
		d.down, d.refusal = nil, nil
		d.seed()
	})
}

// change modifies the backend while it serves.
func (d *specClient) change(do func()) {
	d.backend.mu.Lock()
	defer d.backend.mu.Unlock()
	do()
}

// randomCall is a random call, mostly valid.
func (d *specClient) randomCall(rt *rapid.T, operation string, bearers map[string]string) apiCall {
	method, path, _ := strings.Cut(operation, " ")
	a := apiCall{operation: operation, header: http.Header{}}
	draw := func(label string, values ...string) string { return rapid.SampledFrom(values).Draw(rt, label) }
	who := draw("token", append(slices.Repeat([]string{"good"}, 12), slices.Sorted(maps.Keys(bearers))...)...)
	if bearers[who] != "" {
		a.header.Set("Authorization", "Bearer "+bearers[who])
	}
	if draw("site", "ours", "ours", "ours", "ours", "ours", "ours", "another") == "another" {
		a.header.Set("Sec-Fetch-Site", "cross-site")
	}
	parameters, _ := d.at("paths", path, strings.ToLower(method), "parameters").([]any)
	query := url.Values{}
	for _, p := range parameters {
		parameter, _ := d.resolve(p).(map[string]any)
		name, _ := parameter["name"].(string)
		value := func() string { return fmt.Sprint(d.value(rt, name, parameter["schema"], 1)) }
		switch parameter["in"] {
		case "path":
			names := []string{"p_A", "p_B", "om_A", "om_nobody", "bm-1", "doneA", "release", "oc_here", "x"}
			if !strings.HasSuffix(path, "/events") { // those last as long as the recall
				names = append(names, "runningA")
			}
			path = strings.Replace(path, "{"+name+"}", url.PathEscape(draw(name, names...)), 1)
		case "query":
			if draw("with "+name, "no", "no", "yes") == "yes" {
				query.Set(name, value())
			}
		case "header":
			if draw("with "+name, "no", "yes") == "yes" {
				a.header.Set(name, draw(name, "k1", "k2", "wait=0", "1"))
			}
		}
	}
	if draw("another parameter", "no", "no", "no", "no", "no", "no", "no", "yes") == "yes" {
		query.Set("bogus", "1")
	}
	if content, ok := d.at("paths", path0(operation), strings.ToLower(method), "requestBody", "content").(map[string]any); ok {
		a.header.Set("Content-Type", draw("type", append(slices.Repeat([]string{"application/json"}, 9), "text/plain", "application/xml")...))
		schema, _ := content["application/json"].(map[string]any)
		body, err := json.Marshal(d.value(rt, "body", schema["schema"], 0))
		if err != nil {
			rt.Fatalf("%v", err)
		}
		a.body = string(body)
		if draw("spoil", append(slices.Repeat([]string{"no"}, 12), "cut", "nothing")...) != "no" {
			a.body = a.body[:rapid.IntRange(0, len(a.body)-1).Draw(rt, "cut")]
		}
	}
	a.target = path
	if len(query) > 0 {
		a.target += "?" + query.Encode()
	}
	return a
}

func path0(operation string) string { _, path, _ := strings.Cut(operation, " "); return path }

// value is a random value for a schema, sometimes an invalid one.
func (d *specClient) value(rt *rapid.T, label string, schema any, depth int) any {
	s, _ := d.resolve(schema).(map[string]any)
	if rapid.IntRange(0, 24).Draw(rt, label+" wrong") == 0 {
		return rapid.SampledFrom([]any{nil, true, -1, "", "x", "oc_x/../y", strings.Repeat("x", 5000), []any{}, []any{1}, map[string]any{"x": 1}}).Draw(rt, label)
	}
	if values, ok := s["enum"].([]any); ok {
		return rapid.SampledFrom(values).Draw(rt, label)
	}
	kind, _ := s["type"].(string)
	if several, ok := s["type"].([]any); ok {
		kind, _ = several[0].(string)
	}
	switch kind {
	case "boolean":
		return rapid.Bool().Draw(rt, label)
	case "integer":
		return rapid.IntRange(1, 250).Draw(rt, label)
	case "array":
		list := []any{}
		for i := range rapid.IntRange(0, 3).Draw(rt, label+" length") {
			list = append(list, d.value(rt, label+strconv.Itoa(i), s["items"], depth+1))
		}
		return list
	case "object":
		return d.object(rt, label, s, depth)
	case "string":
		return d.text(rt, label, s)
	default: // any value
		return rapid.SampledFrom([]any{map[string]any{"a": "b"}, map[string]any{}, "x", 1, nil}).Draw(rt, label)
	}
}

func (d *specClient) object(rt *rapid.T, label string, s map[string]any, depth int) any {
	required, _ := s["required"].([]any)
	properties, _ := s["properties"].(map[string]any)
	made := map[string]any{}
	// Of oneOf, mostly exactly one.
	ways := map[string]bool{}
	if several, ok := s["oneOf"].([]any); ok {
		for _, way := range several {
			for name := range way.(map[string]any)["properties"].(map[string]any) {
				ways[name] = true
			}
		}
		name := rapid.SampledFrom(slices.Sorted(maps.Keys(ways))).Draw(rt, label+" way")
		made[name] = d.value(rt, label+"."+name, properties[name], depth+1)
	}
	for _, name := range slices.Sorted(maps.Keys(properties)) {
		skipOdds := 3
		if ways[name] {
			skipOdds = 30
		}
		if slices.Contains(required, any(name)) || rapid.IntRange(0, skipOdds).Draw(rt, label+"."+name+" there") == 0 {
			made[name] = d.value(rt, label+"."+name, properties[name], depth+1)
		}
	}
	if more, ok := s["additionalProperties"].(map[string]any); ok && depth < 5 {
		made[rapid.SampledFrom([]string{"alertname", "severity", "x"}).Draw(rt, label+" key")] = d.value(rt, label+" value", more, depth+1)
	}
	return made
}

func (d *specClient) text(rt *rapid.T, label string, s map[string]any) string {
	if pattern, ok := s["pattern"].(string); ok && rapid.Bool().Draw(rt, label+" by pattern") {
		return rapid.StringMatching(pattern).Draw(rt, label)
	}
	if s["format"] == "date-time" {
		return time.Unix(int64(rapid.IntRange(0, 2_000_000_000).Draw(rt, label)), 0).UTC().Format(time.RFC3339)
	}
	known := []string{
		"oc_here", "oc_elsewhere", "ou_1", "om_A", "om_B", "om_nobody", "bm-1", "release", "24h", "10m", "recall", "--bot me --since 30m", "--bot",
		"https://told.example.com/x", "https://elsewhere.example.com/", "A", "B", "hi", "img_1",
	}
	pattern, _ := s["pattern"].(string)
	fitting := slices.DeleteFunc(known, func(text string) bool { return !regexp.MustCompile(pattern).MatchString(text) })
	if len(fitting) == 0 || rapid.IntRange(0, 5).Draw(rt, label+" made up") == 0 {
		return rapid.StringN(0, 20, 60).Draw(rt, label)
	}
	return rapid.SampledFrom(fitting).Draw(rt, label)
}
