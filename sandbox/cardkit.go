package sandbox

import (
	"encoding/json"
	"maps"
	"net/http"
	"strconv"
	"strings"
	"time"
)

// entity is a card entity: sent once by its id, and changed afterwards.
type entity struct {
	app      *app
	card     map[string]any
	made     time.Time
	sequence int    // of the last change
	message  string // message that shows it
}

const entityLife = 14 * 24 * time.Hour

// composeCard checks an interactive message: a card, the id of one, or a template, which do not exist here.
func (f *Feishu) composeCard(a actor, content []byte) (composed, error) {
	var in struct {
		Type string `json:"type"`
		Data struct {
			CardID   string `json:"card_id"`
			Template string `json:"template_id"`
		} `json:"data"`
	}
	made := composed{content: string(content)}
	if json.Unmarshal(content, &in) != nil {
		return made, parseError()
	}
	switch in.Type {
	case "card":
		made.entity = f.entities[in.Data.CardID]
		if e := made.entity; e == nil || e.app != a.app || e.message != "" || f.now().Sub(e.made) > entityLife {
			return made, refuse(codeBadCard, "ErrCode: 11310; ErrMsg: cardid is invalid; ErrorValue: "+in.Data.CardID)
		}
		return made, nil
	case "template":
		return made, refuse(codeBadCard, "ErrCode: 200380; ErrMsg: template does not exist, please confirm whether this template has been released; ErrorValue: templateID: "+in.Data.Template)
	}
	if err := checkCard(content); err != nil {
		return made, err
	}
	return made, f.checkImages(a, content)
}

// checkImages refuses a card with images that the app has not uploaded.
func (f *Feishu) checkImages(a actor, card []byte) error {
	for _, key := range keysIn(card) {
		r := f.files[key]
		if r == nil || r.owner != a.app.ID && r.owner != a.senderID() {
			return refuse(codeBadCard, "ErrCode: 200570; ErrMsg: card contains invalid image keys; ErrorValue: image key "+key)
		}
	}
	return nil
}

// entityIn is the card entity that a message shows, or nil.
func (f *Feishu) entityIn(m *Message) *entity {
	for _, e := range f.entities {
		if m.Type == "interactive" && e.message == m.ID {
			return e
		}
	}
	return nil
}

// cardOf is the card that a message shows, or the content of another message.
func (f *Feishu) cardOf(m *Message) string {
	if e := f.entityIn(m); e != nil {
		return marshalCard(e.card)
	}
	return m.Content
}

func marshalCard(card map[string]any) string {
	out, err := json.Marshal(card)
	if err != nil {
		panic(err) // it was JSON
	}
	return string(out)
}

// createCard is POST /cardkit/v1/cards.
func (f *Feishu) createCard(c *call) (any, error) {
	var in struct{ Type, Data string }
	if err := c.decode(&in); err != nil {
		return nil, err
	}
	if in.Type != "card_json" {
		return nil, cardParam("type")
	}
	card, err := f.entityCard(c, in.Data)
	if err != nil {
		return nil, err
	}
	id := "7" + strconv.Itoa(100_000_000+f.ids.below(900_000_000)) + strconv.Itoa(100_000_000+f.ids.below(900_000_000))
	f.entities[id] = &entity{app: c.app, card: card, made: c.start}
	return map[string]string{"card_id": id}, nil
}

func cardParam(what string) error {
	return &Error{Status: http.StatusBadRequest, Code: codeBatchParam, Msg: strings.TrimSuffix(codeText(codeParam), ".") + ", ext=" + what}
}

// entityCard checks the JSON of a card entity.
func (f *Feishu) entityCard(c *call, text string) (map[string]any, error) {
	var card map[string]any
	if json.Unmarshal([]byte(text), &card) != nil {
		return nil, refuse(codeCardGenerate, "")
	}
	config, _ := card["config"].(map[string]any)
	switch {
	case len(text) > 30<<10:
		return nil, refuse(codeCardLarge, "")
	case len(card) == 0:
		return nil, refuse(codeCardEmpty, "")
	case card["schema"] != "2.0":
		return nil, refuse(codeCardSchema, "")
	case config["update_multi"] == false:
		return nil, refuse(codeCardExclusive, "")
	case checkCard([]byte(text)) != nil:
		return nil, refuse(codeCardGenerate, "")
	}
	return card, f.checkImages(c.actor, []byte(text))
}

// entityOf finds a card entity of the caller and stores the sequence of a change, which must increase.
func (f *Feishu) entityOf(c *call, sequence int) (*entity, error) {
	e := f.entities[c.path("card_id")]
	switch {
	case e == nil || e.app != c.app || f.now().Sub(e.made) > entityLife:
		return nil, cardParam("invalid card_id")
	case sequence <= e.sequence:
		return nil, cardParam("sequence is not larger than that of the last change")
	}
	e.sequence = sequence
	return e, nil
}

// cardChanged notifies the waiters of a card's chat.
func (f *Feishu) cardChanged(e *entity) {
	if m := f.world.messages[e.message]; m != nil {
		m.Updated = f.now()
		f.notify(m.Chat)
	}
}

// updateEntity is PUT /cardkit/v1/cards/:card_id.
func (f *Feishu) updateEntity(c *call) (any, error) {
	var in struct {
		Card     struct{ Type, Data string } `json:"card"`
		Sequence int                         `json:"sequence"`
	}
	if err := c.decode(&in); err != nil {
		return nil, err
	}
	card, err := f.entityCard(c, in.Card.Data)
	if err != nil {
		return nil, err
	}
	e, err := f.entityOf(c, in.Sequence)
	if err != nil {
		return nil, err
	}
	e.card = card
	f.cardChanged(e)
	return nil, nil
}

// streamElement is PUT /cardkit/v1/cards/:card_id/elements/:element_id/content.
func (f *Feishu) streamElement(c *call) (any, error) {
	var in struct {
		Content  string `json:"content"`
		Sequence int    `json:"sequence"`
	}
	if err := c.decode(&in); err != nil {
		return nil, err
	}
	e, err := f.entityOf(c, in.Sequence)
	if err != nil {
		return nil, err
	}
	element := elementOf(e.card, c.path("element_id"))
	if element == nil {
		return nil, cardParam("invalid element_id")
	}
	element["content"] = in.Content
	f.cardChanged(e)
	return nil, nil
}

// elementOf finds an element of a card by its id at any depth.
func elementOf(v any, id string) map[string]any {
	var inner []any
	switch v := v.(type) {
	case map[string]any:
		if v["element_id"] == id {
			return v
		}
		for _, one := range v {
			inner = append(inner, one)
		}
	case []any:
		inner = v
	}
	for _, one := range inner {
		if found := elementOf(one, id); found != nil {
			return found
		}
	}
	return nil
}

// setEntity is PATCH /cardkit/v1/cards/:card_id/settings.
func (f *Feishu) setEntity(c *call) (any, error) {
	var in struct {
		Settings string `json:"settings"`
		Sequence int    `json:"sequence"`
	}
	if err := c.decode(&in); err != nil {
		return nil, err
	}
	var settings map[string]any
	if json.Unmarshal([]byte(in.Settings), &settings) != nil {
		return nil, cardParam("settings")
	}
	e, err := f.entityOf(c, in.Sequence)
	if err != nil {
		return nil, err
	}
	maps.Copy(e.card, settings)
	f.cardChanged(e)
	return nil, nil
}
