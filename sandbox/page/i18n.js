// Every sentence of the page in Chinese and English, and the language that is on.

const STORED = "sandbox.lang";

const texts = {
  zh: {
    title: "RecallBot 沙盒", onFeishu: "本机上的飞书", onLark: "本机上的 Lark",
    chats: "会话", pickChat: "选择一个群开始",
    group: "群聊", topic: "话题群", p2p: "单聊", external: "外部", disbanded: "已解散",
    owner: "群主", manager: "管理员", member: "成员", outsider: "不在群里", bot: "机器人", me: "我",
    botOwner: "机器人：群主", botManager: "机器人：管理员", botMember: "机器人：成员", botAbsent: "机器人：不在群里",
    ownerIs: "群主 {name}", managersAre: "管理员 {names}", people: "{n} 人",
    promote: "机器人设为管理员", promoteHint: "群管理员可以撤回别人的消息",
    scope: "接收群里所有消息", scopeHint: "权限 im:message.group_msg：关掉后，机器人只收到 @ 它的消息",
    iAm: "我是", switchPerson: "切换身份", lang: "Switch to English", langShort: "EN", help: "新手引导",
    panelShow: "显示侧栏", panelHide: "收起侧栏",
    shell: "接口命令", shellLead: "在终端里运行这些命令：通过 HTTP 接口发消息、看进度、收回来。令牌只在这个沙盒里有效。",
    today: "今天", yesterday: "昨天", empty: "还没有消息，说点什么吧",
    replyTo: "回复 {name}", gone: "原消息已撤回", notHere: "原消息不在这里",
    reply: "回复", react: "添加表情", recall: "撤回", quickRecall: "回复 /recall", more: "操作", pinned: "已置顶", pin: "置顶（Pin）", unpin: "取消置顶",
    recalledBy: "{name} 撤回了一条消息", recalledByRole: "{role} {name} 撤回了一条成员消息", recalled: "此消息已撤回",
    onlyYou: "仅你可见", reactionBy: "{emoji}：{names}", reactAs: "回应 {emoji}",
    unsupported: "[{type}] 这里不显示", unknownElement: "{tag} 组件", confirm: "确定", cancel: "取消",
    say: "发消息给 {chat}", send: "发送", cancelReply: "取消回复", replyInTopic: "以话题回复",
    choose: "请选择", mentionWhom: "提到谁",
    flood: "刷屏 {n} 条", floodHint: "让另一个机器人一口气发很多条，好试试批量清理", tidyHint: "一次清理最近 10 分钟里机器人发的消息",
    mention: "@ 机器人", botSays: "让机器人发一条", botSaysHint: "选一个机器人和一条内容", times: "条数",
    notMember: "{name} 不在这个群里，看得到但不能说话", chatClosed: "群已解散",
    needMention: "没有 im:message.group_msg 权限，机器人只听得到 @ 它的消息",
    wire: "接口日志", filter: "筛选", clear: "清空", pause: "暂停", resume: "继续", paused: "已暂停，{n} 条未显示",
    wireEmpty: "发条消息，看事件和调用从这里流过", event: "事件", call: "调用", request: "请求", response: "响应",
    copy: "复制", copied: "已复制", noBody: "无内容", eventIn: "推送给机器人的事件", callOut: "机器人的接口调用",
    webhookOk: "机器人已连接", webhookBad: "机器人没有应答（{status}）", webhookNone: "还没有机器人连接", webhookIdle: "机器人在等第一个事件",
    pressFailed: "按钮没有得到正确的应答（{code}）", lost: "和沙盒的连接断开了，正在重连…", failed: "没有成功：{error}", unread: "有新消息",
    greetTitle: "试试这三件事", greetLead: "{bot} 刚刚在「{chat}」发错了话。把它收回来。",
    greet1: "群主回复 /recall", greet1Text: "以 {owner} 的身份回复机器人的消息，消息就没了。",
    greet2: "换成普通成员再试", greet2Text: "{member} 也回复 /recall：只有本人看得到的拒绝。",
    greet3: "群主点表情", greet3Text: "不用打字：回应一个 CrossMark，也能撤回。",
    doIt: "替我做", again: "再来一次", done: "已完成", close: "关闭", greetAll: "都试过了。右边的日志里，每一步都是真实的请求。",
  },
  en: {
    title: "RecallBot sandbox", onFeishu: "A Feishu on this machine", onLark: "A Lark on this machine",
    chats: "Chats", pickChat: "Choose a group to begin",
    group: "Group", topic: "Topics", p2p: "Direct", external: "External", disbanded: "Dissolved",
    owner: "Owner", manager: "Admin", member: "Member", outsider: "Not in group", bot: "Bot", me: "Me",
    botOwner: "Bot: owner", botManager: "Bot: admin", botMember: "Bot: member", botAbsent: "Bot: not here",
    ownerIs: "Owner {name}", managersAre: "Admins {names}", people: "{n} people",
    promote: "Bot is an admin", promoteHint: "A group admin may recall other people's messages",
    scope: "Hears every message", scopeHint: "Scope im:message.group_msg. Without it the bot only hears messages that mention it",
    iAm: "I am", switchPerson: "Switch person", lang: "切换到中文", langShort: "中", help: "Getting started",
    panelShow: "Show the panel", panelHide: "Hide the panel",
    shell: "API", shellLead: "Run these in a terminal: post over the HTTP API, watch, take back. The token is good for this sandbox only.",
    today: "Today", yesterday: "Yesterday", empty: "Nothing here yet. Say something.",
    replyTo: "Reply to {name}", gone: "The original message was recalled", notHere: "The original message is not here",
    reply: "Reply", react: "Add a reaction", recall: "Recall", quickRecall: "Reply /recall", more: "Actions", pinned: "Pinned", pin: "Pin", unpin: "Unpin",
    recalledBy: "{name} recalled a message", recalledByRole: "{role} {name} recalled a member's message", recalled: "This message was recalled",
    onlyYou: "Only visible to you", reactionBy: "{emoji}: {names}", reactAs: "React with {emoji}",
    unsupported: "[{type}] not shown here", unknownElement: "{tag} element", confirm: "OK", cancel: "Cancel",
    say: "Message {chat}", send: "Send", cancelReply: "Cancel reply", replyInTopic: "Reply in a topic",
    choose: "Choose", mentionWhom: "Whom to mention",
    flood: "Flood {n}", floodHint: "Another bot posts a lot at once, so that there is something to clean", tidyHint: "Clean up what bots posted in the last 10 minutes",
    mention: "@ the bot", botSays: "Let a bot post", botSaysHint: "Choose a bot and what it says", times: "Copies",
    notMember: "{name} is not in this group: reading only", chatClosed: "This group was dissolved",
    needMention: "Without the scope im:message.group_msg the bot only hears messages that mention it",
    wire: "Wire log", filter: "Filter", clear: "Clear", pause: "Pause", resume: "Resume", paused: "Paused, {n} not shown",
    wireEmpty: "Send a message and watch events and calls pass by", event: "Event", call: "Call", request: "Request", response: "Response",
    copy: "Copy", copied: "Copied", noBody: "empty", eventIn: "Event pushed to the bot", callOut: "API call by the bot",
    webhookOk: "Bot connected", webhookBad: "The bot did not answer ({status})", webhookNone: "No bot connected yet", webhookIdle: "The bot awaits its first event",
    pressFailed: "The button got no proper answer ({code})", lost: "Connection to the sandbox lost, reconnecting…", failed: "That did not work: {error}", unread: "New messages",
    greetTitle: "Three things to try", greetLead: "{bot} just posted something wrong in “{chat}”. Take it back.",
    greet1: "Owner replies /recall", greet1Text: "As {owner}, reply to the bot's post, and it is gone.",
    greet2: "A member tries it", greet2Text: "{member} replies /recall too: a refusal that nobody else sees.",
    greet3: "Owner reacts", greet3Text: "No typing: the CrossMark reaction recalls as well.",
    doIt: "Do it for me", again: "Once more", done: "Done", close: "Close", greetAll: "That's all three. Every step in the log on the right was a real request.",
  },
};

