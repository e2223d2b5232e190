package sandbox_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"os"
	"strings"
	"testing"
	"time"

	"recallbot/sandbox"
)

type switchState struct {
	Language string
	Switches []struct {
		Name string
		On   bool
	}
	OtherFaults int `json:"other_faults"`
}

func (s *site) switches() (out switchState) {
	s.t.Helper()
	s.must(json.Unmarshal(s.send("", "GET", "/sandbox/v1/state", nil).text, &out))
	return out
}

func (s *site) sendOrder(name, body string) reply {
	s.t.Helper()
	return s.rawAs(http.Header{}, "POST", "/sandbox/v1/"+name, body)
}

// TestSwitches: each can be switched on and off, and all go off with one order. The page has a name for each.
func TestSwitches(t *testing.T) {
	t.Parallel()
	s := open(t, sandbox.Config{})
	texts, err := os.ReadFile("page/texts.js")
	s.must(err)
	names := s.switches().Switches
	for _, one := range names {
		if one.On {
			t.Errorf("%s is on at the start", one.Name)
		}
		for _, key := range []string{"fault_" + one.Name + ":", "fault_" + one.Name + "_hint:"} {
			if strings.Count(string(texts), key) != 2 {
				t.Errorf("page/texts.js: want %s in two languages", key)
			}
		}
		for _, on := range []bool{true, true, false, false, true} {
			if r := s.sendOrder("switch", fmt.Sprintf(`{"name":%q,"on":%t}`, one.Name, on)); r.status != 200 {
				t.Errorf("%s: %s", one.Name, r.text)
			}
			for _, now := range s.switches().Switches {
				if now.Name == one.Name && now.On != on {
					t.Errorf("%s: on is %t, want %t", one.Name, now.On, on)
				}
			}
		}
	}
	s.sendOrder("fault", `{"delay":"1s"}`)
	if now := s.switches(); now.OtherFaults != 1 {
		t.Errorf("other faults: %d", now.OtherFaults)
	}
	s.sendOrder("switch", `{"on":false}`)
	now := s.switches()
	for _, one := range now.Switches {
		if one.On {
			t.Errorf("%s is still on", one.Name)
		}
	}
	if len(names) < 10 || now.OtherFaults != 0 {
		t.Errorf("%d switches, %d other faults", len(names), now.OtherFaults)
	}
	if r := s.sendOrder("switch", `{"name":"rain","on":true}`); r.status != 400 {
		t.Errorf("an unknown switch: %s", r.text)
	}
	id := s.post(sandbox.PostSpec{Text: "x"})
	s.sendOrder("switch", `{"name":"recall_denied","on":true}`)
	if r := s.call("DELETE", messagesPath+"/"+id, nil); r.Code != 230026 {
		t.Errorf("a denied recall: %s", r.text)
	}
	s.sendOrder("switch", `{"name":"recall_denied","on":false}`)
	if r := s.call("DELETE", messagesPath+"/"+id, nil); r.Code != 0 {
		t.Errorf("a recall: %s", r.text)
	}
}

func TestAge(t *testing.T) {
	t.Parallel()
	s := open(t, sandbox.Config{})
	first, second := s.post(sandbox.PostSpec{Text: "first"}), s.post(sandbox.PostSpec{Text: "second"})
	if r := s.sendOrder("age", `{"message":"`+second+`","by":"25h"}`); r.status != 200 {
		t.Fatalf("%s", r.text)
	}
	all := s.Messages(s.chat)
	if all[0].ID != second || all[1].ID != first || s.Now().Sub(all[0].Created) < 25*time.Hour {
		t.Errorf("%+v", all)
	}
	if r := s.call("DELETE", messagesPath+"/"+second, nil); r.Code != 230009 {
		t.Errorf("a recall after 25 hours: %s", r.text)
	}
	for body, want := range map[string]string{
		`{"message":"om_1","by":"1h"}`:               "no message",
		`{"message":"` + first + `","by":"-1h"}`:     "does not get younger",
		`{"message":"` + first + `","by":"900000h"}`: "at most 10 years",
	} {
		if r := s.sendOrder("age", body); r.status != 400 || !strings.Contains(string(r.text), want) {
			t.Errorf("%s: %s", body, r.text)
		}
	}
}

