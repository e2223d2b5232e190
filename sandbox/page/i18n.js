// The sentences of the page in Chinese and English (those of windows are in texts.js), and the language that is on.

import * as windows from "./texts.js";

const STORED = "sandbox.lang";

const texts = {
  zh: {
    title: "RecallBot 沙盒", onFeishu: "本机飞书模拟环境", onLark: "本机 Lark 模拟环境", skip: "跳到输入框",
    chats: "会话", pickChat: "请选择会话", back: "返回会话列表", details: "群信息",
    group: "群聊", topic: "话题群", p2p: "单聊", external: "外部", disbanded: "已解散",
    owner: "群主", manager: "管理员", member: "成员", outsider: "不在群里", bot: "机器人", me: "我",
    botOwner: "机器人：群主", botManager: "机器人：管理员", botMember: "机器人：成员", botAbsent: "机器人：不在群里",
    ownerIs: "群主 {name}", managersAre: "管理员 {names}", people: "{n} 人",
    promote: "机器人是管理员", promoteHint: "群管理员可以撤回别人的消息",
    scope: "接收群里所有消息", scopeHint: "权限 im:message.group_msg。关闭后，机器人只能收到 @ 它的消息",
    iAm: "我是", switchPerson: "切换身份", lang: "切换到英文", langName: "English", help: "新手引导",
    panel: "侧栏", panelShow: "打开侧栏", panelHide: "关闭侧栏",
    shell: "接口命令", shellLead: "在终端里运行这些命令：通过 HTTP 接口发消息、查看进度、撤回。令牌只在这个沙盒里有效。",
    today: "今天", yesterday: "昨天", empty: "还没有消息", toEnd: "回到最新消息",
    replyTo: "回复 {name}", gone: "原消息已撤回", notHere: "原消息不在这个会话里",
    reply: "回复", react: "添加表情", recall: "撤回", quickRecall: "回复 /撤回", more: "操作", pinned: "已置顶", pin: "置顶（Pin）", unpin: "取消置顶",
    recalledBy: "{name} 撤回了一条消息", recalledByRole: "{role} {name} 撤回了一条成员消息", recalled: "此消息已撤回",
    onlyYou: "仅你可见", reactionBy: "{emoji}：{names}", reactAs: "回应 {emoji}",
    unsupported: "[{type}] 暂不支持显示", unknownElement: "{tag} 组件", confirm: "确定", cancel: "取消",
    say: "发送给 {chat}", send: "发送", cancelReply: "取消回复", replyInTopic: "以话题形式回复",
    choose: "请选择", mentionWhom: "成员和机器人",
    commands: "命令", cmdRecall: "/撤回", cmdClean: "/撤回 清理", cmdSettings: "/撤回 设置", cmdHelp: "/撤回 帮助", cmdTidy: "/撤回 清理 --bot any --since 10m",
    aboutRecall: "撤回所回复的消息", aboutClean: "批量撤回机器人的消息", aboutSettings: "查看和修改本群设置", aboutHelp: "查看用法",
    flood: "刷屏 {n} 条", floodHint: "让另一个机器人一次发 {n} 条消息，用来试批量清理", tidy: "清理刷屏", tidyHint: "批量撤回最近 10 分钟内机器人发的消息",
    wild: "失控…", wildRepeat: "反复发", wildRepeatHint: "一个机器人反复发同样的消息", wildLeak: "模板没填好", wildLeakHint: "一个机器人把没填好的模板发出来",
    wildAnswer: "互相回复", wildAnswerHint: "两个机器人互相回复，停不下来",
    mention: "@ 机器人", mentionWord: "机器人", botSays: "让机器人发消息", botSaysHint: "选择机器人和内容", times: "条数",
    notMember: "{name} 不在这个群里，只能看，不能发言", chatClosed: "群已解散",
    needMention: "没有 im:message.group_msg 权限，机器人只能收到 @ 它的消息",
    wire: "接口日志", filter: "筛选", clear: "清空", pause: "暂停", resume: "继续", paused: "已暂停，{n} 条未显示",
    wireEmpty: "发一条消息，这里会显示事件和接口调用", event: "事件", call: "调用", request: "请求", response: "响应",
    copy: "复制", copied: "已复制", copyFailed: "浏览器不允许复制，请选中文字后手动复制。", noBody: "空", eventIn: "推送给机器人的事件", callOut: "机器人的接口调用",
    webhookOk: "机器人已连接", webhookBad: "机器人没有应答（{status}）", webhookNone: "还没有机器人连接", webhookIdle: "等待机器人收到第一个事件",
    pressFailed: "机器人没有正确响应按钮（{code}）", lost: "与沙盒的连接已断开，正在重连……", failed: "操作失败：{error}", noAnswer: "沙盒没有应答", unread: "有新消息",
    greetTitle: "试试这三件事", greetLead: "{bot} 刚在“{chat}”发错了一条消息，把它撤回吧。",
    greet1: "群主回复 /撤回", greet1Text: "以 {owner} 的身份回复机器人的那条消息，它就被撤回了。",
    greet2: "换成普通成员再试", greet2Text: "{member} 也回复 /撤回：机器人会拒绝，只有本人看得到。",
    greet3: "群主点表情", greet3Text: "不用打字：回应 CrossMark 表情也能撤回。",
    doIt: "帮我操作", again: "再来一次", done: "已完成", close: "关闭", greetAll: "都试过了。每一步都是真实的请求，可以在接口日志里查看。",
  },
  en: {
    title: "RecallBot sandbox", onFeishu: "Local Feishu simulator", onLark: "Local Lark simulator", skip: "Skip to the message box",
    chats: "Chats", pickChat: "Choose a chat", back: "All chats", details: "Group details",
    group: "Group", topic: "Topic group", p2p: "Direct", external: "External", disbanded: "Disbanded",
    owner: "Owner", manager: "Admin", member: "Member", outsider: "Not in group", bot: "Bot", me: "Me",
    botOwner: "Bot: owner", botManager: "Bot: admin", botMember: "Bot: member", botAbsent: "Bot: not in group",
    ownerIs: "Owner {name}", managersAre: "Admins {names}", people: "{n} people",
    promote: "Bot is an admin", promoteHint: "Group admins can recall other people's messages",
    scope: "Bot gets all messages", scopeHint: "Scope im:message.group_msg. Without it the bot gets only messages that mention it",
    iAm: "I am", switchPerson: "Switch person", lang: "Switch to Chinese", langName: "中文", help: "Getting started",
    panel: "Side panel", panelShow: "Show the side panel", panelHide: "Hide the side panel",
    shell: "API", shellLead: "Run these commands in a terminal to post, follow and recall over the HTTP API. The token works only in this sandbox.",
    today: "Today", yesterday: "Yesterday", empty: "No messages yet", toEnd: "Newest messages",
    replyTo: "Reply to {name}", gone: "The original message was recalled", notHere: "The original message is not in this chat",
    reply: "Reply", react: "Add a reaction", recall: "Recall", quickRecall: "Reply /recall", more: "Actions", pinned: "Pinned", pin: "Pin", unpin: "Unpin",
    recalledBy: "{name} recalled a message", recalledByRole: "{role} {name} recalled a member's message", recalled: "This message was recalled",
    onlyYou: "Only visible to you", reactionBy: "{emoji}: {names}", reactAs: "React with {emoji}",
    unsupported: "[{type}] can't be shown here", unknownElement: "{tag} element", confirm: "OK", cancel: "Cancel",
    say: "Message {chat}", send: "Send", cancelReply: "Cancel reply", replyInTopic: "Reply in a topic",
    choose: "Choose", mentionWhom: "People and bots",
    commands: "Commands", cmdRecall: "/recall", cmdClean: "/recall clean", cmdSettings: "/recall settings", cmdHelp: "/recall help", cmdTidy: "/recall clean --bot any --since 10m",
    aboutRecall: "Recall the message that you reply to", aboutClean: "Recall many messages of bots", aboutSettings: "See and change this group's settings", aboutHelp: "How to use the bot",
    flood: "Flood {n}", floodHint: "Another bot posts {n} messages at once, so that there is something to clean up", tidy: "Clean up", tidyHint: "Recall what bots posted in the last 10 minutes",
    wild: "Go wild…", wildRepeat: "Repeat", wildRepeatHint: "A bot posts the same again and again", wildLeak: "Leak a template", wildLeakHint: "A bot posts templates that were not filled in",
    wildAnswer: "Answer each other", wildAnswerHint: "Two bots answer each other without an end",
    mention: "@ the bot", mentionWord: "the bot", botSays: "Let a bot post", botSaysHint: "Choose a bot and a message", times: "How many",
    notMember: "{name} is not in this group and can only read", chatClosed: "This group was disbanded",
    needMention: "Without the scope im:message.group_msg the bot gets only messages that mention it",
    wire: "Wire log", filter: "Filter", clear: "Clear", pause: "Pause", resume: "Resume", paused: "Paused, {n} not shown",
    wireEmpty: "Send a message to see events and API calls here", event: "Event", call: "Call", request: "Request", response: "Response",
    copy: "Copy", copied: "Copied", copyFailed: "The browser did not allow copying. Select the text and copy it.", noBody: "Empty", eventIn: "Event sent to the bot", callOut: "API call by the bot",
    webhookOk: "Bot connected", webhookBad: "The bot did not answer ({status})", webhookNone: "No bot connected yet", webhookIdle: "Waiting for the bot's first event",
    pressFailed: "The bot's answer to the button was not valid ({code})", lost: "Connection to the sandbox lost. Reconnecting…", failed: "That did not work: {error}", noAnswer: "the sandbox does not answer", unread: "New messages",
    greetTitle: "Three things to try", greetLead: "{bot} just posted something wrong in “{chat}”. Recall it.",
    greet1: "Owner replies /recall", greet1Text: "As {owner}, reply to the bot's post. The post is recalled.",
    greet2: "A member tries it", greet2Text: "{member} replies /recall too. Nobody else sees the refusal.",
    greet3: "Owner reacts", greet3Text: "No typing: the reaction CrossMark recalls as well.",
    doIt: "Do it for me", again: "Once more", done: "Done", close: "Close", greetAll: "That's all three. Each step was a real request: see the wire log.",
  },
};

