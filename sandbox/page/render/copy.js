import { h } from "../dom.js";
import { t } from "../i18n.js";
import { icon } from "../icons.js";
import { toast } from "./toast.js";

/** copyButton puts a text on the clipboard. */
export function copyButton(text) {
  return h("button.icon-button.small", { type: "button", "aria-label": t("copy"), title: t("copy"), "data-testid": "copy", onclick: () => copy(text) }, icon("copy", 14));
}

async function copy(text) {
  try {
    await navigator.clipboard.writeText(text);
    toast(t("copied"), "success");
  } catch {
    toast(t("copyFailed"), "error"); // not allowed, or not there: without https there is no clipboard but on localhost
  }
}
