package scenarios_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"regexp"
	"strconv"
	"strings"
	"time"

	"recallbot/sandbox"
)

// flood sends many messages as a bot: flood f 40 in Launch by Reporter: text. They are named f1 to f40, oldest first, and
// contain their number. Without "by" the sender is another service of our app.
func (s *story) flood(l line) {
	s.t.Helper()
	n := s.number(l, l.word(1))
	first := s.at(l)
	if first.IsZero() {
		first = time.Now().Add(-time.Duration(n) * time.Millisecond)
	}
	text := l.text
	if text == "" {
		text = "one more message of the flood"
	}
	for i := 1; i <= n; i++ {
		spec := sandbox.PostSpec{Chat: s.id(l, l.with["in"]), At: first.Add(time.Duration(i) * time.Millisecond)}
		if by := l.with["by"]; by != "" {
			spec.App = s.id(l, by)
		}
		said := text
		if !l.has("same") {
			said = fmt.Sprintf("%s, number %d", text, i)
		}
		spec.Text, spec.Type, spec.Content = content(l.with["type"], said)
		id, err := s.Post(spec)
		s.ok(l, err)
		s.ids[l.word(0)+strconv.Itoa(i)], s.own[id] = id, true
		s.texts = append(s.texts, said)
	}
}

// content returns a message of a type with a text, or with the text as the key of its file.
func content(kind, text string) (plain, msgType, raw string) {
	quoted := func(s string) string {
		data, err := json.Marshal(s)
		if err != nil {
			panic(err) // strings always are JSON
		}
		return string(data)
	}
	switch kind {
	case "":
		return text, "", ""
	case "card":
		return "", "interactive", `{"schema":"2.0","config":{"update_multi":true},"body":{"elements":[{"tag":"markdown","content":` +
			quoted(text) + `}]}}`
	case "reference":
		return "", "interactive", `{"type":"card","data":{"card_id":` + quoted(text) + `}}`
	case "degraded":
		return "", "interactive", `{"title":null,"elements":[[{"tag":"img","image_key":"img_x"},{"tag":"text","text":` + quoted(text) + `},{"tag":"text","text":""}]]}`
	case "image":
		return "", "image", `{"image_key":` + quoted("img_"+text) + `}`
	case "file":
		return "", "file", `{"file_key":` + quoted("file_"+text) + `,"file_name":` + quoted(text) + `}`
	default:
		return "", kind, richText(text)
	}
}

// pin pins or unpins messages: pin p1 by Olga.
func (s *story) pin(l line) {
	by := s.id(l, l.with["by"])
	for _, name := range l.words {
		if l.verb == "unpin" {
			s.ok(l, s.Unpin(by, s.id(l, name)))
			continue
		}
		s.ok(l, s.Pin(by, s.id(l, name)))
	}
}

// batch is a batch send of another service of our app: batch b1 to Mia,Max: text. Its messages are named b1-Mia and b1-Max.
func (s *story) batch(l line) {
	s.t.Helper()
	people := strings.Split(l.with["to"], ",")
	body, err := json.Marshal(map[string]any{
		"open_ids": s.idList(l, l.with["to"]), "msg_type": "text", "content": map[string]string{"text": l.text},
	})
	s.ok(l, err)
	answer := s.asApp(http.MethodPost, "/open-apis/message/v4/batch_send/", string(body))
	data, _ := answer["data"].(map[string]any)
	id, _ := data["message_id"].(string)
	if id == "" {
		s.t.Fatalf("%s: %v", l.place, answer)
	}
	s.ids[l.word(0)] = id
	for _, name := range people {
		all := s.Messages(s.private[s.id(l, name)])
		last := all[len(all)-1]
		s.ids[l.word(0)+"-"+name], s.own[last.ID] = last.ID, true
	}
	s.texts = append(s.texts, l.text)
}

// span expands a range like f3..f7 to its names.
func span(name string) []string {
	ends := regexp.MustCompile(`^(\w*?)(\d+)\.\.(\w*?)(\d+)$`).FindStringSubmatch(name)
	if ends == nil || ends[1] != ends[3] {
		return []string{name}
	}
	first, _ := strconv.Atoi(ends[2]) // matched \d+
	last, _ := strconv.Atoi(ends[4])
	var names []string
	for i := first; i <= last; i++ {
		names = append(names, ends[1]+strconv.Itoa(i))
	}
	return names
}

// spans expands the ranges in a list of names.
func spans(names []string) []string {
	var all []string
	for _, name := range names {
		all = append(all, span(name)...)
	}
	return all
}
