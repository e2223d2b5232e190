package sandbox

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
)

// maxElements limits the components of a card.
const maxElements = 200

// parseError is the error for content that is not a card.
func parseError() error {
	return refuse(codeBadCard, "ErrCode: 200621; ErrMsg: parse card json err, please check whether the card json is correct; ErrorValue: ")
}

// checkCard refuses a card that the platform would reject, with the platform's message.
func checkCard(raw []byte) error {
	var card map[string]any
	shown := func(field string) bool { return card[field] != nil }
	if err := json.Unmarshal(raw, &card); err != nil || !slices.ContainsFunc([]string{"elements", "body", "header", "i18n_elements"}, shown) {
		return parseError()
	}
	c := &cardCheck{v2: card["schema"] == "2.0", names: map[string]bool{}}
	if header, ok := card["header"].(map[string]any); ok {
		c.text(header, "title", "header")
	}
	holder := card
	if body, ok := card["body"].(map[string]any); ok && c.v2 {
		holder = body
	}
	c.elements(holder, "elements", cardPlace{})
	if c.count > maxElements {
		return refuse(codeBadCard, "ErrCode: 11310; ErrMsg: element exceeds the limit")
	}
	if c.problem != "" {
		return refuse(codeBadCard, "ErrCode: 200861; ErrMsg: "+c.problem)
	}
	return nil
}

// cardCheck walks through a card and stores the first error.
type cardCheck struct {
	v2      bool // JSON 2.0
	count   int
	names   map[string]bool
	problem string
}

// cardPlace is the place of a component.
type cardPlace struct{ form, columns bool }

func (c *cardCheck) fail(format string, args ...any) {
	if c.problem == "" {
		c.problem = fmt.Sprintf(format, args...)
	}
}

func (c *cardCheck) elements(of map[string]any, key string, at cardPlace) {
	list, ok := of[key].([]any)
	if !ok && of[key] != nil {
		c.fail("%s is not a list", key)
	}
	for _, element := range list {
		e, ok := element.(map[string]any)
		if !ok {
			c.fail("an element is not an object")
			continue
		}
		c.element(e, at)
	}
}

// known reports whether a component exists. Display components are not checked further.
func (c *cardCheck) known(tag string) bool {
	const both = " markdown div hr img column_set column form button input select_static multi_select_static select_person " +
		"multi_select_person overflow checker date_picker picker_time picker_datetime select_img img_combination " +
		"collapsible_panel interactive_container table chart person person_list audio "
	const one = " note action plain_text lark_md "
	return tag != "" && (strings.Contains(both, " "+tag+" ") || (!c.v2 && strings.Contains(one, " "+tag+" ")))
}

func (c *cardCheck) element(e map[string]any, at cardPlace) {
	c.count++
	tag, _ := e["tag"].(string)
	if !c.known(tag) {
		c.fail("unsupported tag %q", tag)
		return
	}
	if (tag == "column") != at.columns {
		c.fail("a column_set contains columns only, and a column is only valid there, not %q", tag)
	}
	at.columns = false
	switch tag {
	case "markdown":
		c.requireText(e, tag, "content")
	case "div":
		c.div(e)
	case "button":
		c.button(e, at)
	case "column_set":
		at.columns = true
		c.elements(e, "columns", at)
	case "form":
		c.form(e, at)
	case "action":
		c.elements(e, "actions", at)
	case "input", "select_static", "multi_select_static", "select_person", "multi_select_person":
		c.field(e, tag, at)
	default:
		c.elements(e, "elements", at)
	}
}

// requireText requires a non-empty string field.
func (c *cardCheck) requireText(e map[string]any, tag, key string) {
	if s, ok := e[key].(string); !ok || s == "" {
		c.fail("%s without %s", tag, key)
	}
}

// text requires a text object.
func (c *cardCheck) text(of map[string]any, key, what string) {
	text, ok := of[key].(map[string]any)
	if !ok {
		c.fail("%s without %s", what, key)
		return
	}
	if tag := text["tag"]; tag != "plain_text" && tag != "lark_md" {
		c.fail("%s of %s has the tag %v", key, what, tag)
	}
	if _, ok := text["content"].(string); !ok {
		c.fail("%s of %s without content", key, what)
	}
}

func (c *cardCheck) div(e map[string]any) {
	if _, fields := e["fields"].([]any); !fields {
		c.text(e, "text", "div")
	}
}

// button requires a text and a behavior.
func (c *cardCheck) button(e map[string]any, at cardPlace) {
	c.text(e, "text", "button")
	styles := []any{
		nil, "default", "primary", "danger", "text", "primary_text", "danger_text", "primary_filled", "danger_filled", "laser",
	}
	if !slices.Contains(styles, e["type"]) {
		c.fail("button with the type %v", e["type"])
	}
	if confirm, ok := e["confirm"].(map[string]any); ok {
		c.text(confirm, "title", "confirm")
		c.text(confirm, "text", "confirm")
	}
	if at.form {
		c.name(e, "button")
	}
	behaviors, _ := e["behaviors"].([]any)
	for _, behavior := range behaviors {
		b, _ := behavior.(map[string]any)
		switch b["type"] {
		case "callback":
			if _, object := b["value"].(map[string]any); !object && b["value"] != nil {
				if _, words := b["value"].(string); !words {
					c.fail("callback with a value that is neither object nor string")
				}
			}
		case "open_url":
			c.requireText(b, "open_url", "default_url")
		case "form_action":
		default:
			c.fail("behavior of the type %v", b["type"])
		}
	}
}

// name requires the name of a component in a form; names are unique (200530).
func (c *cardCheck) name(e map[string]any, tag string) {
	c.requireText(e, tag+" in a form", "name")
	name, _ := e["name"].(string)
	if c.names[name] {
		c.fail("two components are called %q", name)
	}
	c.names[name] = true
}

func (c *cardCheck) form(e map[string]any, at cardPlace) {
	if at.form {
		c.fail("a form in a form")
	}
	c.name(e, "form")
	c.elements(e, "elements", cardPlace{form: true})
	if !hasSubmit(e) {
		c.fail("form without a button that submits it")
	}
}

// hasSubmit reports whether a form has a submit button at any depth.
func hasSubmit(v any) bool {
	switch v := v.(type) {
	case map[string]any:
		if v["tag"] == "button" && (v["form_action_type"] == "submit" || v["action_type"] == "form_submit") {
			return true
		}
		return hasSubmit(v["elements"]) || hasSubmit(v["columns"]) || hasSubmit(v["actions"])
	case []any:
		return slices.ContainsFunc(v, hasSubmit)
	}
	return false
}

func (c *cardCheck) field(e map[string]any, tag string, at cardPlace) {
	if at.form {
		c.name(e, tag)
	}
	if !strings.HasSuffix(tag, "static") {
		return
	}
	options, _ := e["options"].([]any)
	if len(options) == 0 {
		c.fail("%s without options", tag)
	}
	for _, option := range options {
		o, _ := option.(map[string]any)
		c.text(o, "text", "option")
		c.requireText(o, "option", "value")
	}
}
