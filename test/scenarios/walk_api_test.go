package scenarios_test

import (
	"fmt"
	"net/http"
	"net/url"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"recallbot/sandbox"
)

// callAPI calls the API with a token, and checks what the answer reveals.
func (w *walk) callAPI(a *walkAction, t *walkToken, method, path string, body map[string]any) apiAnswer {
	a.token = t
	a.text = fmt.Sprintf("%s: %s %s %v", w.withNames(t.String()), method, w.withNames(path), w.withNames(fmt.Sprint(body)))
	w.begin(a)
	var sent any
	if body != nil {
		sent = body
	}
	got := w.api(t.bearer, method, path, sent)
	if got.status == http.StatusServiceUnavailable { // the machine is busy: the call is to come again
		eventually(func() bool {
			got = w.api(t.bearer, method, path, sent)
			return got.status != http.StatusServiceUnavailable
		})
	}
	route, _, _ := strings.Cut(path, "?")
	w.count.add(fmt.Sprintf("api: %s %s %d", method, w.route(route), got.status))
	a.text += fmt.Sprintf(" -> %d", got.status)
	if got.status >= http.StatusInternalServerError {
		w.fail("the API fails: %d %s", got.status, got.body)
	}
	w.checkIsolation(t, path+fmt.Sprint(body), got)
	return got
}

// route returns a path with placeholders, as in openapi.yaml.
func (w *walk) route(path string) string {
	parts := strings.Split(path, "/")
	for i, part := range parts {
		before := parts[max(0, i-1)]
		if slices.Contains([]string{"posts", "groups", "recalls", "chats"}, before) && i > 1 && part != "register" {
			parts[i] = map[string]string{"groups": "{group}"}[before]
			if parts[i] == "" {
				parts[i] = "{id}"
			}
		}
	}
	return strings.Join(parts, "/")
}

// TestWalkKnowsEveryRoute fails for a route of the API that the walk neither calls nor lists as harmless.
func TestWalkKnowsEveryRoute(t *testing.T) {
	t.Parallel()
	text, err := os.ReadFile("../../docs/openapi.yaml")
	if err != nil {
		t.Fatal(err)
	}
	walked := strings.Fields(`POST/alertmanager POST/grafana GET/audit GET/chats GET/chats/{id}/messages DELETE/groups/{group} GET/posts POST/posts
		POST/posts/register DELETE/posts/{id} GET/posts/{id} GET/recalls POST/recalls DELETE/recalls/{id} GET/recalls/{id} GET/recalls/{id}/events
		POST/recalls/{id}/undo`)
	harmless := strings.Fields("GET/docs GET/openapi.json GET/openapi.yaml")
	path, found := "", 0
	for line := range strings.Lines(string(text)) {
		route, isPath := strings.CutPrefix(line, "  /")
		method := regexp.MustCompile(`^    (get|post|put|patch|delete):`).FindStringSubmatch(line)
		switch {
		case isPath:
			path = strings.TrimSuffix(strings.TrimSpace("/"+route), ":")
		case method != nil && strings.HasPrefix(path, "/api/v1/"):
			one := strings.ToUpper(method[1]) + strings.TrimPrefix(path, "/api/v1")
			found++
			if !slices.Contains(walked, one) && !slices.Contains(harmless, one) {
				t.Errorf("no walk takes %s", one)
			}
		}
	}
	if found != len(walked)+len(harmless) {
		t.Errorf("the API has %d routes, %d are known", found, len(walked)+len(harmless))
	}
}

// drawGroup draws a group name of posts.
func (w *walk) drawGroup() string { return pick(w, "group", []string{"g1", "g1", "g2"}) }

