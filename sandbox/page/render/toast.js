import { h } from "../dom.js";

const SHOWN = 4500;

/**
 * toast shows a short sentence for a few seconds, below the conversation's head.
 * @param {string} text
 * @param {"info"|"success"|"error"|"warning"} [type]
 */
export function toast(text, type = "info") {
  const node = h("div.toast", { "data-type": type, "data-testid": "toast" }, text);
  const box = document.getElementById("toasts");
  box.style.top = `${document.getElementById("header").getBoundingClientRect().bottom + 8}px`;
  box.append(node);
  while (box.childElementCount > 3) box.firstChild.remove();
  setTimeout(() => node.remove(), SHOWN);
}
