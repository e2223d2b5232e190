import { addBot, addPerson } from "../build.js";
import { h } from "../dom.js";
import { t } from "../i18n.js";
import { read } from "../state.js";
import { toast } from "../render/toast.js";
import { chatOf } from "../world.js";
import { choices, chosen, labelled, openDialog } from "./dialog.js";

/** newcomerDialog adds a person or a bot, to the open group too if wanted. */
export function newcomerDialog() {
  const state = read();
  const chat = chatOf(state);
  const group = chat !== null && chat.mode !== "p2p" && !chat.disbanded ? chat : null;
  const name = h("input.text-field", { autofocus: true, required: true, maxlength: 60, autocomplete: "off", "data-testid": "newcomer-name" });
  const kind = choices(t("newcomerKind"), "kind", [{ value: "person", text: t("person") }, { value: "bot", text: t("bot") }], "person");
  const join = h("input", { type: "checkbox", checked: true, "data-testid": "newcomer-join" });
  openDialog({
    name: "newcomer", title: t("newcomer"), lead: t("newcomerLead"), action: t("add"),
    content: [
      labelled(t("name"), name), kind,
      group === null ? null : h("label.window-tick", {}, join, t("newcomerJoin", { chat: group.name })),
    ],
    submit: async () => {
      const to = group !== null && join.checked ? group.id : "";
      await (chosen(kind) === "bot" ? addBot : addPerson)(name.value.trim(), to);
      toast(t(chosen(kind) === "bot" ? "botAdded" : "personAdded", { name: name.value.trim() }), "success");
    },
  });
}
