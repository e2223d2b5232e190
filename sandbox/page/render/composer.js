import { flood, post, reply, say, wild } from "../actions.js";
import { botDialog } from "../dialogs/bot.js";
import { fill, h, popover, redraw, roving } from "../dom.js";
import { t } from "../i18n.js";
import { icon } from "../icons.js";
import { samples } from "../samples.js";
import { read } from "../state.js";
import { canSpeak, chatOf, hears, nameOf, userOf } from "../world.js";
import { mountMentions } from "./mention.js";
import { withPictures } from "./text.js";

// The keys of the commands' texts; the first two are always offered where there is room.
const commands = ["Recall", "Clean", "Settings", "Help"];
const FLOOD = 200;
const TALLEST = 160;

/** mountComposer draws the place to write: reply bar, suggestions, text, and the bots' own menu. */
export function mountComposer(root) {
  const bar = h("div.reply-bar", { hidden: true });
  const chips = h("div.suggestions", { role: "toolbar" });
  const refreshChips = roving(chips);
  const input = h("textarea.input", { id: "composer-input", rows: 1, "data-testid": "composer-input", spellcheck: "false", autocomplete: "off" });
  const send = h("button.send", { type: "button", "data-testid": "send", onclick: submit }, icon("send", 18));
  const hint = h("p.hint", { hidden: true });
  const box = h("div.write", {}, bar, h("div.write-row", {}, input, send));
  const list = h("div.mention-place");
  root.append(chips, list, box, hint);
  let inTopic = false;
  let replying = "";

  async function submit() {
    const text = input.value.trim();
    if (text === "") return;
    const { replyTo } = read();
    input.value = "";
    fit();
    const sent = await say(text, { replyTo, inTopic: inTopic && replyTo !== null });
    if (sent) reply(null);
    else if (input.value === "") input.value = text;
    fit();
    input.focus();
  }

  function fit() {
    input.style.height = "auto";
    input.style.height = `${Math.min(input.scrollHeight, TALLEST)}px`;
    send.disabled = input.disabled || input.value.trim() === "";
  }

  function suggest(text) {
    const state = read();
    input.value = hears(state) || chatOf(state)?.mode === "p2p" ? text : `@${state.world.bot.name} ${text}`;
    fit();
    input.focus();
  }

  function mention() {
    input.setRangeText(`@${read().world.bot.name} `, input.selectionStart, input.selectionEnd, "end");
    fit();
    input.focus();
  }

  input.addEventListener("input", fit);
  const listTakes = mountMentions(input, list, fit);
  input.addEventListener("keydown", (event) => {
    if (event.isComposing || listTakes(event)) return;
    if (event.key === "Escape" && read().replyTo !== null) reply(null);
    if (event.key !== "Enter" || event.shiftKey) return;
    event.preventDefault();
    submit();
  });

  const drawBar = barDrawer(bar, (on) => {
    inTopic = on;
  });

  return (state) => {
    const chat = chatOf(state);
    root.hidden = chat === null;
    if (chat === null) return;
    const may = canSpeak(state, chat);
    input.placeholder = may ? t("say", { chat: chat.name }) : closedText(state, chat);
    input.setAttribute("aria-label", input.placeholder);
    input.disabled = !may;
    send.setAttribute("aria-label", t("send"));
    send.title = t("send");
    hint.hidden = hears(state) || chat.mode === "p2p" || !may;
    hint.textContent = t("needMention");
    chips.setAttribute("aria-label", t("commands"));
    redraw(chips, [chat.id, chat.mode, may, chat.bots, state.flooded === chat.id, t("title")], () => suggestions(state, chat, { may, suggest, mention }));
    refreshChips();
    drawBar(state.replyTo, chat);
    if (state.replyTo !== null && state.replyTo.id !== replying) input.focus();
    replying = state.replyTo?.id ?? "";
    fit();
  };
}

function closedText(state, chat) {
  return chat.disbanded ? t("chatClosed") : t("notMember", { name: userOf(state, state.me)?.name ?? "" });
}

/** barDrawer redraws the reply bar only when it changes, so that the tick in it stays. */
function barDrawer(bar, setInTopic) {
  let drawn = "";
  return (replyTo, chat) => {
    const version = JSON.stringify([replyTo?.id, chat.mode, t("title")]);
    if (version === drawn) return;
    drawn = version;
    setInTopic(false);
    bar.hidden = replyTo === null;
    if (replyTo === null) return;
    const topical = chat.mode === "group" && !replyTo.thread;
    fill(bar,
      h("span.reply-text", {}, h("strong", {}, t("replyTo", { name: replyTo.sender.name })), " ", withPictures(replyTo.text ?? "")),
      topical ? h("label.in-topic", {}, h("input", { type: "checkbox", onchange: (event) => setInTopic(event.target.checked) }), t("replyInTopic")) : null,
      h("button.icon-button.small", { type: "button", "aria-label": t("cancelReply"), title: t("cancelReply"), onclick: () => reply(null) }, icon("close", 15)));
  };
}

