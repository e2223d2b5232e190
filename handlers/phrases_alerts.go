package handlers

import (
	"recallbot/post/alert"
)

const (
	phraseAlertFiring   phrase = "title_alert_firing"
	phraseAlertPartly   phrase = "title_alert_partly"
	phraseAlertResolved phrase = "title_alert_resolved"
	phraseAlertLabels   phrase = "part_alert_labels"
	phraseAlertSince    phrase = "part_alert_since"
	phraseAlertSpan     phrase = "part_alert_span"
	phraseAlertMore     phrase = "part_alert_more"
	phraseAlertUntold   phrase = "part_alert_untold"
	phraseAlertBookOf   phrase = "button_alert_runbook_of"
	phraseAlertHomeAM   phrase = "button_alert_home_alertmanager"
	phraseAlertHomeG    phrase = "button_alert_home_grafana"
)

// alertPhrases are the words on the cards of alerts.
func alertPhrases() map[phrase]sentence {
	return map[phrase]sentence{
		phraseAlertFiring:   {"🔥 %d 条告警：%s", "🔥 %d firing: %s"},
		phraseAlertPartly:   {"❓ 可能仍在告警：%s", "❓ May still be firing: %s"},
		phraseAlertResolved: {"✅ 已恢复：%s", "✅ Resolved: %s"},
		phraseAlertLabels:   {"标签：%s", "Labels: %s"},
		phraseAlertSince:    {"%s 起", "since %s"},
		phraseAlertSpan:     {"%s 至 %s", "%s to %s"},
		phraseAlertMore:     {"另有 %d 条未列出", "and %d more"},
		phraseAlertUntold:   {"还有 %d 条不在最近一次通知里，不知道是否已恢复", "%d more are not in the latest notification; whether they are resolved is not known"},
		phraseAlertBookOf:   {"处理手册：%s", "Runbook: %s"},
		phraseAlertHomeAM:   {"告警平台", "Alertmanager"},
		phraseAlertHomeG:    {"监控平台", "Grafana"},

		linkPhrase(alert.LinkRunbook):   {"处理手册", "Runbook"},
		linkPhrase(alert.LinkPanel):     {"图表", "Panel"},
		linkPhrase(alert.LinkDashboard): {"仪表盘", "Dashboard"},
		linkPhrase(alert.LinkSource):    {"来源", "Source"},
		linkPhrase(alert.LinkSilence):   {"静默", "Silence"},
	}
}

func linkPhrase(kind alert.LinkKind) phrase { return "button_alert_" + phrase(kind) }
