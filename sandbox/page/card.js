// Message cards, JSON 1.0 and 2.0, as DOM nodes. What this page can't draw becomes a quiet placeholder.

import { h } from "./dom.js";
import { currentLang, t } from "./i18n.js";
import { fieldNode, formValues } from "./field.js";
import { markdown, inline } from "./markdown.js";
import { withPictures } from "./render/text.js";

/**
 * @typedef {Object} CardHost
 * @property {function(string): string} who names the person behind an id
 * @property {function(any, Object=): void} press sends a button's value to the bot, with what else it carries
 * @property {{id: string, name: string}[]} people who may be chosen
 * @property {function(): Object} [values] what the form around holds
 */

const templates = ["blue", "wathet", "turquoise", "green", "yellow", "orange", "red", "carmine", "violet", "purple", "indigo", "grey"];

const elements = {
  markdown: (node, host) => h(sized("div.md", node), {}, markdown(plain(node), host.who)),
  plain_text: (node) => h(sized("div.md", node), {}, h("p", {}, withPictures(plain(node)))),
  lark_md: (node, host) => h("div.md", {}, markdown(plain(node), host.who)),
  div,
  hr: () => h("hr"),
  note: (node, host) => h("div.card-note", {}, (node.elements ?? []).map((child) => noteText(child, host))),
  action: (node, host) => h("div.card-actions", {}, drawAll(node.actions, host)),
  button,
  column_set: (node, host) => h("div.card-columns", {}, (node.columns ?? []).map((column) => drawColumn(column, host))),
  column: drawColumn,
  form,
  input: field,
  select_static: field,
  select_person: field,
  multi_select_static: field,
  multi_select_person: field,
  interactive_container: (node, host) => h("div.card-box", {}, drawAll(node.elements, host)),
  collapsible_panel: collapsible,
  table,
};

/**
 * card draws a whole card.
 * @param {Object} json the raw card
 * @param {CardHost} host
 */
export function card(json, host) {
  const body = json.body?.elements ?? json.elements ?? translated(json.i18n_elements) ?? [];
  return h("article.card", {}, header(json), h("div.card-body", {}, drawAll(body, host)));
}

/** cardTitle gives the words of a card's header, for previews. */
export function cardTitle(json) {
  return json?.header?.title === undefined ? "" : plain(json.header.title);
}

function header(json) {
  const { header: head } = json;
  if (head?.title === undefined) return null;
  const template = templates.includes(head.template) ? head.template : "default";
  const tags = (head.text_tag_list ?? []).map((tag) => h("span.text-tag", { "data-tint": tag.color ?? "grey" }, plain(tag.text)));
  return h("header.card-header", { "data-template": template },
    h("div.card-title", {}, plain(head.title), tags),
    head.subtitle ? h("div.card-subtitle", {}, plain(head.subtitle)) : null);
}

function drawAll(nodes, host) {
  return Array.isArray(nodes) ? nodes.map((node) => draw(node, host)) : [];
}

function draw(node, host) {
  const tag = String(node?.tag ?? "");
  if (Object.hasOwn(elements, tag)) return elements[tag](node, host);
  return h("div.card-unknown", {}, t("unknownElement", { tag: tag || "?" }));
}

/** sized marks small print. */
function sized(spec, node) {
  return node.text_size === "notation" ? `${spec}.small` : spec;
}

function form(node, host) {
  const box = h("form.card-form", { "data-testid": "card-form" });
  const inner = { ...host, values: () => formValues(box), reset: () => box.reset() };
  box.append(...drawAll(node.elements, inner));
  box.addEventListener("submit", (event) => {
    event.preventDefault(); // Enter in a field is a press of the form's button
    box.querySelector("[data-submit]")?.click();
  });
  return box;
}

/** field draws something to fill in. Outside of a form each change is a press. */
function field(node, host) {
  const made = fieldNode(node, { people: host.people ?? [], words: plain });
  const value = callbackValue(node);
  if (host.values === undefined && value !== undefined) {
    made.addEventListener("change", () => {
      const held = formValues(made)[node.name || "field"];
      const key = Array.isArray(held) ? "options" : node.tag === "input" ? "input" : "option";
      host.press(value, { tag: node.tag, name: node.name, [key]: held });
    });
  }
  return made;
}

