import { showTab, togglePanel } from "../actions.js";
import { h, reconcile, redraw, roving } from "../dom.js";
import { currentLang, t } from "../i18n.js";
import { icon } from "../icons.js";
import { copyButton } from "./copy.js";
import { mountWire } from "./wire.js";

/** mountPanel draws the side panel: the wire log and, where there are any, lines for a shell. */
export function mountPanel(root) {
  const tabs = h("div.panel-list", { role: "tablist" });
  const close = h("button.icon-button.small.panel-close", { type: "button", "data-testid": "panel-close", onclick: togglePanel }, icon("close", 16));
  const wire = h("div.panel-body", { role: "tabpanel", id: "panel-wire" });
  const lines = h("div.panel-body.shell-lines", { role: "tabpanel", id: "panel-shell", "data-testid": "shell-lines", tabindex: "0" });
  root.append(h("div.panel-tabs", {}, tabs, close), wire, lines);
  const refresh = roving(tabs);
  const drawWire = mountWire(wire);

  return (state) => {
    const commands = state.world.commands;
    const tab = commands.length === 0 ? "wire" : state.tab;
    wire.hidden = tab !== "wire";
    lines.hidden = tab !== "shell";
    root.setAttribute("aria-label", t(tab));
    tabs.setAttribute("aria-label", t("panel"));
    close.title = t("panelHide");
    close.setAttribute("aria-label", t("panelHide"));
    drawTabs(tabs, tab, commands.length > 0);
    refresh();
    reconcile(lines, [lead(), ...commands.map(line)]);
    drawWire(state);
  };
}

function drawTabs(tabs, tab, both) {
  const one = (name) => h("button.panel-tab", {
    type: "button", role: "tab", "aria-selected": String(tab === name), "aria-controls": `panel-${name}`, "data-testid": `tab-${name}`, onclick: () => showTab(name),
  }, t(name));
  redraw(tabs, [tab, both, t("title")], () => [one("wire"), both ? one("shell") : null]);
}

function lead() {
  return { key: "lead", version: t("shellLead"), build: () => h("p.shell-lead", {}, t("shellLead")) };
}

function line(command, place) {
  const title = command[currentLang()];
  return {
    key: String(place), version: JSON.stringify([command, t("title")]),
    build: () => h("section.dump", {},
      h("div.dump-head", {}, h("h2", {}, title), copyButton(command.text)),
      h("pre", { "data-testid": "shell-line" }, command.text)),
  };
}
