package handlers

import "maps"

const (
	phraseTitlePreview  phrase = "title_preview"
	phraseTitleApproval phrase = "title_approval"
	phraseTitleWaiting  phrase = "title_waiting"
	phraseTitleStopped  phrase = "title_stopped"
	phraseTitleFailed   phrase = "title_failed"
	phraseTitleDryRun   phrase = "title_dry_run"
	// These two stand before the kind of a job.
	phraseTitleRunning = phrase("title_running")
	phraseTitleDone    = phrase("title_done")

	phraseButtonRecall  phrase = "button_recall"
	phraseButtonCancel  phrase = "button_cancel"
	phraseButtonApprove phrase = "button_approve"
	phraseButtonStop    phrase = "button_stop"
	phraseButtonRetry   phrase = "button_retry"
	phraseButtonUndo    phrase = "button_undo"
	// phraseButtonUndoSome says how many of how many can come back.
	phraseButtonUndoSome phrase = "button_undo_some"

	phraseUnderstood       phrase = "understood"
	phraseOnlyShown        phrase = "only_shown"
	phraseExpiresSoon      phrase = "expires_soon"
	phraseApprovalAsked    phrase = "approval_asked"
	phraseApprovedBy       phrase = "approved_by"
	phraseSettledGo        phrase = "settled_go"
	phraseSettledCancelled phrase = "settled_cancelled"
	phraseSettledExpired   phrase = "settled_expired"
	phraseSettledStopped   phrase = "settled_stopped"
	phraseSpan             phrase = "span"
	phraseSkipped          phrase = "skipped"
	phraseEstimate         phrase = "estimate"
	phraseNewest           phrase = "newest"
	phraseAhead            phrase = "ahead"
	phraseOwnTurn          phrase = "own_turn"
	phraseTimeLeft         phrase = "time_left"
	phraseStalled          phrase = "stalled"
	phraseAskedBy          phrase = "asked_by"
	phraseUntried          phrase = "untried"

	phraseAuthor   phrase = "part_author"
	phraseOthers   phrase = "part_others"
	phrasePeople   phrase = "part_people"
	phraseMyself   phrase = "part_myself"
	phraseSomeBot  phrase = "part_some_bot"
	phraseSomebody phrase = "part_somebody"
	phraseSeconds  phrase = "part_seconds"
	phraseMinutes  phrase = "part_minutes"

	phraseStatusNone     phrase = "status_none"
	phraseStatusRunning  phrase = "status_running"
	phraseStatusWaiting  phrase = "status_waiting"
	phraseStatusAsked    phrase = "status_asked"
	phraseStatusApproval phrase = "status_approval"
	phraseConfirmAlone   phrase = "confirm_alone"

	phraseHelpLast   phrase = "help_last"
	phraseHelpClean  phrase = "help_clean"
	phraseHelpStop   phrase = "help_stop"
	phraseHelpStatus phrase = "help_status"
	phraseMoreLast   phrase = "details_last"
	phraseMoreClean  phrase = "details_clean"
	phraseMoreStop   phrase = "details_stop"
	phraseMoreStatus phrase = "details_status"
)

