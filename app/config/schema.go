package config

import (
	"encoding"
	"encoding/json"
	"maps"
	"reflect"
	"strings"
	"time"
)

// durations are written as Go writes them, with days and weeks besides.
const durations = `^(0|-?([0-9]+(\.[0-9]+)?(ns|us|µs|ms|s|m|h|d|w))+)$`

// schema is a JSON Schema, of draft 7, which editors understand.
type schema struct {
	Schema      string             `json:"$schema,omitempty"`
	Title       string             `json:"title,omitempty"`
	Description string             `json:"description,omitempty"`
	Type        any                `json:"type,omitempty"`
	Enum        []string           `json:"enum,omitempty"`
	Pattern     string             `json:"pattern,omitempty"`
	Default     any                `json:"default,omitempty"`
	Items       *schema            `json:"items,omitempty"`
	Properties  map[string]*schema `json:"properties,omitempty"`
	// Additional is false, or the schema of a map's values.
	Additional any `json:"additionalProperties,omitempty"`
}

// Schema describes the files that Load takes for a configuration of this type, whose values are the defaults. What the
// reference, a commented file with every key, says above a key is its description. The values that a field takes stand
// in its tag: values:"a,b".
func Schema(config any, title, reference string) ([]byte, error) {
	s := describe(reflect.ValueOf(config).Elem(), "", comments(reference))
	s.Schema, s.Title = "http://json-schema.org/draft-07/schema#", title
	text, err := json.MarshalIndent(s, "", "  ")
	return append(text, '\n'), err
}

// describe describes a section.
func describe(v reflect.Value, path string, says map[string]string) *schema {
	s := &schema{Type: "object", Properties: map[string]*schema{}, Additional: false, Description: says[path]}
	for i := range v.NumField() {
		field := v.Type().Field(i)
		name, options, _ := strings.Cut(field.Tag.Get("yaml"), ",")
		key := strings.TrimPrefix(path+"."+name, ".")
		switch {
		case name == "-" || (name == "" && options != "inline"):
		case options == "inline":
			maps.Copy(s.Properties, describe(v.Field(i), path, says).Properties)
		case field.Type.Kind() == reflect.Struct:
			s.Properties[name] = orNull(describe(v.Field(i), key, says))
		default:
			s.Properties[name] = setting(v.Field(i), field, says[key], leaf{path: strings.Split(key, ".")}.env())
		}
	}
	return s
}

// orNull is for a section of which nothing is set.
func orNull(s *schema) *schema {
	s.Type = []string{"object", "null"}
	return s
}

func setting(v reflect.Value, field reflect.StructField, says, env string) *schema {
	s := typeSchema(field.Type)
	s.Description = strings.TrimSpace(says + " Environment: " + env + ".")
	if values := field.Tag.Get("values"); values != "" {
		s.Enum = strings.Split(values, ",")
	}
	if s.Default = v.Interface(); v.Type() == reflect.TypeFor[time.Duration]() {
		s.Default = time.Duration(v.Int()).String()
	}
	if v.Kind() == reflect.Slice && v.IsNil() {
		s.Default = []string{}
	}
	return s
}

func typeSchema(t reflect.Type) *schema {
	if t == reflect.TypeFor[time.Duration]() {
		return &schema{Type: "string", Pattern: durations}
	}
	if t.Kind() != reflect.String && t.Implements(reflect.TypeFor[encoding.TextMarshaler]()) {
		return &schema{Type: "string"}
	}
	switch t.Kind() {
	case reflect.Bool:
		return &schema{Type: "boolean"}
	case reflect.Int, reflect.Int64:
		return &schema{Type: "integer"}
	case reflect.Float64:
		return &schema{Type: "number"}
	case reflect.Slice:
		return &schema{Type: "array", Items: typeSchema(t.Elem())}
	case reflect.Map:
		return &schema{Type: "object", Additional: typeSchema(t.Elem())}
	case reflect.Struct:
		s := describe(reflect.New(t).Elem(), "", nil)
		for _, property := range s.Properties {
			property.Description, property.Default = "", nil
		}
		return s
	default:
		return &schema{Type: "string"}
	}
}

// comments reads what stands above each key of a commented file. Keys that follow one another without a line between
// share what stands above the first.
func comments(text string) map[string]string {
	says := map[string]string{}
	var section string
	var above []string
	fresh := true // the next line of comment begins a new one
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
