package config

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"reflect"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/goccy/go-yaml"
	"github.com/goccy/go-yaml/ast"
	"github.com/goccy/go-yaml/parser"
	"github.com/goccy/go-yaml/token"

	"recallbot/bot"
)

// byteOrderMark may begin a file and is ignored.
const byteOrderMark = "\ufeff"

var (
	errUTF16 = bot.WrongSetting("", "the file is UTF-16; save it as UTF-8")
	errUTF8  = bot.WrongSetting("", "the file is not UTF-8; save it as UTF-8")
)

// readText reads a text file in the encodings that editors and shells write.
func readText(path string) (string, error) {
	text, err := os.ReadFile(path) //nolint:gosec // the path is the operator's own
	switch {
	case err != nil:
		return "", err
	case bytes.HasPrefix(text, []byte{0xff, 0xfe}) || bytes.HasPrefix(text, []byte{0xfe, 0xff}):
		return "", errUTF16
	case !utf8.Valid(text):
		return "", errUTF8
	}
	return strings.TrimPrefix(string(text), byteOrderMark), nil
}

// readFile applies the settings of the file. Messages never quote the file, which may contain secrets.
func (r *reading) readFile(path string) {
	named := path != ""
	if !named {
		path = defaultFile
	}
	text, err := readText(path)
	switch {
	case errors.Is(err, fs.ErrNotExist) && !named:
		return
	case errors.Is(err, fs.ErrNotExist):
		r.unread(r.file, bot.WrongSetting("", "there is no file %s", path))
		return
	}
	r.file = path
	switch {
	case err != nil:
		r.unread(path, fileFault(err))
	case len(text) > maxConfigSize:
		r.unread(path, bot.WrongSetting("", "the file is larger than %d bytes", maxConfigSize))
	default:
		r.readYAML(text)
	}
}

// unread reports that the file can't be read, so that nothing is known of what it sets.
func (r *reading) unread(place string, err error) {
	r.blind = true
	r.report(place, "", err)
}

func (r *reading) readYAML(text string) {
	file, err := parser.ParseBytes([]byte(text), 0, parser.AllowDuplicateMapKey())
	if err == nil {
		var anything any // finds errors that the parser accepts, such as an undefined alias
		err = yaml.UnmarshalWithOptions([]byte(text), &anything, yaml.AllowDuplicateMapKey())
	}
	if err != nil {
		r.broken(err)
		return
	}
	decoder := yaml.NewDecoder(strings.NewReader(text), yaml.AllowDuplicateMapKey())
	for i, doc := range file.Docs {
		switch {
		case doc.Body == nil || doc.Body.Type() == ast.NullType:
		case i > 0:
			r.report(r.at(doc.Body.GetToken()), "", bot.WrongSetting("", "a second document is not read; put everything into the first"))
		default:
			r.section(decoder, doc.Body, nil)
		}
	}
}

// broken reports that the file can't be read as YAML. The library's message is replaced by a sentence of ours, which has a translation.
func (r *reading) broken(err error) {
	place, says := r.file, ""
	if fault, ok := errors.AsType[yaml.Error](err); ok {
		place, says = r.at(fault.GetToken()), fault.GetMessage()
	}
	r.unread(place, yamlFault(says))
}

func yamlFault(says string) error {
	has := func(parts ...string) bool {
		return slices.ContainsFunc(parts, func(part string) bool { return strings.Contains(says, part) })
	}
	switch {
	case has("tab character", "'\t'"):
		return bot.WrongSetting("", "a tab can't indent YAML; use spaces")
	case has("end character of"):
		return bot.WrongSetting("", "a closing quote is missing")
	case has("end token", "must be specified"):
		return bot.WrongSetting("", "a closing bracket is missing, ] or }")
	case has("alias", "anchor"):
		return bot.WrongSetting("", "a value that begins with * or & needs quotes")
	default:
		return bot.WrongSetting("", "this is not YAML from here on; check indentation, colons, quotes and brackets here and above")
	}
}

func (r *reading) at(t *token.Token) string {
	if t == nil {
		return r.file
	}
	return fmt.Sprintf("%s:%d:%d", r.file, t.Position.Line, t.Position.Column)
}

// section sets the keys of a section, or at the top where the path is empty.
func (r *reading) section(decoder *yaml.Decoder, node ast.Node, path []string) {
	found, ok := pairs(node)
	if !ok {
		r.report(r.at(node.GetToken()), strings.Join(path, "."), bot.WrongSetting("", "must hold settings, each a name with a value"))
	}
	lines := map[string]int{}
	for _, pair := range found {
		here := append(slices.Clone(path), pair.Key.GetToken().Value)
		key, place := strings.Join(here, "."), r.at(pair.Key.GetToken())
		if first, ok := lines[key]; ok {
			r.report(place, key, bot.WrongSetting("", "set twice; the first is in line %d", first))
			continue
		}
		lines[key] = pair.Key.GetToken().Position.Line
		i := slices.IndexFunc(r.known, func(l leaf) bool { return l.key() == key })
		switch {
		case i < 0 && !slices.ContainsFunc(r.known, func(l leaf) bool { return strings.HasPrefix(l.key(), key+".") }):
			r.unknown(place, key, r.nearest(here))
		case pair.Value.Type() == ast.NullType: // counts as absent
		case i < 0:
			r.places[key] = place
			r.section(decoder, pair.Value, here)
		default:
			r.places[key] = place
			if !setNode(decoder, r.known[i].value, pair.Value) {
				r.report(r.at(pair.Value.GetToken()), key, wanted(r.known[i].value))
			}
		}
	}
}

// pairs are the keys with their values; ok is false if the node is not a mapping.
func pairs(node ast.Node) (found []*ast.MappingValueNode, ok bool) {
	switch n := node.(type) {
	case *ast.MappingNode:
		return n.Values, true
	case *ast.MappingValueNode:
		return []*ast.MappingValueNode{n}, true
	case *ast.AnchorNode:
		return pairs(n.Value)
	default:
		return nil, false
	}
}

// setNode sets a setting, and reports whether the node has a valid type.
func setNode(decoder *yaml.Decoder, v reflect.Value, node ast.Node) bool {
	if v.Type() == reflect.TypeFor[time.Duration]() {
		var text string
		return setNode(decoder, reflect.ValueOf(&text).Elem(), node) && set(v, text)
	}
	if v.Kind() == reflect.String && isBare(node) { // 007 and 1e5 are texts here, not numbers
		setText(v, node.GetToken().Value)
		return true
	}
	read := reflect.New(v.Type())
	if decoder.DecodeFromNode(node, read.Interface()) != nil {
		return false
	}
	v.Set(read.Elem())
	switch {
	case v.Kind() == reflect.String:
		setText(v, v.String())
	case v.Kind() == reflect.Slice && v.Type().Elem().Kind() == reflect.String:
		for i := range v.Len() {
			setText(v.Index(i), v.Index(i).String())
		}
	}
	return true
}

// isBare reports whether a node is an unquoted scalar that YAML does not read as a string.
func isBare(node ast.Node) bool {
	return slices.Contains([]ast.NodeType{ast.IntegerType, ast.FloatType, ast.BoolType, ast.InfinityType, ast.NanType}, node.Type())
}
