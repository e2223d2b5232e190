import { once, turnFault } from "../build.js";
import { fill, h, reconcile } from "../dom.js";
import { t } from "../i18n.js";
import { read, subscribe } from "../state.js";
import { toast } from "../render/toast.js";
import { openDialog } from "./dialog.js";

/** faultsDialog switches what goes wrong on the platform. */
export function faultsDialog() {
  const fault = h("p.window-fault", { role: "alert" });
  const off = h("button.button", { type: "button", "data-testid": "faults-off", onclick: () => attempt(() => turnFault("", false)) }, t("allOff"));
  const others = h("p.window-lead", { role: "status" });
  const list = h("ul.fault-list");
  const attempt = async (act) => {
    fill(fault);
    try {
      await act();
    } catch (error) {
      fill(fault, error.message);
    }
  };
  const flip = (name, on) => attempt(() => turnFault(name, on));
  const draw = ({ world }) => {
    reconcile(list, world.switches.map(({ name, on }) => ({ key: name, version: String(on), build: () => row(name, on, flip) })));
    off.disabled = !world.switches.some(({ on }) => on) && world.other_faults === 0;
    fill(others, world.other_faults > 0 ? t("otherFaults", { n: world.other_faults }) : null);
  };
  draw(read());
  const stop = subscribe(draw);
  openDialog({
    name: "faults", title: t("faults"), lead: t("faultsLead"), onclose: stop,
    content: [off, list, others,
      h("h3", {}, t("onceTitle")),
      h("div.once-buttons", {}, ["drop_websockets", "revoke_tokens"].map((order) => h("button.button", {
        type: "button", "data-testid": `once-${order}`, onclick: () => attempt(async () => {
          await once(order);
          toast(t("onceDone", { what: t(order) }), "success");
        }),
      }, t(order)))),
      fault],
  });
}

function row(name, on, flip) {
  return h("li", {}, h("button.fault-switch", { type: "button", role: "switch", "aria-checked": String(on), "data-testid": `fault-${name}`, onclick: () => flip(name, !on) },
    h("span.fault-text", {}, h("strong", {}, t(`fault_${name}`)), h("span", {}, t(`fault_${name}_hint`))),
    h("span.fault-state", { "aria-hidden": "true" }, t(on ? "on" : "off")),
    h("span.track", { "aria-hidden": "true" })));
}
