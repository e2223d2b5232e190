package handlers

import (
	"errors"
	"fmt"

	"recallbot/bot"
)

// SayWrongSettings says what is wrong with the configuration, a line for each fault, in a language. Other errors are said as
// they are.
func SayWrongSettings(err error, lang Language) []string {
	var lines []string
	for _, one := range bot.Flat(err) {
		if fault, ok := errors.AsType[*bot.BadSetting](one); ok && lang == Chinese {
			lines = append(lines, fault.Say(inChinese(fault)))
			continue
		}
		lines = append(lines, one.Error())
	}
	return lines
}

func inChinese(fault *bot.BadSetting) string {
	args := make([]any, len(fault.Args))
	for i, arg := range fault.Args {
		args[i] = arg
		if inner, ok := arg.(*bot.BadSetting); ok {
			args[i] = inChinese(inner)
		}
	}
	if format, ok := wrongSettingsInChinese()[fault.Format]; ok {
		return fmt.Sprintf(format, args...)
	}
	return fmt.Sprintf(fault.Format, args...)
}

// wrongSettingsInChinese are the sentences of bot.WrongSetting by the English ones, with the same arguments in the same order.
//
//nolint:gosec // sentences about credentials
func wrongSettingsInChinese() map[string]string {
	return map[string]string{
		"%s":     "%s",
		"%s: %s": "%s：%s",

		"missing": "没有设置",
		"missing; feishu.allow_unsigned without an encrypt key needs it":                             "没有设置；没有加密密钥时，feishu.allow_unsigned 需要它",
		"missing; with owner.key, owners' browsers have to come back to us":                          "没有设置；设置了 owner.key，群主的浏览器需要能回到机器人这里",
		"missing; with owner.public_url, owners' tokens would be kept, and never in the clear":       "没有设置；设置了 owner.public_url 就会保存群主的令牌，而令牌必须加密保存",
		"missing; without it anybody can forge events (feishu.allow_unsigned: true takes that risk)": "没有设置；没有它，任何人都能伪造事件（feishu.allow_unsigned: true 表示接受这个风险）",
		"set together with %s; only one of them may be":                                              "与 %s 同时设置了，只能设置其中一个",
		"set without store.audit_key":                                                                "设置了它，却没有设置 store.audit_key",

		"unknown setting":                                              "没有这个配置项",
		"unknown setting; did you mean %s?":                            "没有这个配置项，是不是想写 %s？",
		"there is no file %s":                                          "文件 %s 不存在",
		"the file is UTF-16; save it as UTF-8":                         "文件是 UTF-16 编码，请另存为 UTF-8",
		"the file is not UTF-8; save it as UTF-8":                      "文件不是 UTF-8 编码，请另存为 UTF-8",
		"the file is larger than %d bytes":                             "文件大于 %d 字节",
		"this is not valid YAML: %s":                                   "不是正确的 YAML：%s",
		"a second document is not read; put everything into the first": "第二个文档不会被读取，请全部写在第一个里",
		"want settings here, each a name with a value":                 "这里应当是若干配置项，每项一个名称和一个值",
		"want a duration with its unit, such as 30s, 10m, 24h or 3d":   "应当是带单位的时长，例如 30s、10m、24h 或 3d",
		"want true or false":                                           "应当是 true 或 false",
		"want a whole number":                                          "应当是整数",
		"want a number":                                                "应当是数字",
		"want a list":                                                  "应当是列表",
		"want a text":                                                  "应当是文本",

		"%d is less than %d":                      "%d 小于 %d",
		"%s is less than %s":                      "%s 小于 %s",
		"%d is not between %d and %d":             "%d 不在 %d 到 %d 之间",
		"%d is not between 0 and %d":              "%d 不在 0 到 %d 之间",
		"want more than 0, got %d":                "应当大于 0，现在是 %d",
		"want more than 0, got %s":                "应当大于 0，现在是 %s",
		"want more than 0 and at most 1h, got %s": "应当大于 0 且不超过 1h，现在是 %s",
		"want 0 to 1, got %g":                     "应当在 0 到 1 之间，现在是 %g",
		"want 0 to %s, got %s":                    "应当在 0 到 %s 之间，现在是 %s",
		"want 1s to %s, got %s":                   "应当在 1s 到 %s 之间，现在是 %s",
		"want 0 or at least %s, got %s":           "应当是 0，或至少 %s，现在是 %s",
		"want 0 (off), or %s to %s, got %s":       "应当是 0（关闭），或 %s 到 %s，现在是 %s",

		"want host:port, got %q":                                                                       "应当是 主机:端口，现在是 %q",
		"want an address like https://host/path":                                                       "应当是 https://host/path 这样的地址",
		"want an http or https address, got %q":                                                        "应当是 http 或 https 地址，现在是 %q",
		"want an http or https address such as http://localhost:4318":                                  "应当是 http 或 https 地址，例如 http://localhost:4318",
		"want an address such as https://open.feishu.cn, with https:// and without /open-apis, got %q": "应当是 https://open.feishu.cn 这样的地址，带 https://，不带 /open-apis，现在是 %q",
		"want https": "应当是 https 地址",
		"want https (hooks.allow_http: true takes http as well)":                  "应当是 https 地址（hooks.allow_http: true 时也可以用 http）",
		"want no user or password in it":                                          "地址里不能有用户名或密码",
		"want nothing behind a #":                                                 "地址里不能有 # 及其后的内容",
		"%q is not on the loopback (server.debug_anywhere: true takes that risk)": "%q 不是本机回环地址（server.debug_anywhere: true 表示接受这个风险）",
		"%q is neither an address nor a network such as 10.0.0.0/8":               "%q 既不是 IP 地址，也不是 10.0.0.0/8 这样的网段",
		"%q is no network, address or name of a host":                             "%q 不是网段、IP 地址或主机名",

		"want debug, info, warn or error, got %q":                                                          "应当是 debug、info、warn 或 error，现在是 %q",
		"want webhook or websocket, got %q":                                                                "应当是 webhook 或 websocket，现在是 %q",
		`%q is neither "zh-CN" nor "en"`:                                                                   `%q 不是 "zh-CN" 或 "en"`,
		`%q is neither "ou_…" nor "oc_…/ou_…"`:                                                             `%q 不是 "ou_…" 或 "oc_…/ou_…"`,
		"there is no time zone %q; want a name such as Asia/Shanghai":                                      "没有 %q 这个时区，应当是 Asia/Shanghai 这样的名称",
		"%q is no emoji of the platform":                                                                   "平台没有 %q 这个表情",
		"%q is no emoji of the platform; did you mean %s?":                                                 "平台没有 %q 这个表情，是不是想写 %s？",
		"write %s instead of %q":                                                                           "请写 %s，而不是 %q",
		"its character %d is %U, which does not belong there; copy it again":                               "第 %d 个字符是 %U，凭证里不应有这个字符，请重新复制",
		"want 32 bytes in hex or base64, such as `openssl rand -base64 32` prints":                         "应当是 32 字节的十六进制或 base64，例如 `openssl rand -base64 32` 的输出",
		"want whsec_ and 24 to 64 bytes in base64, such as `echo whsec_$(openssl rand -base64 32)` prints": "应当是 whsec_ 加 24 到 64 字节的 base64，例如 `echo whsec_$(openssl rand -base64 32)` 的输出",

		"the embedded server, without redis.url, has no replicas": "没有设置 redis.url 时用的是内置 Redis，它没有副本",
		"redis.url has no TLS; its scheme must begin with rediss": "redis.url 没有用 TLS，应当以 rediss 开头",
		"%s holds no certificate in PEM":                          "%s 里没有 PEM 格式的证书",
		"can't be read as an address; percent-encode special characters of user and password: # is %%23, / is %%2F, ? is %%3F, @ is %%40, %% is %%25":         "不是正确的地址；用户名和密码里的特殊字符要百分号编码：# 写成 %%23，/ 写成 %%2F，? 写成 %%3F，@ 写成 %%40，%% 写成 %%25",
		"has an unknown scheme; known are redis://, redis+sentinel:// and redis+cluster://, and over TLS rediss://, rediss+sentinel:// and rediss+cluster://": "地址的开头不认识；可以用 redis://、redis+sentinel://、redis+cluster://，以及走 TLS 的 rediss://、rediss+sentinel://、rediss+cluster://",
		"takes one host with redis://; for several there are redis+sentinel:// and redis+cluster://":                                                          "redis:// 只能写一台主机；多台主机请用 redis+sentinel:// 或 redis+cluster://",
		"names no host":                                  "没有写主机",
		"has a host with a bad port":                     "主机的端口不对",
		"takes no parameters":                            "地址里不能带参数",
		"takes no path: a cluster has one database only": "地址里不能有路径：集群只有一个数据库",
		"wants the master's name as its path: redis+sentinel://host1,host2/NAME[/DB]": "路径应当是主节点的名称：redis+sentinel://host1,host2/NAME[/DB]",
		"wants the number of a database, 0 or more, as its path":                      "路径应当是数据库的编号，从 0 开始",
	}
}
