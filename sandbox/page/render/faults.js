import { turn } from "../actions.js";
import { faultsDialog } from "../dialogs/faults.js";
import { fill, h } from "../dom.js";
import { list, t } from "../i18n.js";

/** mountFaults says on top of the page which faults are on, with a button that ends them. */
export function mountFaults(root) {
  let drawn = "";
  return ({ world }) => {
    const on = world.switches.filter((one) => one.on).map(({ name }) => t(`fault_${name}`));
    if (world.other_faults > 0) on.push(t("otherFaults", { n: world.other_faults }));
    const version = JSON.stringify([on, t("title")]);
    if (version === drawn) return;
    drawn = version;
    root.hidden = on.length === 0;
    fill(root, root.hidden ? null : [
      h("button.faults-on", { type: "button", "data-testid": "faults-on", onclick: faultsDialog }, t("faultsOn", { names: list(on) })),
      h("button.button", { type: "button", "data-testid": "faults-end", onclick: () => turn("", false) }, t("allOff")),
    ]);
  };
}