// doPost posts to chats or people.
func (w *walk) doPost() {
	t, mark := w.drawToken(), w.mark()
	order := map[string]any{"group": w.drawGroup(), "text": postMark + " " + mark}
	p := walkPost{team: t.team, group: order["group"].(string), token: t, mark: mark}
	if author := pick(w, "author", []string{"Anna", "Anna", "Ben", ""}); author != "" {
		p.author = w.users[author]
		order["author"] = p.author
	}
	var chats, users []string
	if pick(w, "to", []string{"chats", "chats", "people"}) == "chats" {
		chats = slices.Compact([]string{w.drawChat("chat"), w.drawChat("chat")})
		order["chats"] = chats
	} else {
		users = []string{w.users[pick(w, "user", w.personNames())]}
		order["users"] = users
	}
	if life := pick(w, "lifetime", []string{"", "", "1h", "1s"}); life != "" {
		order["expire_in"] = life
		d, _ := time.ParseDuration(life)
		p.until = time.Now().Add(d)
	}
	if w.chance("card") {
		delete(order, "text")
		order["card"] = walkCard(mark)
	}
	if w.chance("undo") {
		order["undo"] = map[string]any{"button": true}
	}
	a := &walkAction{}
	got := w.callAPI(a, t, http.MethodPost, "/posts", order)
	if got.status >= http.StatusBadRequest {
		return
	}
	outside := slices.ContainsFunc(chats, func(chat string) bool { return !t.reaches(chat) })
	if !t.may("post") || outside || len(users) > 0 && len(t.chats) > 0 {
		w.fail("a post is taken that the token may not ask for")
	}
	var made struct{ Posts []apiPost }
	got.decode(w.authzEnv, &made)
	for _, one := range made.Posts {
		o := p
		o.id, o.chat, o.user = one.ID, one.Chat, one.User
		w.model.posts[o.id] = o
	}
}

// walkCard returns a card with a mark. Its link distinguishes the posted card from a quotation of it.
func walkCard(mark string) map[string]any {
	return map[string]any{
		"schema": "2.0", "card_link": map[string]any{"url": "https://walk.example.com/" + mark},
		"body": map[string]any{"elements": []any{map[string]any{"tag": "markdown", "content": postMark + " " + mark}}},
	}
}

// doRegister registers any message as a post of the token's team.
func (w *walk) doRegister() {
	t, m := w.drawToken(), w.drawMessage()
	id, claimed := m.ID, m.Chat
	if w.chance("claims another chat") {
		claimed = pick(w, "claimed", append(w.allChats(), t.chats...))
	}
	if pick(w, "what", []string{"message", "message", "message", "message", "batch"}) == "batch" {
		id = pick(w, "batch", append(sortedKeys(w.model.batches), "bm-00000000000000000000000000000000"))
		claimed = ""
	}
	message := map[string]any{"message_id": id}
	if claimed != "" && w.chance("names the chat") {
		message["chat_id"] = claimed
	}
	body := map[string]any{"messages": []any{message}, "group": w.drawGroup()}
	p := walkPost{team: t.team, group: body["group"].(string), token: t, registered: true}
	if author := pick(w, "author", []string{"Anna", "Ben", "Mia", "", ""}); author != "" {
		p.author = w.users[author]
		body["author"] = p.author
	}
	if w.chance("lifetime") {
		body["expire_in"] = "1s"
		p.until = time.Now().Add(time.Second)
	}
	got := w.callAPI(&walkAction{}, t, http.MethodPost, "/posts/register", body)
	if got.status >= http.StatusBadRequest {
		return
	}
	var made struct{ Posts []apiPost }
	got.decode(w.authzEnv, &made)
	if len(made.Posts) != 1 {
		w.fail("%d messages are registered", len(made.Posts))
	}
	w.checkRegistered(t, p, made.Posts[0], m)
}

// checkRegistered checks that a registered message is our app's, in a chat that the token reaches, and not another team's.
func (w *walk) checkRegistered(t *walkToken, p walkPost, made apiPost, m sandbox.Message) {
	p.id, p.chat = made.ID, made.Chat
	held, known := w.model.posts[made.ID]
	switch {
	case !t.may("post"):
		w.fail("registered by a token that may not post")
	case (p.author != "" || !p.until.IsZero()) && !t.may("recall:own") && !t.may("recall:any"):
		w.fail("registered with a right to recall that the token does not have")
	case known && held.team != t.team:
		w.fail("registered is what the team %q has", held.team)
	case known:
		return
	}
	if strings.HasPrefix(made.Message, "bm-") {
		if w.model.batches[made.Message] == nil || len(t.chats) > 0 {
			w.fail("registered is a batch that is not ours, or by a token that is bound to chats")
		}
		p.batch = made.Message
		w.model.posts[made.ID] = p
		return
	}
	switch before, restored := w.asPost(m.ID); {
	case w.model.botAnswers[m.ID]:
		w.fail("registered is what the bot itself said: %s", m.Content)
	case !w.own(m):
		w.fail("registered is a message of %s in %s", m.Sender, m.Chat)
	case made.Chat != m.Chat:
		w.fail("registered for %s is a message of %s", made.Chat, m.Chat)
	case !t.reaches(m.Chat):
		w.fail("registered is a message of a chat that the token does not reach")
	case restored && before.team != t.team:
		w.fail("registered is what was posted again for the team %q", before.team)
	}
	w.model.posts[p.id], w.model.postOf[m.ID] = p, p.id
}

