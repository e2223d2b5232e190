import { age, pin, react, recall, reply, press, say } from "../actions.js";
import { card } from "../card.js";
import { emojiDialog } from "../dialogs/emoji.js";
import { h, popover } from "../dom.js";
import { clock, list, t } from "../i18n.js";
import { icon, reactionFace } from "../icons.js";
import { read } from "../state.js";
import { hears } from "../world.js";
import { avatar } from "./avatar.js";
import { richText, withPictures } from "./text.js";

const offered = ["CrossMark", "No", "THUMBSUP", "SMILE", "DONE"];
const ages = ["10m", "24h", "25h", "9600h"];

/**
 * @typedef {Object} View what a row shows
 * @property {Object} one the message
 * @property {Object} chat
 * @property {boolean} nested it stands below its topic's root
 * @property {{text: string|null, name: string, id: string}|null} quote
 * @property {boolean} missing the quoted message isn't among those shown
 * @property {boolean} compact same sender as just before: no avatar, no name
 * @property {boolean} mine
 * @property {string} role of the sender
 * @property {boolean} live the person who looks may act here
 * @property {boolean} topic it opens a topic
 * @property {string[]} names that may be mentioned
 * @property {{id: string, name: string}[]} people of the chat
 */

/** recalledLine is what is left of a recalled message. @param {View} view */
export function recalledLine({ one, nested }) {
  return h("div.recalled", { ...marks(one), "data-nested": nested }, h("span", {}, recalledText(one)));
}

function recalledText({ recalled_by: by }) {
  if (!by.name) return t("recalled");
  if (by.role === "sender") return t("recalledBy", { name: by.name });
  return t("recalledByRole", { role: t(by.role), name: by.name });
}

/** systemLine is a notice of the platform itself. @param {View} view */
export function systemLine({ one, nested }) {
  return h("div.recalled", { ...marks(one), "data-nested": nested }, h("span", {}, one.text));
}

/**
 * message draws a message with everything around its bubble. It is one tab stop; the arrow keys reach what can be pressed
 * (moveInMessages). Only the fields and buttons of a card are tab stops of their own.
 * @param {View} view
 */
export function message(view, who) {
  const { one, chat, nested, compact, mine, topic } = view;
  const right = mine && !nested && chat.mode !== "topic";
  const name = `${one.sender.name}, ${clock(one.at)}: ${one.text || t("unsupported", { type: one.type })}`;
  const node = h("div.message", {
    ...marks(one), role: "article", tabindex: "0", "aria-label": name,
    "data-nested": nested, "data-compact": compact, "data-mine": mine, "data-right": right, "data-topic": topic,
  },
    compact ? h("span.avatar-gap") : avatar(one.sender, nested ? 28 : 36),
    h("div.message-main", {},
      compact ? null : byline(view),
      h("div.message-row", {},
        h("div.bubble-box", {}, quote(view), body(view, who), reactions(view)),
        one.ephemeral ? null : actions(view))));
  for (const control of controls(node)) control.tabIndex = -1;
  return node;
}

/** controls are what can be pressed in a message, without what a card has. */
function controls(node) {
  return [...node.querySelectorAll("button, a")].filter((one) => !one.disabled && one.closest(".card") === null);
}

/** moveInMessages lets the arrow keys go up and down between messages, and right and left to what can be pressed in one. */
export function moveInMessages(column) {
  column.addEventListener("keydown", (event) => {
    const row = event.target.closest(".message");
    if (row === null || (event.target !== row && event.target.closest(".card") !== null)) return;
    const next = target(row, event);
    if (!next) return;
    event.preventDefault();
    next.focus();
  });
}

function target(row, { key, target: from }) {
  const all = [row, ...controls(row).filter((one) => one.offsetParent !== null)];
  const at = all.indexOf(from);
  if (key === "ArrowRight") return all[at + 1];
  if (key === "ArrowLeft") return all[at - 1];
  if (key === "Escape" && from !== row) return row;
  const rows = [...row.parentElement.querySelectorAll(".message")];
  if (key === "ArrowUp") return rows[rows.indexOf(row) - 1];
  if (key === "ArrowDown") return rows[rows.indexOf(row) + 1];
  return null;
}

function marks(one) {
  return {
    "data-testid": "message", "data-message-id": one.id, "data-kind": one.sender.kind,
    "data-deleted": String(one.deleted), "data-ephemeral": String(one.ephemeral),
  };
}

