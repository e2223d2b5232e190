package web_test

import (
	"flag"
	"io"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/goccy/go-yaml"
	"github.com/google/go-cmp/cmp"
)

var update = flag.Bool("update", false, "write docs/openapi.yaml")

const openAPIPath = "../docs/openapi.yaml"

// TestDescriptionIsGenerated: docs/openapi.yaml is the server's description. `go test ./web -run Description -update`
// writes it.
func TestDescriptionIsGenerated(t *testing.T) {
	t.Parallel()
	want, err := newServer(&fakes{}, &observations{}, io.Discard).OpenAPI()
	if err != nil {
		t.Fatal(err)
	}
	if *update {
		if err := os.WriteFile(openAPIPath, want, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	got, err := os.ReadFile(openAPIPath)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(strings.Split(string(want), "\n"), strings.Split(string(got), "\n")); diff != "" {
		t.Errorf("docs/openapi.yaml is not what the server says; write it with -update (-server +file):\n%s", diff)
	}
}

// TestRoutesAreDocumented compares the routes with docs/openapi.yaml.
func TestRoutesAreDocumented(t *testing.T) {
	t.Parallel()
	text, err := os.ReadFile(openAPIPath)
	if err != nil {
		t.Fatal(err)
	}
	var document struct {
		OpenAPI string                               `yaml:"openapi"`
		Paths   map[string]map[string]map[string]any `yaml:"paths"`
	}
	if err := yaml.Unmarshal(text, &document); err != nil {
		t.Fatal(err)
	}
	if !strings.HasPrefix(document.OpenAPI, "3.1") {
		t.Errorf("the description is OpenAPI %s", document.OpenAPI)
	}
	var documented []string
	names := map[any]bool{}
	for path, methods := range document.Paths {
		for method, operation := range methods {
			documented = append(documented, strings.ToUpper(method)+" "+path)
			if name := operation["operationId"]; name == nil || names[name] {
				t.Errorf("%s %s has the operationId %v, which is missing or another's too", method, path, name)
			} else {
				names[name] = true
			}
		}
	}
	var served []string
	for _, route := range newServer(&fakes{}, &observations{}, io.Discard).Routes() {
		served = append(served, regexp.MustCompile(`:([a-z]+)`).ReplaceAllString(route, "{$1}"))
	}
	slices.Sort(documented)
	slices.Sort(served)
	if diff := cmp.Diff(documented, served); diff != "" {
		t.Errorf("docs/openapi.yaml and the routes differ (-documented +served):\n%s", diff)
	}
}
