// The list of people and bots that opens when somebody types @.

import { h } from "../dom.js";
import { read } from "../state.js";
import { t } from "../i18n.js";
import { chatOf, nameOf } from "../world.js";
import { avatar } from "./avatar.js";

const MOST = 8;

/**
 * mountMentions watches an input and offers whom its @ may mean.
 * @param {HTMLTextAreaElement} input
 * @param {HTMLElement} root where the list stands
 * @param {function(): void} changed called after a name was put in
 */
export function mountMentions(input, root, changed) {
  const box = h("div.mentions", { id: "mentions", role: "listbox", "data-testid": "mentions", hidden: true });
  root.append(box);
  input.setAttribute("aria-autocomplete", "list");
  let offered = [];
  let at = 0;

  function close() {
    offered = [];
    box.hidden = true;
    for (const name of ["role", "aria-expanded", "aria-controls", "aria-activedescendant"]) input.removeAttribute(name);
  }

  function look() {
    const typed = input.value.slice(0, input.selectionStart).match(/@([^\s@]*)$/);
    offered = typed === null ? [] : whom(typed[1].toLowerCase());
    at = 0;
    if (offered.length === 0) close();
    else draw();
  }

  function draw() {
    box.hidden = false;
    box.setAttribute("aria-label", t("mentionWhom"));
    input.setAttribute("role", "combobox"); // a textarea may be one only while it has a list
    input.setAttribute("aria-controls", "mentions");
    input.setAttribute("aria-expanded", "true");
    input.setAttribute("aria-activedescendant", `mention-${at}`);
    box.replaceChildren(...offered.map((one, i) => h("div.menu-item", {
      id: `mention-${i}`, role: "option", "aria-selected": String(i === at), "data-testid": "mention-item", "data-id": one.id,
      onpointerdown: (event) => {
        event.preventDefault(); // the input keeps the focus
        choose(one);
      },
    }, avatar(one, 24), h("span.menu-name", {}, one.name), one.kind === "user" ? null : h("span.badge.role", { "data-role": "bot" }, t("bot")))));
  }

  function choose(one) {
    const end = input.selectionStart;
    const start = input.value.lastIndexOf("@", end - 1);
    input.setRangeText(`@${one.name} `, start, end, "end");
    close();
    changed();
  }

  input.addEventListener("input", look);
  input.addEventListener("blur", close);

  /** The composer asks first: true means that the key was for the list. */
  return (event) => {
    if (offered.length === 0) return false;
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (step !== undefined) {
      at = (at + step + offered.length) % offered.length;
      draw();
    } else if (event.key === "Enter" || event.key === "Tab") {
      choose(offered[at]);
    } else if (event.key === "Escape") {
      close();
    } else {
      return false;
    }
    event.preventDefault();
    return true;
  };
}

/** whom lists those of the open chat whose name has the letters in it, the bots last. */
function whom(letters) {
  const state = read();
  const chat = chatOf(state);
  if (chat === null) return [];
  const kind = (id) => (id === state.world.bot.app_id ? "me_bot" : "bot");
  return [
    ...chat.members.map((id) => ({ id, name: nameOf(state, id), kind: "user" })),
    ...chat.bots.map((id) => ({ id, name: nameOf(state, id), kind: kind(id) })),
  ].filter((one) => one.name.toLowerCase().includes(letters)).slice(0, MOST);
}
