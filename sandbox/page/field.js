// What a person fills in on a card: a line of text, one choice, or several. All of it is what the browser offers itself.

import { h } from "./dom.js";
import { t } from "./i18n.js";

let made = 0;

/**
 * fieldNode draws a field with its label and what it holds at first.
 * @param {Object} node the component
 * @param {{people: {id: string, name: string}[], words: function(any): string}} host
 */
export function fieldNode(node, { people, words }) {
  const name = node.name || "field";
  const label = words(node.label);
  const hint = words(node.placeholder);
  if (node.tag === "input") return textField(node, { name, label, hint, start: words(node.default_value) });
  const choices = node.tag.endsWith("_person")
    ? persons(node, people)
    : (node.options ?? []).map((option) => ({ value: String(option.value ?? ""), text: words(option.text) }));
  return node.tag.startsWith("multi_") ? several(node, { name, choices, label: label || hint || name }) : oneOf(node, { name, choices, label, hint });
}

function persons(node, people) {
  const offered = (node.options ?? []).map((option) => option.value);
  const chosen = [...(node.selected_values ?? []), node.initial_option].filter(Boolean);
  const known = people.filter((one) => offered.length === 0 || offered.includes(one.id));
  const strangers = chosen.filter((id) => !known.some((one) => one.id === id));
  return [...known, ...strangers.map((id) => ({ id, name: id }))].map((one) => ({ value: one.id, text: one.name }));
}

function textField(node, { name, label, hint, start }) {
  const input = h("input.card-input", {
    id: nextID(), type: "text", value: start, placeholder: hint, maxlength: node.max_length, disabled: node.disabled === true,
    "data-field": name, "data-start": start, "data-testid": `field-${name}`, "aria-label": label ? null : hint || name, autocomplete: "off",
  });
  return labelled(label, input);
}

function oneOf(node, { name, choices, label, hint }) {
  const start = node.initial_option ?? "";
  const listed = choices.some((one) => one.value === start);
  const select = h("select.card-select", {
    id: nextID(), "data-field": name, "data-start": start, "data-testid": `field-${name}`,
    "aria-label": label ? null : hint || name, disabled: node.disabled === true,
  },
  listed ? null : h("option", { value: "" }, hint || t("choose")),
  choices.map((one) => h("option", { value: one.value, selected: one.value === start }, one.text)));
  return labelled(label, select);
}

function several(node, { name, choices, label }) {
  const chosen = node.selected_values ?? [];
  const start = JSON.stringify(chosen);
  return h("div.card-several", { role: "group", "aria-label": label, "data-many": name, "data-testid": `field-${name}` },
    choices.map((one) => h("label.card-tick", {},
      h("input", {
        type: "checkbox", value: one.value, checked: chosen.includes(one.value), disabled: node.disabled === true,
        "data-field": name, "data-start": start, "data-testid": `tick-${name}`,
      }), h("span", {}, one.text))));
}

function labelled(label, control) {
  if (!label) return h("div.card-fill", {}, control);
  return h("div.card-fill", {}, h("label.card-label", { for: control.id }, label), control);
}

function nextID() {
  made += 1;
  return `field-${made}`;
}

/** formValues reads all fields below a node: by name, a text or, of several choices, the list of the chosen. */
export function formValues(root) {
  const values = {};
  const groups = [...root.querySelectorAll("[data-many]"), ...(root.matches("[data-many]") ? [root] : [])];
  for (const group of groups) {
    values[group.dataset.many] = [...group.querySelectorAll("input:checked")].map((box) => box.value);
  }
  for (const field of root.querySelectorAll("[data-field]:not([type=checkbox])")) values[field.dataset.field] = field.value;
  return values;
}