// boardPhrases are the sentences of the cards of jobs: preview, approval, progress, result.
func boardPhrases() map[phrase]sentence {
	book := map[phrase]sentence{
		phraseUnderstood:       {"我的理解：", "As I understand it:"},
		phraseOnlyShown:        {"只是预览，什么也没有撤回。", "This only shows it; nothing was recalled."},
		phraseExpiresSoon:      {"这张卡片 5 分钟内有效。", "This card is good for 5 minutes."},
		phraseApprovalAsked:    {"%s 请求撤回。另一位群主、群管理员或协管员批准后才会开始。", "%s asks for this. It begins when another owner, admin or moderator approves."},
		phraseApprovedBy:       {"批准人：%s。", "Approved by %s."},
		phraseSettledGo:        {"已确认。", "Confirmed."},
		phraseSettledCancelled: {"已取消，没有撤回任何消息。", "Cancelled; nothing was recalled."},
		phraseSettledExpired:   {"没有人确认，已失效，没有撤回任何消息。", "Nobody confirmed in time; nothing was recalled."},
		phraseSettledStopped:   {"已停止。", "Stopped."},
		phraseSpan:             {"最早 %s，最新 %s。", "Oldest %s, newest %s."},
		phraseSkipped:          {"不会撤回：%s。", "These stay: %s."},
		phraseEstimate:         {"按平台的限速，大约需要 %s。", "At the platform's limits it takes about %s."},
		phraseNewest:           {"最新的 %d 条：", "The newest %d:"},
		phraseAhead:            {"先等 %s 的任务完成。", "The job of %s runs first."},
		phraseOwnTurn:          {"轮到时会自动开始，共 %d 条。", "Then it begins by itself; it is about %d messages."},
		phraseStalled:          {"飞书暂时没有正常应答，会自动重试。", "Feishu does not answer properly right now; I keep trying."},
		phraseTimeLeft:         {"大约还要 %s。", "About %s left."},
		phraseAskedBy:          {"发起人：%s，任务 %s。", "Asked for by %s, job %s."},
		phraseUntried:          {"还有 %d 条没有处理，它们保持原样。", "%d more were not touched and stay as they are."},
		phraseStatusNone:       {"这个群里没有正在进行的任务。", "No job is running in this chat."},
		phraseStatusRunning:    {"任务 %s：%d / %d，发起人 %s，大约还要 %s。发送 /recall stop 可以停止。", "Job %s: %d / %d, asked for by %s, about %s left. /recall stop ends it."},
		phraseStatusWaiting:    {"排队中：任务 %s，%d 条，发起人 %s。", "Waiting: job %s of %d messages, asked for by %s."},

		phraseStatusAsked:    {"等待确认：任务 %s，%d 条，发起人 %s 还没有按下预览里的按钮。", "Not confirmed yet: job %s of %d messages; %s has not pressed the button of the preview."},
		phraseStatusApproval: {"等待批准：任务 %s，%d 条，发起人 %s。请另一位群主、群管理员或协管员在卡片上批准。", "Waiting for approval: job %s of %d messages, asked for by %s. Another owner, admin or moderator can approve it on its card."},
		phraseConfirmAlone:   {"这里除了你没有人可以批准，所以由你自己确认。", "Nobody but you could approve this here, so you confirm it yourself."},

		"unseen_history": {"我没有权限读取群消息（im:message.group_msg），只能找到我记录过的消息。", "I may not read the chat's history (scope im:message.group_msg), so I know only the messages that I noted."},
		"unseen_older":   {"更早的消息没有查看。", "Older messages were not looked at."},
		"unseen_topics":  {"有些话题里的回复没有查看。", "Replies in some topics were not looked at."},
		"unseen_pins":    {"我没有权限查看置顶，分不清哪些消息被置顶了。", "I may not see the pins, so I can't tell which messages are pinned."},
		"unseen_more":    {"符合条件的消息太多，一次放不下，其余的请再来一次。", "More matches than one job takes; do it once more for the rest."},
	}
	maps.Copy(book, boardParts())
	return book
}