let lang = initial();

function initial() {
  const stored = localStorage.getItem(STORED);
  if (stored === "zh" || stored === "en") return stored;
  return navigator.language.toLowerCase().startsWith("zh") ? "zh" : "en";
}

/** currentLang is "zh" or "en". */
export function currentLang() {
  return lang;
}

/** setLang changes the language and remembers it. */
export function setLang(next) {
  lang = next;
  localStorage.setItem(STORED, next);
  document.documentElement.lang = next === "zh" ? "zh-CN" : "en";
}

/**
 * t gives a sentence in the current language.
 * @param {string} key
 * @param {Object<string, string|number>} [values] fill the {placeholders}
 */
export function t(key, values = {}) {
  return texts[lang][key].replace(/\{(\w+)\}/g, (whole, name) => String(values[name] ?? whole));
}

/** list joins names as the language does. */
export function list(names) {
  return names.join(lang === "zh" ? "、" : ", ");
}

/** clock formats a moment (ms) as hours and minutes. */
export function clock(ms) {
  return new Intl.DateTimeFormat(locale(), { hour: "2-digit", minute: "2-digit", hour12: false }).format(ms);
}

/** clockSeconds formats a moment (ms) down to the second. */
export function clockSeconds(ms) {
  return new Intl.DateTimeFormat(locale(), { hour: "2-digit", minute: "2-digit", second: "2-digit", hour12: false }).format(ms);
}

/** day names the day of a moment (ms): today, yesterday or a date. */
export function day(ms) {
  const days = Math.round((midnight(Date.now()) - midnight(ms)) / 86_400_000);
  if (days === 0) return t("today");
  if (days === 1) return t("yesterday");
  return new Intl.DateTimeFormat(locale(), { month: "short", day: "numeric", weekday: "short" }).format(ms);
}

function midnight(ms) {
  return new Date(ms).setHours(0, 0, 0, 0);
}

function locale() {
  return lang === "zh" ? "zh-CN" : "en-GB";
}
