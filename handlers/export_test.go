package handlers

import "time"

// Phrasebook shows the tests all sentences by name: Chinese, then English.
func Phrasebook() map[string][2]string {
	book := map[string][2]string{}
	for name, s := range phrases() {
		book[string(name)] = [2]string{s.zh, s.en}
	}
	return book
}

// CommandView shows the tests a command of the list.
type CommandView struct{ Usage, Help, Details, Needs string }

// Commands shows the tests all commands.
func Commands() []CommandView {
	config := Defaults()
	answers := &answers{phrases: phrases()}
	var views []CommandView
	for _, c := range commands(config, Parts{}, answers, time.UTC) {
		needs := map[need]string{needNothing: "nothing", needSay: "say", needManage: "manage"}[c.needs]
		views = append(views, CommandView{c.usage, string(c.help), string(c.details), needs})
	}
	return views
}
