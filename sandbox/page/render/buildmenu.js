import { loadDialog, saveCase } from "../dialogs/case.js";
import { faultsDialog } from "../dialogs/faults.js";
import { groupDialog } from "../dialogs/group.js";
import { newcomerDialog } from "../dialogs/newcomer.js";
import { h, popover } from "../dom.js";
import { t } from "../i18n.js";
import { icon } from "../icons.js";

const entries = [["newGroup", "group", groupDialog], ["newcomer", "person", newcomerDialog], ["faults", "bolt", faultsDialog], ["saveCase", "save", saveCase], ["loadCase", "open", loadDialog]];

/** buildButton opens the menu with which a case is built. */
export function buildButton() {
  const button = h("button.icon-button.small.build", {
    type: "button", "aria-haspopup": "menu", "aria-expanded": "false", "aria-label": t("build"), title: t("build"), "data-testid": "build",
    onclick: () => {
      const close = popover(button, h("div.menu", { role: "menu", "aria-label": t("build") }, entries.map(([name, picture, open]) => h("button.menu-item", {
        type: "button", role: "menuitem", "data-testid": `build-${name}`, onclick: () => {
          close();
          button.focus();
          open();
        },
      }, icon(picture, 18), h("span.menu-name", {}, t(name))))), { align: "end" });
    },
  }, icon("plus", 18));
  return button;
}
