import { follow, reconcile, h } from "../dom.js";
import { day, t } from "../i18n.js";
import { aside, canSpeak, chatOf, nameOf, roleOf } from "../world.js";
import { message, recalledLine, systemLine } from "./message.js";

const CLOSE_TOGETHER = 5 * 60_000;
const NEAR_END = 80;

/**
 * mountConversation draws the open chat's messages and keeps the newest in view while the reader is at the end. What the
 * reader says, and what only the reader is told, comes into view from everywhere.
 */
export function mountConversation(root) {
  const column = h("div.column");
  root.append(column);
  let shown = "";
  let newest = "";
  const view = follow(root, NEAR_END, column);

  return (state) => {
    const chat = chatOf(state);
    root.setAttribute("aria-label", chat?.name ?? "");
    const other = state.chat !== shown;
    if (other) newest = "";
    shown = state.chat;
    const own = after(state.messages, newest).findLast((one) => one.ephemeral || one.sender.id === state.me);
    newest = state.messages.at(-1)?.id ?? "";
    view.keep(() => {
      reconcile(column, chat === null ? [] : rows(state, chat));
      if (other || (own && !aside(own))) view.atEnd = true;
    });
    if (own && !view.atEnd) column.querySelector(`[data-message-id="${own.id}"]`)?.scrollIntoView({ block: "nearest" });
  };
}

/** after gives the messages behind the one of that id; none where that is not among them. */
function after(messages, id) {
  const at = messages.findIndex((one) => one.id === id);
  return at < 0 ? [] : messages.slice(at + 1);
}

function rows(state, chat) {
  const ordered = inTopics(state.messages);
  if (ordered.length === 0) {
    return state.loading ? [] : [{ key: "empty", version: t("empty"), build: () => h("p.empty", {}, t("empty")) }];
  }
  const byId = new Map(ordered.map((one) => [one.id, one]));
  const all = [];
  let before = null;
  for (const one of ordered) {
    if (!aside(one) && (before === null || day(before.at) !== day(one.at))) all.push(dayRow(one.at));
    all.push(messageRow(state, chat, one, { byId, before }));
    before = one;
  }
  return all;
}

/** inTopics puts the replies of a topic right below its root. */
function inTopics(messages) {
  const ids = new Set(messages.map((one) => one.id));
  const replies = Map.groupBy(messages.filter((one) => aside(one) && ids.has(one.root)), (one) => one.root);
  return messages.filter((one) => !aside(one) || !ids.has(one.root)).flatMap((one) => [one, ...(replies.get(one.id) ?? [])]);
}

function dayRow(at) {
  const text = day(at);
  return { key: `day ${new Date(at).toDateString()}`, version: text, build: () => h("div.day", {}, text) };
}

function messageRow(state, chat, one, { byId, before }) {
  const nested = aside(one) && byId.has(one.root);
  const quoted = quoteOf(one, byId, nested);
  const view = {
    chat, one, nested,
    quote: quoted && { text: quoted.deleted ? null : quoted.text, name: quoted.sender.name, id: quoted.id },
    missing: Boolean(one.parent) && !nested && quoted === null,
    compact: follows(before, one) && quoted === null && !one.pinned,
    mine: one.sender.kind === "user" && one.sender.id === state.me,
    role: one.sender.kind === "user" ? roleOf(chat, one.sender.id) : "bot",
    live: canSpeak(state, chat),
    topic: chat.mode === "topic" && !nested,
    people: one.card ? chat.members.map((id) => ({ id, name: nameOf(state, id) })) : [],
    names: state.world.users.map((user) => user.name).concat(state.world.bot.name, state.world.apps.map((app) => app.name)),
  };
  const version = JSON.stringify([{ ...view, chat: chat.id }, t("title")]);
  const who = (id) => nameOf(state, id);
  return { key: one.id, version, build: () => draw(view, who) };
}

function draw(view, who) {
  if (view.one.deleted) return recalledLine(view);
  return view.one.sender.kind === "system" ? systemLine(view) : message(view, who);
}

/** quoteOf finds the message that is quoted above a reply; below its own root a reply quotes nothing. */
function quoteOf(one, byId, nested) {
  if (!one.parent || (nested && one.parent === one.root)) return null;
  return byId.get(one.parent) ?? null;
}

function follows(before, one) {
  return before !== null && !before.deleted && !one.deleted && before.sender.id === one.sender.id
    && before.ephemeral === one.ephemeral && aside(before) === aside(one)
    && one.at - before.at < CLOSE_TOGETHER && day(before.at) === day(one.at);
}