// boardParts stand in a line with other words, on a button or in the head of a card.
func boardParts() map[phrase]sentence {
	return map[phrase]sentence{
		phraseTitlePreview:    {"要撤回 %d 条消息", "%d messages to recall"},
		phraseTitleApproval:   {"撤回 %d 条消息，需要批准", "Approval needed: recall %d messages"},
		phraseTitleWaiting:    {"排队中", "Waiting for its turn"},
		phraseTitleStopped:    {"已停止", "Stopped"},
		phraseTitleFailed:     {"没有完成", "Could not be done"},
		phraseTitleDryRun:     {"演练", "Dry run"},
		"title_running_clean": {"正在撤回", "Recalling"},
		"title_running_undo":  {"正在恢复", "Posting again"},
		"title_running_posts": {"正在撤回这些消息", "Recalling the posts"},
		"title_done_posts":    {"消息撤回完成", "Posts recalled"},
		"title_running_batch": {"正在撤回批量消息", "Recalling a batch"},
		"title_done_clean":    {"撤回完成", "Recalled"},
		"title_done_undo":     {"恢复完成", "Posted again"},
		"title_done_batch":    {"批量消息撤回完成", "Batch recalled"},
		phraseButtonRecall:    {"撤回 %d 条", "Recall %d"},
		phraseButtonCancel:    {"取消", "Cancel"},
		phraseButtonApprove:   {"批准", "Approve"},
		phraseButtonStop:      {"停止", "Stop"},
		phraseButtonRetry:     {"重试失败的 %d 条", "Retry failed (%d)"},
		phraseButtonUndo:      {"恢复", "Undo"},
		phraseButtonUndoSome:  {"恢复 %d 条（共 %d 条）", "Undo (%d of %d)"},
		phraseAuthor:          {"%s：%d 条", "%s: %d"},
		phraseOthers:          {"另有 %d 个来源", "and %d more senders"},
		phrasePeople:          {"群成员", "members"},
		phraseMyself:          {"我发的", "mine"},
		phraseSomeBot:         {"其他机器人", "another bot"},
		phraseSomebody:        {"未知来源", "unknown sender"},
		phraseSeconds:         {"%d 秒", "%d s"},
		phraseMinutes:         {"%d 分 %d 秒", "%d min %d s"},

		"cause_recalled":        {"已撤回 %d", "recalled %d"},
		"cause_already_gone":    {"早已撤回 %d", "already gone %d"},
		"cause_asked":           {"已请平台撤回 %d 个批量发送", "asked for %d batch sends"},
		"cause_cancelled":       {"发送前已取消 %d", "cancelled before sending %d"},
		"cause_not_permitted":   {"没有权限 %d", "not permitted %d"},
		"cause_too_old":         {"超过时限 %d", "too old %d"},
		"cause_pinned":          {"置顶 %d", "pinned %d"},
		"cause_persons_message": {"成员的消息 %d", "people's messages %d"},
		"cause_bot_has_no_rank": {"我不是管理员 %d", "I am no admin %d"},
		"cause_failed":          {"失败 %d", "failed %d"},
		"cause_dry_run":         {"演练，没有撤回 %d", "dry run, not recalled %d"},
		"cause_restored":        {"已恢复 %d", "posted again %d"},
		"cause_restored_bare":   {"已恢复 %d（图片、文件等无法加注）", "posted again %d without the mark (pictures, files and the like have no room for it)"},
		"cause_other_bots_post": {"其他机器人的消息 %d", "other bots' posts %d"},
		"cause_own_answer":      {"我的回复和操作卡片 %d", "answers and cards of mine %d"},
		"cause_lost":            {"没有存档，无法恢复 %d", "not kept %d"},
		"cause_still_there":     {"还没有撤回，不用恢复 %d", "still there %d"},
		"cause_lost_type":       {"这类消息无法恢复（如转发的消息） %d", "of a type that can't come back, such as forwarded messages %d"},
		"cause_lost_content":    {"平台上已没有其内容（如图片、表情），无法恢复 %d", "no longer on the platform, such as pictures and stickers %d"},

		phraseHelpLast:   {"撤回我在这里最新的 N 条消息", "recalls my newest N posts here"},
		phraseHelpClean:  {"撤回符合条件的消息；条数多时先给你预览", "recalls what matches; of many you see a preview first"},
		phraseHelpStop:   {"停止正在进行的任务", "ends the running job"},
		phraseHelpStatus: {"查看任务进度", "how far the jobs here are"},
		phraseMoreLast: {
			"撤回我在这里最新的 N 条消息，命令本身不算。后面还可以加清理的条件；条数多时先给你预览。\n例如：\n/recall 3\n/recall 20 --match 测试 -- 发错了",
			"Takes back my newest N posts here; the command does not count. Conditions of a clean-up may follow; where it is about many, you see them first.\nFor example:\n/recall 3\n/recall 20 --match test -- wrong text",
		},
		phraseMoreClean: {
			"撤回符合所有条件的消息。条数多时，或者没有任何条件时，先给你预览，按下按钮才开始。条件：\n" +
				"--last N\n--bot 机器人|me|any，--by 成员；都不写就是我自己的消息\n--since 10m，--until 10:00\n--from om_…，--to om_…（消息编号）；回复一条消息表示从那条开始\n" +
				"--match 文字，--regex 正则，--type card,text\n--dup，--thread，--with-pinned；--any 表示符合任意一条\n" +
				"--dry-run 只看不撤，--yes 可以不问时就不问，--quiet 不出卡片\n" +
				"例如：\n/recall clean --bot any --since 10m\n/recall clean --match 告警 --last 50 --dry-run\n/撤回 清理 --重复 -- 刷屏",
			"Takes back what meets all conditions. Where it is about many, or no condition is given, you see it first and press a button. The conditions:\n" +
				"--last N\n--bot NAME|me|any, --by PERSON; without them, my own\n--since 10m, --until 10:00\n--from om_…, --to om_… (ids of messages); a reply means from that message on\n" +
				"--match TEXT, --regex RE2, --type card,text\n--dup, --thread, --with-pinned; with --any one condition is enough\n" +
				"--dry-run only shows, --yes doesn't ask where it need not, --quiet shows no card\n" +
				"For example:\n/recall clean --bot any --since 10m\n/recall clean --match alert --last 50 --dry-run\n/recall clean --dup -- spam",
		},
		phraseMoreStop: {
			"停止这里正在进行的任务；已经撤回的不会回来。后面可以写任务编号。\n例如：\n/recall stop\n/recall stop k3v9x2aq",
			"Ends the job that runs here; what is recalled stays recalled. The job's id may follow.\nFor example:\n/recall stop\n/recall stop k3v9x2aq",
		},
		phraseMoreStatus: {
			"显示这里正在进行和排队的任务：进度、发起人、还要多久。\n例如：\n/recall status\n/撤回 进度",
			"Shows the jobs that run and wait here: how far, asked for by whom, how much longer.\nFor example:\n/recall status",
		},
	}
}