// doRecallPost calls DELETE /posts/{id} with a post, a batch or any message.
func (w *walk) doRecallPost() {
	t, m := w.drawToken(), w.drawMessage()
	id := m.ID
	switch pick(w, "what", []string{"message", "message", "post", "post", "batch"}) {
	case "post":
		id = pick(w, "post", w.newestPosts())
	case "batch":
		id = pick(w, "batch", sortedKeys(w.model.batches))
	}
	a := &walkAction{
		targets: func(o sandbox.Message) bool {
			return o.ID == id || w.model.postOf[o.ID] == id || w.inBatch(id)(o) || w.inBatch(w.model.posts[id].batch)(o)
		},
		queued: func(o walkPost) bool { return o.id == id },
	}
	w.callAPI(a, t, http.MethodDelete, "/posts/"+id, nil)
}

// newestPosts returns the ids of all posts.
func (w *walk) newestPosts() []string { return sortedKeys(w.model.posts) }

// doRecalls calls POST /recalls with messages, a group, or a filter.
func (w *walk) doRecalls() {
	t := w.drawToken()
	body := map[string]any{"confirm": w.chance("confirms") || w.chance("confirms at last"), "reason": "a walk"}
	a := &walkAction{bulk: true}
	switch pick(w, "what", []string{"messages", "messages", "filter", "group"}) {
	case "messages":
		names := []string{w.drawMessage().ID}
		for range 3 {
			if m := w.drawMessage(); !slices.Contains(names, m.ID) {
				names = append(names, m.ID)
			}
		}
		body["messages"] = names
		a.targets = func(m sandbox.Message) bool { return slices.Contains(names, m.ID) }
	case "filter":
		f, chat := w.drawFilter(), w.drawChat("chat")
		if f.by != "" {
			f = walkFilter{text: "--bot any --yes", bots: true}
		}
		body["chat"], body["filter"] = chat, f.text
		a.limit, a.chat = f.last, chat
		a.targets = func(m sandbox.Message) bool { return m.Chat == chat && f.targets(w)(m) }
	case "group":
		group := w.drawGroup()
		body["group"] = group
		team := t.team
		if w.chance("names a team") {
			team = w.drawTeam()
			body["team"] = team
		}
		w.targetGroup(a, t, team, group)
	}
	if body["confirm"] == false {
		a.targets, a.queued = nil, nil
	}
	w.noteJob(a, w.callAPI(a, t, http.MethodPost, "/recalls", body))
}

// targetGroup sets a team's group as the action's targets.
func (w *walk) targetGroup(a *walkAction, t *walkToken, team, group string) {
	if a.bulk = true; team == "" {
		team = t.team
	}
	a.queued = func(o walkPost) bool { return o.team == team && o.group == group && (t.team == "" || t.team == team) }
	a.targets = func(m sandbox.Message) bool {
		o, known := w.model.posts[w.model.postOf[m.ID]]
		for _, p := range w.model.posts {
			if p.batch != "" && a.queued(p) && w.inBatch(p.batch)(m) {
				return true
			}
		}
		return known && a.queued(o)
	}
}

// noteJob notes the job that a call started.
func (w *walk) noteJob(a *walkAction, got apiAnswer) {
	var job struct{ ID string }
	if got.status == http.StatusAccepted {
		got.decode(w.authzEnv, &job)
		w.model.jobs[job.ID] = a
	}
}