const formats = { zh: formatsOf("zh-CN"), en: formatsOf("en-GB") }; // made once: that is slow

function formatsOf(locale) {
  const time = { hour: "2-digit", minute: "2-digit", hour12: false };
  return {
    clock: new Intl.DateTimeFormat(locale, time),
    seconds: new Intl.DateTimeFormat(locale, { ...time, second: "2-digit" }),
    day: new Intl.DateTimeFormat(locale, { month: "short", day: "numeric", weekday: "short" }),
  };
}

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
  return (texts[lang][key] ?? windows[lang][key]).replace(/\{(\w+)\}/g, (whole, name) => String(values[name] ?? whole));
}

/** list joins names as the language does. */
export function list(names) {
  return names.join(lang === "zh" ? "、" : ", ");
}

/** clock formats a moment (ms) as hours and minutes. */
export function clock(ms) {
  return formats[lang].clock.format(ms);
}

/** clockSeconds formats a moment (ms) down to the second. */
export function clockSeconds(ms) {
  return formats[lang].seconds.format(ms);
}

/** day names the day of a moment (ms): today, yesterday or a date. */
export function day(ms) {
  const days = Math.round((midnight(Date.now()) - midnight(ms)) / 86_400_000);
  if (days === 0) return t("today");
  if (days === 1) return t("yesterday");
  return formats[lang].day.format(ms);
}

function midnight(ms) {
  return new Date(ms).setHours(0, 0, 0, 0);
}