function suggestions(state, chat, { may, suggest, mention }) {
  const flooded = state.flooded === chat.id;
  const quick = flooded
    ? [h("button.suggestion.tidy", { type: "button", "data-testid": "tidy", title: t("tidyHint"), onclick: () => suggest(t("cmdTidy")) }, t("tidy"))]
    : commands.slice(0, 2).map((name) => h("button.suggestion.mono", {
      type: "button", "data-testid": "suggestion", "data-name": name, title: t(`about${name}`), onclick: () => suggest(t(`cmd${name}`)),
    }, t(`cmd${name}`)));
  return [
    may && chat.mode !== "p2p" ? h("button.suggestion.mention", { type: "button", "data-testid": "mention", title: t("mention"), onclick: mention }, "@", h("span", {}, t("mentionWord"))) : null,
    may ? [quick, menuButton("suggestion", { testid: "commands", label: t("commands"), menu: (close) => commandMenu(suggest, close) }, h("span", { "aria-hidden": "true" }, "/"), h("span", {}, t("commands")))] : null,
    h("span.suggestions-end", {},
      floods(state, chat) ? menuButton("suggestion", { testid: "wild", label: t("wild"), menu: (close) => wildMenu(state, chat, close), align: "end" }, t("wild")) : null,
      chat.disbanded || chat.bots.length === 0 ? null
        : menuButton("suggestion.bot", { testid: "bot-post", label: t("botSays"), menu: (close) => botMenu(read(), close), kind: "dialog", align: "end" }, icon("robot", 16), h("span", {}, t("botSays")))),
  ];
}

/** menuButton opens what menu draws, which is given a function that closes it. */
function menuButton(classes, { testid, label, menu, kind = "menu", align = "start" }, ...children) {
  const button = h(`button.${classes}`, {
    type: "button", "data-testid": testid, "aria-label": label, title: label, "aria-haspopup": kind, "aria-expanded": "false",
    onclick: () => {
      const close = popover(button, menu(() => close()), { align });
    },
  }, ...children);
  return button;
}

function commandMenu(suggest, close) {
  const choose = (name) => {
    close();
    suggest(t(`cmd${name}`));
  };
  return h("div.menu", { role: "menu", "aria-label": t("commands") }, commands.map((name) => h("button.menu-item.command", {
    type: "button", role: "menuitem", "data-testid": "command", onclick: () => choose(name),
  }, h("span.mono", {}, t(`cmd${name}`)), h("span.menu-hint", {}, t(`about${name}`)))));
}

/** wildMenu lists the ways in which bots go wild. */
function wildMenu(state, chat, close) {
  const others = chat.bots.filter((id) => id !== state.world.bot.app_id).length;
  const item = (testid, said, hint, go, rest = {}) => h("button.menu-item.command", {
    type: "button", role: "menuitem", "data-testid": testid, ...rest, onclick: () => {
      close();
      go();
    },
  }, h("span", {}, said), h("span.menu-hint", {}, hint));
  return h("div.menu", { role: "menu", "aria-label": t("wild") },
    item("flood", t("flood", { n: FLOOD }), t("floodHint", { n: FLOOD }), () => flood(FLOOD)),
    item("wild-repeat", t("wildRepeat"), t("wildRepeatHint"), () => wild("repeat")),
    item("wild-leak", t("wildLeak"), t("wildLeakHint"), () => wild("leak")),
    item("wild-answer", t("wildAnswer"), t("wildAnswerHint"), () => wild("answer"), { disabled: others < 2 }));
}

/** floods says whether there is a bot here that may go wild: not ours. */
function floods(state, chat) {
  return chat.mode === "group" && !chat.disbanded && chat.bots.some((id) => id !== state.world.bot.app_id);
}

function botMenu(state, close) {
  const bots = [...chatOf(state).bots].sort((a) => (a === state.world.bot.app_id ? -1 : 1));
  const app = h("select", { "data-testid": "bot-choice", "aria-label": t("bot") }, bots.map((id) => h("option", { value: id }, nameOf(state, id))));
  const count = h("select", { "aria-label": t("times"), title: t("times") }, [1, 5, 20].map((n) => h("option", { value: String(n) }, `× ${n}`)));
  const choose = (sample) => {
    close();
    post(app.value, sample.text, { type: sample.type, count: Number(count.value) });
  };
  const write = () => {
    close();
    document.querySelector("[data-testid=bot-post]")?.focus();
    botDialog();
  };
  return h("div.menu.bot-menu", { role: "dialog", "aria-label": t("botSays") },
    h("p.menu-title", {}, t("botSaysHint")),
    h("div.bot-choices", {}, app, count),
    samples().map((sample) => h("button.menu-item", { type: "button", "data-testid": "sample", onclick: () => choose(sample) }, h("span.menu-name", {}, sample.label ?? sample.text))),
    h("button.menu-item", { type: "button", "data-testid": "bot-write", onclick: () => write() }, icon("edit", 18), h("span.menu-name", {}, t("botWrite"))));
}
