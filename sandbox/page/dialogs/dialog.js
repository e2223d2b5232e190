// A window over the page, with a form in it. What was refused is said in the window; nothing is lost.

import { fill, h } from "../dom.js";
import { t } from "../i18n.js";
import { icon } from "../icons.js";

/**
 * openDialog opens a window and gives the focus back when it closes.
 * @param {Object} what
 * @param {string} what.name for tests and for the title's id
 * @param {string} what.title
 * @param {string} [what.lead] a sentence below the title
 * @param {Array} what.content
 * @param {string} [what.action] the button's text; without one there is nothing to send
 * @param {function(): Promise<void>} [what.submit] sends it; an Error that it throws is shown
 * @param {function(): void} [what.onclose]
 * @returns {function(): void} close
 */
export function openDialog({ name, title, lead = "", content, action, submit, onclose }) {
  const opener = document.activeElement;
  const fault = h("p.window-fault", { role: "alert", "data-testid": "dialog-fault" });
  const send = action === undefined ? null : h("button.button.primary", { type: "submit", "data-testid": "dialog-send" }, action);
  const form = h("form.window-form", { novalidate: true, "aria-labelledby": `title-${name}` },
    h("div.window-head", {},
      h("h2", { id: `title-${name}` }, title),
      h("button.icon-button", { type: "button", "aria-label": t("close"), title: t("close"), "data-testid": "dialog-close", onclick: () => node.close() }, icon("close", 18))),
    h("div.window-body", {}, lead === "" ? null : h("p.window-lead", {}, lead), content),
    fault,
    send === null ? null : h("div.ask-buttons.window-foot", {}, h("button.button", { type: "button", onclick: () => node.close() }, t("cancel")), send));
  const node = h("dialog.window", { "aria-labelledby": `title-${name}`, "data-testid": `dialog-${name}` }, form);

  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    if (send === null || send.disabled) return;
    send.disabled = true;
    fill(fault);
    try {
      await submit();
      node.close();
    } catch (error) {
      fill(fault, error.message);
    } finally {
      send.disabled = false;
    }
  });
  node.addEventListener("close", () => {
    node.remove();
    onclose?.();
    focusAgain(opener);
  });
  document.body.append(node);
  node.showModal();
  return () => node.close();
}

/** focusAgain goes to where the window was opened, though that may have been drawn anew. */
function focusAgain(opener) {
  if (document.activeElement !== document.body && document.activeElement !== null) return;
  const mark = opener?.dataset?.testid;
  const again = opener?.isConnected ? opener : mark && document.querySelector(`[data-testid="${CSS.escape(mark)}"]`);
  again?.focus();
}

/** labelled puts a label above a field. */
export function labelled(text, field, hint = "") {
  return h("label.window-field", {}, h("span", {}, text), field, hint === "" ? null : h("small", {}, hint));
}

/** choices draws one of several, as radio buttons. @param {{value: string, text: string}[]} options */
export function choices(legend, name, options, chosen) {
  return h("fieldset.window-choices", {}, h("legend", {}, legend), options.map(({ value, text }) => h("label", {},
    h("input", { type: "radio", name, value, checked: value === chosen, "data-testid": `${name}-${value}` }), text)));
}

/** chosen gives the value of the radio button that is on. */
export function chosen(fieldset) {
  return fieldset.querySelector("input:checked").value;
}
