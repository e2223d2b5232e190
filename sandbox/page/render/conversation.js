import { readBackTo, readOlder } from "../actions.js";
import { follow, reconcile, h } from "../dom.js";
import { day, t } from "../i18n.js";
import { icon } from "../icons.js";
import { aside, canSpeak, chatOf, nameOf, roleOf } from "../world.js";
import { message, moveInMessages, recalledLine, systemLine } from "./message.js";

const CLOSE_TOGETHER = 5 * 60_000;
const NEAR_END = 80;

// Only a part of a long chat is drawn: FIRST messages, and PAGE more when the reader comes within NEAR_EDGE pixels of what is
// drawn. Above MOST the other end goes.
const FIRST = 100;
const PAGE = 60;
const MOST = 300;
const NEAR_EDGE = 800;

/**
 * mountConversation draws the open chat's messages and keeps the newest in view while the reader is at the end. What the
 * reader says, and what only the reader is told, comes into view from everywhere.
 */
export function mountConversation(root) {
  const column = h("div.column");
  const end = h("button.to-end", { type: "button", "data-testid": "to-end", hidden: true, onclick: toEnd }, icon("chevron", 20));
  root.append(column);
  root.after(h("div.to-end-place", {}, end));
  const view = follow(root, NEAR_END, column);
  let state = null;
  let all = []; // the chat's messages in the order in which they are shown
  let from = 0; // those drawn: all.slice(from, to)
  let to = 0;
  let newest = "";
  let reading = false; // of older messages

  function draw() {
    const chat = chatOf(state);
    view.whole = to === all.length;
    reconcile(column, chat === null ? [] : rows(state, chat, { all, quoted: state.quoted, from, to }));
    showEnd();
  }

  function showEnd() {
    end.hidden = view.atEnd;
    root.setAttribute("aria-live", view.atEnd ? "polite" : "off"); // older messages are not news
  }

  function span(start, stop) {
    from = Math.max(0, start);
    to = Math.min(all.length, stop);
  }

  function toEnd() {
    view.keep(() => {
      view.atEnd = true;
      span(all.length - FIRST, all.length);
      draw();
    });
    root.focus();
  }

  /** older reads more of the chat. */
  async function older(id) {
    if (reading) return;
    reading = true;
    await readOlder(id);
    reading = false;
    extend();
  }

  /** reveal scrolls to a message, and reads and draws it first if need be. */
  async function reveal(id, options) {
    if (!all.some((one) => one.id === id)) {
      view.atEnd = false;
      await older(id);
    }
    const at = all.findIndex((one) => one.id === id);
    if (at < 0) return null;
    if (at < from || at >= to) {
      view.atEnd = false;
      span(at - FIRST / 2, at + FIRST / 2);
      draw();
    }
    const node = column.querySelector(`[data-message-id="${CSS.escape(id)}"]`);
    node?.scrollIntoView(options);
    return node;
  }

  /** extend draws more where the reader comes near the edge of what is drawn. */
  function extend() {
    const below = root.scrollHeight - root.scrollTop - root.clientHeight;
    if (root.scrollTop < NEAR_EDGE && from > 0) {
      view.keep(() => {
        span(from - PAGE, Math.min(to, from - PAGE + MOST));
        draw();
      });
    } else if (root.scrollTop < NEAR_EDGE && state.more && !view.atEnd) {
      older();
    } else if (below < NEAR_EDGE && to < all.length) {
      view.keep(() => {
        span(Math.max(from, to + PAGE - MOST), to + PAGE);
        draw();
      });
    }
    showEnd();
    if (!reading) readBackTo(view.atEnd ? "" : state.oldest);
  }

  root.addEventListener("scroll", extend);
  root.addEventListener("reveal", async (event) => flash(await reveal(event.detail, { block: "center" })));
  moveInMessages(column);

  return (next) => {
    const other = state === null || next.chat !== state.chat;
    const first = all[from]?.id;
    state = next;
    root.setAttribute("aria-label", chatOf(state)?.name ?? "");
    end.title = t("toEnd");
    end.setAttribute("aria-label", t("toEnd"));
    const own = other ? undefined : after(state.messages, newest).findLast((one) => one.ephemeral || one.sender.id === state.me);
    newest = state.messages.at(-1)?.id ?? "";
    view.keep(() => {
      if (other || (own && !aside(own))) view.atEnd = true;
      const count = to - from;
      const fresh = other || all.length === 0;
      all = inTopics(state.messages);
      const at = all.findIndex((one) => one.id === first);
      if (fresh || (view.atEnd && at < 0)) span(all.length - FIRST, all.length);
      else if (view.atEnd) span(Math.max(at, all.length - MOST), all.length);
      else span(at < 0 ? from : at, (at < 0 ? from : at) + count);
      draw();
    });
    if (own && !view.atEnd) reveal(own.id, { block: "nearest" });
  };
}

function flash(node) {
  if (node === null) return;
  node.classList.remove("flash");
  node.getBoundingClientRect(); // restarts the animation
  node.classList.add("flash");
}

/** after gives the messages behind the one of that id; none where that is not among them. */
function after(messages, id) {
  const at = messages.findIndex((one) => one.id === id);
  return at < 0 ? [] : messages.slice(at + 1);
}

function rows(state, chat, { all, quoted, from, to }) {
  if (all.length === 0) {
    return state.loading ? [] : [{ key: "empty", version: t("empty"), build: () => h("p.empty", {}, t("empty")) }];
  }
  const around = {
    byId: new Map([...quoted, ...all].map((one) => [one.id, one])),
    names: state.world.users.map((user) => user.name).concat(state.world.bot.name, state.world.apps.map((app) => app.name)),
  };
  const drawn = [];
  let before = null;
  for (const one of all.slice(from, to)) {
    if (!aside(one) && (before === null || day(before.at) !== day(one.at))) drawn.push(dayRow(one));
    drawn.push(messageRow(state, chat, one, { ...around, before }));
    before = one;
  }
  return drawn;
}

/** inTopics puts the replies of a topic right below its root. */
function inTopics(messages) {
  const ids = new Set(messages.map((one) => one.id));
  const replies = Map.groupBy(messages.filter((one) => aside(one) && ids.has(one.root)), (one) => one.root);
  return messages.filter((one) => !aside(one) || !ids.has(one.root)).flatMap((one) => [one, ...(replies.get(one.id) ?? [])]);
}

/** dayRow belongs to the message below it: with earlier ones above it another row takes its place. */
function dayRow(one) {
  const text = day(one.at);
  return { key: `day ${one.id}`, version: text, build: () => h("div.day", {}, text) };
}

function messageRow(state, chat, one, { byId, names, before }) {
  const nested = aside(one) && byId.has(one.root);
  const quoted = quoteOf(one, byId, nested);
  const view = {
    chat, one, nested, names,
    quote: quoted && { text: quoted.deleted ? null : quoted.text, name: quoted.sender.name, id: quoted.id },
    missing: Boolean(one.parent) && !nested && quoted === null,
    compact: follows(before, one) && quoted === null && !one.pinned,
    mine: one.sender.kind === "user" && one.sender.id === state.me,
    role: one.sender.kind === "user" ? roleOf(chat, one.sender.id) : "bot",
    live: canSpeak(state, chat),
    topic: chat.mode === "topic" && !nested,
    people: one.card ? chat.members.map((id) => ({ id, name: nameOf(state, id) })) : [],
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