// TestLanguageHook: the page's order reaches the program that runs the sandbox.
func TestLanguageHook(t *testing.T) {
	t.Parallel()
	s := open(t, sandbox.Config{})
	if r := s.sendOrder("language", `{"language":"en"}`); r.status != 400 {
		t.Errorf("without a bot: %s", r.text)
	}
	spoken := ""
	s.SetHooks(sandbox.Hooks{Language: "en", SetLanguage: func(language string) error {
		if spoken = language; language == "fr" {
			return fmt.Errorf("%q is neither", language)
		}
		return nil
	}})
	if r := s.sendOrder("language", `{"language":"zh-CN"}`); r.status != 200 || spoken != "zh-CN" || s.switches().Language != "zh-CN" {
		t.Errorf("%s %s %s", r.text, spoken, s.switches().Language)
	}
	if r := s.sendOrder("language", `{"language":"fr"}`); r.status != 400 || s.switches().Language != "zh-CN" {
		t.Errorf("a language that the bot does not speak: %s", r.text)
	}
}

// TestMessagesInParts: the page reads the newest messages, the roots of their topics, and what they quote.
func TestMessagesInParts(t *testing.T) {
	t.Parallel()
	s := open(t, sandbox.Config{})
	root := s.say(sandbox.SaySpec{Text: "root"})
	s.say(sandbox.SaySpec{Text: "opens the topic", ReplyTo: root, Thread: true})
	quoted := s.say(sandbox.SaySpec{Text: "quoted"})
	var ids []string
	for range 20 {
		ids = append(ids, s.say(sandbox.SaySpec{Text: "x"}))
	}
	reply := s.say(sandbox.SaySpec{Text: "a reply", ReplyTo: quoted})
	inTopic := s.say(sandbox.SaySpec{Text: "in the topic", ReplyTo: root, Thread: true})
	read := func(query string) (items, quotes []string, oldest string, more bool) {
		var out struct {
			Items, Quoted []struct{ ID string }
			Oldest        string
			More          bool
		}
		s.must(json.Unmarshal(s.send("", "GET", "/sandbox/v1/chats/"+s.chat+"/messages?as="+s.owner.OpenID+query, nil).text, &out))
		for _, one := range out.Items {
			items = append(items, one.ID)
		}
		for _, one := range out.Quoted {
			quotes = append(quotes, one.ID)
		}
		return items, quotes, out.Oldest, out.More
	}
	want := func(query, items, quotes, oldest string, more bool) {
		t.Helper()
		i, q, o, m := read(query)
		if strings.Join(i, " ") != items || strings.Join(q, " ") != quotes || o != oldest || m != more {
			t.Errorf("%s: %v, %v, %s, %t", query, i, q, o, m)
		}
	}
	want("&last=3", strings.Join([]string{root, ids[19], reply, inTopic}, " "), quoted, ids[19], true)
	want("&last=3&through="+ids[18], strings.Join([]string{root, ids[18], ids[19], reply, inTopic}, " "), quoted, ids[18], true)
	want("&last=3&older=1&through="+ids[18], strings.Join([]string{root, ids[17], ids[18], ids[19], reply, inTopic}, " "), quoted, ids[17], true)
	want("&last=3&through=om_unknown", strings.Join([]string{root, ids[19], reply, inTopic}, " "), quoted, ids[19], true)
	if items, quotes, oldest, more := read(""); len(items) != 25 || len(quotes) != 0 || oldest != root || more {
		t.Errorf("all: %d, %v, %s, %t", len(items), quotes, oldest, more)
	}
	if r := s.send("", "GET", "/sandbox/v1/chats/"+s.chat+"/messages?last=-1", nil); r.status != 400 {
		t.Errorf("last -1: %s", r.text)
	}
}
