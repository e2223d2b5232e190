package handlers

import "recallbot/bot"

// CommandView shows the tests a command of the list.
type CommandView struct {
	Verb  bot.Verb
	Needs string
}

// Commands shows the tests all commands.
func Commands() []CommandView {
	var views []CommandView
	for _, c := range commands() {
		needs := map[need]string{needNothing: "nothing", needRecall: "recall", needManage: "manage"}[c.needs]
		views = append(views, CommandView{c.verb, needs})
	}
	return views
}
