import { openChat, switchLang } from "../actions.js";
import { h, fill, reconcile, redraw } from "../dom.js";
import { clock, currentLang, day, t } from "../i18n.js";
import { icon } from "../icons.js";
import { botRank, chatsFor } from "../world.js";
import { buildButton } from "./buildmenu.js";
import { openGreeting } from "./greet.js";
import { withPictures } from "./text.js";

const pictures = { group: "group", topic: "topic", p2p: "person" };

/** mountRail draws the list of chats on the left. */
export function mountRail(root) {
  const head = h("div.rail-head");
  const name = h("h2.rail-title");
  const build = h("div.rail-build");
  const title = h("div.rail-row", {}, name, build);
  const chats = h("ul.chat-list");
  const foot = h("div.rail-foot");
  root.append(head, title, chats, foot);

  return (state) => {
    root.setAttribute("aria-label", t("chats"));
    fill(name, t("chats"));
    redraw(build, [t("build")], () => [buildButton()]);
    drawHead(head, state);
    fill(foot, webhook(state));
    reconcile(chats, chatsFor(state.world, state.me).map((chat) => item(state, chat)));
  };
}

function drawHead(head, state) {
  const brand = state.world.api.brand;
  redraw(head, [brand, t("title")], () => [
    h("img", { src: "page/icon.svg", alt: "", width: 30, height: 30 }),
    h("div.brand", {}, h("strong", {}, t("title")), h("span", {}, t(brand === "lark" ? "onLark" : "onFeishu"))),
    h("button.icon-button", { type: "button", "aria-label": t("help"), title: t("help"), "data-testid": "help", onclick: openGreeting }, icon("help")),
    h("button.icon-button.lang", { type: "button", lang: currentLang() === "zh" ? "en" : "zh-CN", title: t("lang"), "data-testid": "lang", onclick: switchLang }, t("langName")),
  ]);
}

function item(state, chat) {
  const open = chat.id === state.chat;
  const unread = !open && (chat.last?.at ?? 0) > (state.seen[chat.id] ?? 0);
  const rank = chat.mode === "p2p" ? null : t(botRank(state, chat));
  const version = JSON.stringify([chat, open, unread, rank, t("title")]);
  return { key: chat.id, version, build: () => h("li", {}, chatButton(chat, { open, unread, rank })) };
}

function chatButton(chat, { open, unread, rank }) {
  return h("button.chat-item", {
    type: "button", "data-testid": "chat-item", "data-chat-id": chat.id, "data-mode": chat.mode,
    "aria-current": open ? "true" : null, onclick: () => openChat(chat.id),
  },
  h("span.chat-picture", { "data-mode": chat.mode }, icon(pictures[chat.mode] ?? "group", 20)),
  h("span.chat-lines", {},
    h("span.chat-line", {},
      h("span.chat-name", {}, chat.name),
      h("time", {}, chat.last?.at ? when(chat.last.at) : "")),
    h("span.chat-line", {},
      h("span.chat-last", {}, withPictures(chat.last?.text ?? "")),
      unread ? h("span.unread", { title: t("unread") }, h("span.visually-hidden", {}, t("unread"))) : null),
    h("span.chat-badges", {},
      h("span.badge", {}, t(chat.mode)),
      rank === null ? null : h("span.badge.rank", {}, rank),
      chat.external ? h("span.badge.warn", {}, t("external")) : null,
      chat.disbanded ? h("span.badge.warn", {}, t("disbanded")) : null)));
}

function when(ms) {
  return day(ms) === t("today") ? clock(ms) : day(ms);
}

/** webhook says whether the bot answers the events that are pushed to it. */
function webhook(state) {
  const { webhook: hook } = state.world;
  const [mood, text] = hookMood(hook);
  return h("div.hook", { "data-mood": mood, title: hook.url || null }, h("span.dot"), h("span", {}, text));
}

function hookMood(hook) {
  if (hook.ok) return ["good", t("webhookOk")];
  if (hook.last_status !== 0) return ["bad", t("webhookBad", { status: hook.last_status })];
  if (hook.sockets > 0) return ["good", t("webhookOk")];
  return ["idle", hook.url === "" ? t("webhookNone") : t("webhookIdle")];
}
