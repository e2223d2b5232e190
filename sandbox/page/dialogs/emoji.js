import { react } from "../actions.js";
import { api } from "../api.js";
import { fill, h } from "../dom.js";
import { t } from "../i18n.js";
import { reactionFace } from "../icons.js";
import { toast } from "../render/toast.js";
import { openDialog } from "./dialog.js";

/** emojiDialog offers every emoji that the platform documents. */
export async function emojiDialog(message) {
  let items = [];
  try {
    ({ items } = await api.emoji());
  } catch (error) {
    toast(t("failed", { error: error.message }), "error");
    return;
  }
  const filter = h("input.text-field", { type: "search", autofocus: true, autocomplete: "off", "aria-label": t("filter"), placeholder: t("filter"), "data-testid": "emoji-filter", oninput: draw });
  const grid = h("div.emoji-grid");
  const none = h("p.window-lead", { role: "status" });
  function draw() {
    const words = filter.value.trim().toLowerCase();
    const found = items.filter((key) => key.toLowerCase().includes(words));
    fill(grid, found.map((key) => h("button.emoji", { type: "button", "aria-label": t("reactAs", { emoji: key }), "data-testid": `emoji-${key}`, onclick: () => choose(key) }, reactionFace(key, 18), h("span", {}, key))));
    fill(none, found.length === 0 ? t("noEmoji") : null);
  }
  function choose(key) {
    close();
    react(message, key);
  }
  draw();
  const close = openDialog({ name: "emoji", title: t("react"), lead: t("emojiLead"), content: [filter, grid, none] });
}