function drawColumn(column, host) {
  const node = h("div.card-column", {}, drawAll(column.elements, host));
  if (column.width === "weighted") node.style.flex = `${Number(column.weight) || 1} 1 0`;
  if (column.width === "auto") node.style.flex = "0 0 auto";
  return node;
}

function div(node, host) {
  const fields = (node.fields ?? []).map((field) => h(field.is_short ? "div.card-field.short" : "div.card-field", {}, textNode(field.text, host)));
  return h("div.card-div", {},
    h("div.card-div-text", {}, node.text ? textNode(node.text, host) : null, fields.length > 0 ? h("div.card-fields", {}, fields) : null),
    node.extra ? h("div.card-extra", {}, draw(node.extra, host)) : null);
}

function textNode(text, host) {
  return text?.tag === "lark_md" ? elements.lark_md(text, host) : elements.plain_text(text);
}

function noteText(node, host) {
  if (node.tag === "lark_md") return h("span", {}, inline(plain(node), host.who));
  return node.tag === "plain_text" ? h("span", {}, plain(node)) : null;
}

function collapsible(node, host) {
  return h("details.card-fold", { open: node.expanded === true },
    h("summary", {}, textNode(node.header?.title, host)), drawAll(node.elements, host));
}

function table(node, host) {
  const columns = node.columns ?? [];
  const cell = (value) => (typeof value === "object" ? JSON.stringify(value) : inline(String(value ?? ""), host.who));
  return h("div.card-table", {}, h("table", {},
    h("thead", {}, h("tr", {}, columns.map((column) => h("th", {}, column.display_name ?? column.name)))),
    h("tbody", {}, (node.rows ?? []).map((row) => h("tr", {}, columns.map((column) => h("td", {}, cell(row[column.name]))))))));
}

function button(node, host) {
  const style = ["primary", "danger", "primary_filled", "danger_filled", "primary_text", "danger_text", "text"].includes(node.type) ? node.type : "default";
  const url = node.url ?? node.behaviors?.find((behavior) => behavior.type === "open_url")?.default_url;
  const action = node.form_action_type ?? { form_submit: "submit", form_reset: "reset" }[node.action_type];
  const press = async () => {
    if (node.confirm && !(await ask(node.confirm))) return;
    if (isWeb(url)) window.open(url, "_blank", "noopener");
    const value = callbackValue(node);
    if (host.values !== undefined && action === "reset") host.reset();
    else if (host.values !== undefined && action === "submit") host.press(value ?? {}, { name: node.name, form: host.values() });
    else if (value !== undefined) host.press(value, { name: node.name });
  };
  return h("button.card-button", {
    type: "button", "data-submit": action === "submit", "data-style": style, "data-testid": "card-button", disabled: node.disabled === true, onclick: press,
  }, plain(node.text));
}

/** callbackValue finds what a button sends: behaviors in JSON 2.0, value in 1.0. */
function callbackValue(node) {
  return node.behaviors?.find((behavior) => behavior.type === "callback")?.value ?? node.value;
}

function isWeb(url) {
  return typeof url === "string" && /^https?:\/\//i.test(url);
}

/** ask shows a button's own confirmation and resolves to the answer. */
function ask(confirm) {
  return new Promise((resolve) => {
    const dialog = h("dialog.ask", {},
      h("h2", {}, plain(confirm.title)), h("p", {}, plain(confirm.text)),
      h("form.ask-buttons", { method: "dialog" },
        h("button.button", { value: "no" }, t("cancel")),
        h("button.button.primary", { value: "yes", "data-testid": "confirm" }, t("confirm"))));
    dialog.addEventListener("close", () => {
      dialog.remove();
      resolve(dialog.returnValue === "yes");
    });
    document.body.append(dialog);
    dialog.showModal();
  });
}

/** plain takes the words out of a text object, in the page's language where the card has it. */
function plain(node) {
  if (node === null || node === undefined) return "";
  if (typeof node === "string") return node;
  return translated(node.i18n_content ?? node.i18n) ?? String(node.content ?? "");
}

function translated(byLanguage) {
  if (byLanguage === null || typeof byLanguage !== "object") return undefined;
  return byLanguage[currentLang() === "zh" ? "zh_cn" : "en_us"] ?? Object.values(byLanguage)[0];
}
