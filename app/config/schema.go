package config

import (
	"encoding"
	"encoding/json"
	"reflect"
	"slices"
	"strings"
	"time"

	"github.com/invopop/jsonschema"
)

// durations are written as in Go, and with days and weeks.
const durations = `^(0|-?([0-9]+(\.[0-9]+)?(ns|us|µs|ms|s|m|h|d|w))+)$`

// Schema describes the files that Load takes for a configuration of this type, whose values are the defaults, as a JSON Schema
// of draft 7, which editors understand. What the reference, a commented file with every key, says above a key is its
// description. The values that a field takes are in its tag: values:"a,b".
func Schema(config any, title, reference string) ([]byte, error) {
	r := jsonschema.Reflector{ // Namer: many packages have a type Config
		FieldNameTag: "yaml", Mapper: schemaOf, Namer: reflect.Type.String, Anonymous: true, DoNotReference: true, ExpandedStruct: true,
		RequiredFromJSONSchemaTags: true,
	}
	s := r.Reflect(config)
	s.Version, s.Title = "http://json-schema.org/draft-07/schema#", title
	describe(s, reflect.ValueOf(config).Elem(), nil, comments(reference))
	text, err := json.MarshalIndent(s, "", "  ")
	return append(text, '\n'), err
}

// schemaOf is the schema of types with their own text form.
func schemaOf(t reflect.Type) *jsonschema.Schema {
	switch {
	case t == reflect.TypeFor[time.Duration]():
		return &jsonschema.Schema{Type: "string", Pattern: durations}
	case t.Kind() != reflect.String && t.Implements(reflect.TypeFor[encoding.TextMarshaler]()):
		return &jsonschema.Schema{Type: "string"}
	}
	return nil
}

// describe adds to a section descriptions, defaults, values and variables, which the types do not have.
func describe(s *jsonschema.Schema, v reflect.Value, path []string, says map[string]string) {
	for f, field := range v.Fields() {
		name, options, _ := strings.Cut(f.Tag.Get("yaml"), ",")
		p, ok := s.Properties.Get(name)
		switch {
		case options == "inline":
			describe(s, field, path, says)
			continue
		case !ok:
			continue
		}
		at := append(slices.Clone(path), name)
		p.Description = says[strings.Join(at, ".")]
		if f.Type.Kind() == reflect.Struct {
			p.Type, p.Extras = "", map[string]any{"type": []string{"object", "null"}} // a section without any setting
			describe(p, field, at, says)
			continue
		}
		p.Description = strings.TrimSpace(p.Description + " Environment: " + leaf{path: at}.env() + ".")
		if values := f.Tag.Get("values"); values != "" {
			for value := range strings.SplitSeq(values, ",") {
				p.Enum = append(p.Enum, value)
			}
		}
		switch d, ok := reflect.TypeAssert[time.Duration](field); {
		case ok:
			p.Default = d.String()
		case field.Kind() == reflect.Slice && field.IsNil():
			p.Default = []string{}
		default:
			p.Default = field.Interface()
		}
	}
}

// comments reads the comment above each key of a commented file. Keys that follow one another without a line between
// share the comment of the first.
func comments(text string) map[string]string {
	says := map[string]string{}
	var section string
	var above []string
	fresh := true // the next comment line begins a new comment
	for line := range strings.SplitSeq(text, "\n") {
		trimmed := strings.TrimSpace(line)
		name, _, isKey := strings.Cut(trimmed, ":")
		switch {
		case trimmed == "":
			above, fresh = nil, true
		case strings.HasPrefix(trimmed, "#"):
			if fresh {
				above, fresh = nil, false
			}
			above = append(above, strings.TrimSpace(strings.TrimPrefix(trimmed, "#")))
		case isKey && !strings.HasPrefix(line, " "):
			section, fresh = name, true
			says[name] = strings.Join(above, " ")
			above = nil
		case isKey:
			says[section+"."+name], fresh = strings.Join(above, " "), true
		}
	}
	return says
}
