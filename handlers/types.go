package handlers

import "strings"

// typePhrases are what people call the platform's types of messages.
func typePhrases() map[phrase]sentence {
	return map[phrase]sentence{
		"part_type_text":                 {"文本", "text"},
		"part_type_post":                 {"富文本", "rich text"},
		"part_type_interactive":          {"卡片", "card"},
		"part_type_image":                {"图片", "picture"},
		"part_type_file":                 {"文件", "file"},
		"part_type_audio":                {"语音", "voice"},
		"part_type_media":                {"视频", "video"},
		"part_type_sticker":              {"表情包", "sticker"},
		"part_type_location":             {"位置", "location"},
		"part_type_share_chat":           {"群名片", "group card"},
		"part_type_share_user":           {"个人名片", "contact card"},
		"part_type_merge_forward":        {"合并转发", "forwarded messages"},
		"part_type_system":               {"系统消息", "system message"},
		"part_type_todo":                 {"任务", "task"},
		"part_type_vote":                 {"投票", "vote"},
		"part_type_hongbao":              {"红包", "red packet"},
		"part_type_folder":               {"文件夹", "folder"},
		"part_type_share_calendar_event": {"日程", "calendar event"},
		"part_type_calendar":             {"日历", "calendar"},
		"part_type_general_calendar":     {"日历", "calendar"},
		"part_type_video_chat":           {"视频会议", "video meeting"},
	}
}

// typeName is what people call a type of messages; one that has no name here is called as the platform does.
func (p page) typeName(kind string) string {
	name := phrase("part_type_" + kind)
	if _, ok := p.answers.phrases[name]; !ok {
		return plain(kind)
	}
	return p.say(name)
}

func (p page) typeNames(kinds []string) string {
	names := make([]string, len(kinds))
	for i, kind := range kinds {
		names[i] = p.typeName(kind)
	}
	if p.lang == English {
		return strings.Join(names, ", ")
	}
	return strings.Join(names, "、")
}