// doRecallGroup calls DELETE /groups/{group}.
func (w *walk) doRecallGroup() {
	t, group, a := w.drawToken(), w.drawGroup(), &walkAction{}
	team, query := t.team, ""
	if w.chance("names a team") {
		team = w.drawTeam()
		query = "?team=" + url.QueryEscape(team)
	}
	w.targetGroup(a, t, team, group)
	w.noteJob(a, w.callAPI(a, t, http.MethodDelete, "/groups/"+group+query, nil))
}

// doJobs stops, undoes or reads any job.
func (w *walk) doJobs() {
	t, id := w.drawToken(), pick(w, "job", sortedKeys(w.model.jobs))
	if asked := w.model.jobs[id]; asked.token != nil && w.chance("token of the job") {
		t = asked.token
	}
	switch pick(w, "what", []string{"undo", "undo", "stop", "read", "events"}) {
	case "undo":
		w.callAPI(&walkAction{undoes: true, job: id}, t, http.MethodPost, "/recalls/"+id+"/undo", nil)
	case "stop":
		w.callAPI(&walkAction{stops: true, job: id}, t, http.MethodDelete, "/recalls/"+id, nil)
	case "events":
		if !w.model.ended[id] {
			w.skipStep("it would go on")
		}
		w.callAPI(&walkAction{}, t, http.MethodGet, "/recalls/"+id+"/events", nil)
	default:
		w.callAPI(&walkAction{}, t, http.MethodGet, "/recalls/"+id, nil)
	}
}

// doReads calls a route that reads.
func (w *walk) doReads() {
	t := w.drawToken()
	path := pick(w, "path", []string{
		"/posts?limit=200", "/posts?group=g1", "/recalls?limit=200", "/audit?limit=200", "/chats", "/chats/" + w.drawChat("chat") + "/messages",
		"/posts/" + w.drawMessage().ID, "/audit?chat=" + w.drawChat("audited"),
	})
	w.callAPI(&walkAction{}, t, http.MethodGet, path, nil)
}

// doAlerts sends a webhook of alerts.
func (w *walk) doAlerts() {
	t, chat, mark := w.drawToken(), w.drawChat("chat"), w.mark()
	status := pick(w, "status", []string{"firing", "firing", "resolved"})
	key, source, resolved := pick(w, "key", []string{"k1", "k2"}), pick(w, "source", []string{"alertmanager", "grafana"}), pick(w, "resolved", []string{"update", "recall"})
	body := map[string]any{
		"version": map[string]string{"alertmanager": "4", "grafana": "1"}[source], "groupKey": key, "status": status, "receiver": "walk",
		"groupLabels": map[string]string{"alertname": mark}, "commonLabels": map[string]string{"alertname": mark},
		"commonAnnotations": map[string]string{"summary": mark},
		"alerts":            []any{map[string]any{"status": status, "labels": map[string]string{"alertname": mark}, "startsAt": time.Now().UTC(), "fingerprint": "f" + key}},
	}
	a := &walkAction{alert: strings.Join([]string{t.team, chat, source, key}, " "), alertChat: chat}
	got := w.callAPI(a, t, http.MethodPost, "/"+source+"?resolved="+resolved+"&chat="+chat, body)
	if got.status >= http.StatusBadRequest {
		a.alert = ""
		return
	}
	if !t.may("post") || !t.reaches(chat) {
		w.fail("alerts are taken that the token may not bring")
	}
	for id, alert := range w.model.alerts {
		if p := w.model.posts[id]; alert == a.alert && status == "resolved" && resolved == "recall" {
			p.until = time.Now()
			w.model.posts[id] = p
		}
	}
}

// doRevoke revokes a token.
func (w *walk) doRevoke() {
	t := w.model.tokens[pick(w, "token", slices.DeleteFunc(sortedKeys(w.model.tokens), func(key string) bool {
		return w.model.tokens[key].expired || w.model.tokens[key].revoked
	}))]
	w.begin(&walkAction{text: w.withNames(t.String()) + " is revoked"})
	w.revoke(t.id)
	t.revoked = true
	<-time.After(walkPause)
}
