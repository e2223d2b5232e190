import { letBotPost } from "../build.js";
import { h } from "../dom.js";
import { t } from "../i18n.js";
import { read } from "../state.js";
import { chatOf, nameOf } from "../world.js";
import { choices, chosen, labelled, openDialog } from "./dialog.js";

/** botDialog lets a bot of the open chat post anything, as text or as a card. */
export function botDialog() {
  const state = read();
  const chat = chatOf(state);
  const bots = [...chat.bots].sort((a) => (a === state.world.bot.app_id ? -1 : 1));
  const app = h("select", { "data-testid": "bot-app" }, bots.map((id) => h("option", { value: id }, nameOf(state, id))));
  const kind = choices(t("postKind"), "type", [{ value: "text", text: t("asText") }, { value: "interactive", text: t("asCard") }], "text");
  const text = h("textarea.text-field", { rows: 5, autofocus: true, required: true, spellcheck: "false", "data-testid": "bot-text" });
  const count = h("input.text-field.number", { type: "number", min: 1, max: 500, value: 1, "data-testid": "bot-count" });
  openDialog({
    name: "bot", title: t("botSays"), action: t("post"),
    content: [labelled(t("bot"), app), kind, labelled(t("postText"), text, t("cardHint")), labelled(t("times"), count)],
    submit: () => letBotPost({ app: app.value, chat: chat.id, type: chosen(kind), text: text.value, count: Number(count.value) }),
  });
}