function byline({ one, role }) {
  const showRole = role === "owner" || role === "manager" || role === "bot";
  return h("div.byline", {},
    h("span.sender", {}, one.sender.name),
    showRole ? h("span.badge.role", { "data-role": role }, t(role)) : null,
    one.ephemeral ? h("span.badge.only-you", {}, icon("lock", 12), t("onlyYou")) : null,
    one.pinned ? h("span.badge", {}, icon("pin", 12), t("pinned")) : null,
    h("time", {}, clock(one.at)));
}

function quote({ quote: quoted, missing }) {
  if (missing) return h("div.quote", {}, t("notHere"));
  if (quoted === null) return null;
  const text = quoted.text === null ? t("gone") : `${quoted.name}: ${quoted.text}`;
  return h("button.quote", { type: "button", onclick: (event) => event.target.dispatchEvent(new CustomEvent("reveal", { bubbles: true, detail: quoted.id })) }, withPictures(text));
}

function body({ one, names, people }, who) {
  if (one.card) return card(one.card, { who, press: (value, rest) => press(one, value, rest), people });
  const text = one.text || t("unsupported", { type: one.type });
  return h("div.bubble", { title: clock(one.at) }, richText(text, names));
}

function reactions({ one, live }) {
  if (one.reactions.length === 0) return null;
  return h("div.reactions", {}, one.reactions.map((given) => {
    const label = t("reactionBy", { emoji: given.emoji, names: list(given.by) });
    return h("button.chip", {
      type: "button", "aria-pressed": String(given.mine), "aria-label": label, title: label, disabled: !live,
      "data-testid": `chip-${given.emoji}`, onclick: () => react(one, given.emoji, given.mine),
    }, reactionFace(given.emoji, 15) ?? h("span.chip-key", {}, given.emoji), h("span.chip-names", {}, list(given.by)));
  }));
}

function actions(view) {
  const { one, mine, live } = view;
  if (!live) return null;
  const picker = tool("smile", t("react"), "react", () => pick(picker, one));
  picker.setAttribute("aria-haspopup", "menu");
  return [moreTool(), h("div.tools", { role: "toolbar", "aria-label": t("more") },
    tool("reply", t("reply"), "reply", () => reply(one)),
    picker,
    pinTool(one),
    ageTool(one),
    mine ? tool("undo", t("recall"), "recall", () => recall(one))
      : h("button.tool.word", { type: "button", title: t("quickRecall"), "aria-label": t("quickRecall"), "data-testid": "quick-recall", onclick: () => quickRecall(one) }, t("cmdRecall")))];
}

/** moreTool shows the actions where they are not shown on their own: on a phone. */
function moreTool() {
  const button = tool("more", t("more"), "more", () => {
    const row = button.closest(".message");
    row.focus({ preventScroll: true }); // shows the actions
    row.querySelector(".tools button").focus();
  });
  button.classList.add("more");
  return button;
}

function pinTool(one) {
  const button = tool("pin", t(one.pinned ? "unpin" : "pin"), "pin", () => pin(one, !one.pinned));
  button.setAttribute("aria-pressed", String(one.pinned));
  return button;
}

/** ageTool moves a message back in time. */
function ageTool(one) {
  const button = tool("clock", t("age"), "age", () => {
    const close = popover(button, h("div.menu", { role: "menu", "aria-label": t("age") }, ages.map((by) => h("button.menu-item", {
      type: "button", role: "menuitem", title: t("ageLead"), "data-testid": `age-${by}`, onclick: () => {
        close();
        button.focus();
        age(one, by);
      },
    }, h("span.menu-name", {}, t(`age_${by}`))))), { align: "end" });
  });
  button.setAttribute("aria-haspopup", "menu");
  return button;
}

function tool(picture, label, testid, onclick) {
  return h("button.tool", { type: "button", title: label, "aria-label": label, "data-testid": testid, onclick }, icon(picture, 17));
}

function pick(anchor, one) {
  const close = popover(anchor, h("div.faces", { role: "menu", "aria-label": t("react") }, offered.map((emoji) => h("button.face", {
    type: "button", role: "menuitem", title: emoji, "aria-label": t("reactAs", { emoji }), "data-testid": `react-${emoji}`,
    onclick: () => {
      close();
      anchor.focus();
      react(one, emoji);
    },
  }, reactionFace(emoji, 24))), h("button.face", {
    type: "button", role: "menuitem", title: t("moreEmoji"), "aria-label": t("moreEmoji"), "data-testid": "react-more", onclick: () => {
      close();
      anchor.focus();
      emojiDialog(one);
    },
  }, icon("plus", 20))), { align: "end" });
}

/** quickRecall replies the command; where the bot only hears mentions, it is mentioned. */
function quickRecall(one) {
  const state = read();
  say(hears(state) ? t("cmdRecall") : `@${state.world.bot.name} ${t("cmdRecall")}`, { replyTo: one });
}
