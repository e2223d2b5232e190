package sandbox

import (
	"net/http"
	"slices"
	"strings"
)

// slashCommand is an entry of an app's command panel.
type slashCommand struct {
	ID          string           `json:"command_id"`
	Command     string           `json:"command"`
	Description slashDescription `json:"description"`
	Icon        slashIcon        `json:"icon"`
}

type slashDescription struct {
	Default string            `json:"default_value"`
	I18n    map[string]string `json:"i18n,omitempty"`
}

type slashIcon struct {
	Key string `json:"icon_key"`
}

// maxSlash limits the entries of a panel.
const maxSlash = 100

// known reports whether an icon exists, by the platform's names.
func (i slashIcon) known() bool {
	return i.Key == "" || slices.ContainsFunc([]string{"_outlined", "_filled", "_colorful"}, func(end string) bool {
		return strings.HasSuffix(i.Key, end)
	})
}

func slashRefusal(reason string) error {
	return &Error{Status: http.StatusBadRequest, Code: codeSlashTaken, Msg: reason}
}

// listSlash is GET /application/v7/app_slash_commands.
func (f *Feishu) listSlash(c *call) (any, error) {
	return pageOf(c, c.app.slash, 50, 100, func(s slashCommand) string { return s.ID })
}

// createSlash is POST /application/v7/app_slash_commands.
func (f *Feishu) createSlash(c *call) (any, error) {
	var in slashCommand
	if err := c.decode(&in); err != nil {
		return nil, err
	}
	switch {
	case strings.HasPrefix(in.Command, "/"):
		return nil, violation("command", in.Command, "command must not begin with /")
	case in.Description.Default == "":
		return nil, violation("description.default_value", "", "description.default_value is required")
	case !in.Icon.known():
		return nil, refuse(codeSlashIcon, "")
	case slices.ContainsFunc(c.app.slash, func(s slashCommand) bool { return s.Command == in.Command }):
		return nil, refuse(codeSlashTaken, "")
	case len(c.app.slash) >= maxSlash:
		return nil, slashRefusal("commands exceed the limit")
	}
	in.ID = f.ids.hex(24)
	c.app.slash = append(c.app.slash, in)
	return in, nil
}

// slashOf finds the entry in the path.
func (c *call) slashOf() (int, error) {
	i := slices.IndexFunc(c.app.slash, func(s slashCommand) bool { return s.ID == c.path("command_id") })
	if i < 0 {
		return i, slashRefusal("command_not_found")
	}
	return i, nil
}

// updateSlash is PATCH /application/v7/app_slash_commands/:command_id: it changes the fields in the body.
func (f *Feishu) updateSlash(c *call) (any, error) {
	i, err := c.slashOf()
	if err != nil {
		return nil, err
	}
	changed := c.app.slash[i]
	if err := c.decode(&changed); err != nil {
		return nil, err
	}
	if !changed.Icon.known() {
		return nil, refuse(codeSlashIcon, "")
	}
	changed.ID = c.app.slash[i].ID
	c.app.slash[i] = changed
	return changed, nil
}

// deleteSlash is DELETE /application/v7/app_slash_commands/:command_id.
func (f *Feishu) deleteSlash(c *call) (any, error) {
	i, err := c.slashOf()
	if err != nil {
		return nil, err
	}
	c.app.slash = slices.Delete(c.app.slash, i, i+1)
	return nil, nil
}
