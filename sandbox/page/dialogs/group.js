import { addGroup, changeMembers } from "../build.js";
import { h } from "../dom.js";
import { t } from "../i18n.js";
import { read } from "../state.js";
import { roleOf } from "../world.js";
import { avatar } from "../render/avatar.js";
import { choices, chosen, labelled, openDialog } from "./dialog.js";

const roles = ["absent", "member", "manager", "owner"];

/** groupDialog makes a group with a name, a kind and members. */
export function groupDialog() {
  const state = read();
  const name = h("input.text-field", { autofocus: true, required: true, maxlength: 60, autocomplete: "off", "data-testid": "group-name" });
  const kind = choices(t("groupKind"), "mode", ["group", "topic"].map((value) => ({ value, text: t(value) })), "group");
  const members = memberList(state, (id) => ({ [state.me]: "owner", [state.world.bot.app_id]: "member" })[id] ?? "absent");
  openDialog({
    name: "group", title: t("newGroup"), action: t("create"),
    content: [labelled(t("name"), name), kind, members.node],
    submit: () => addGroup({ name: name.value.trim(), mode: chosen(kind), roles: members.roles() }),
  });
}

/** membersDialog puts people and bots into a group, takes them out, and gives them their roles. */
export function membersDialog(chat) {
  const before = (id) => (chat.bots.includes(id) && roleOf(chat, id) === "outsider" ? "member" : roleOf(chat, id).replace("outsider", "absent"));
  const members = memberList(read(), before);
  openDialog({
    name: "members", title: t("membersOf", { chat: chat.name }), lead: t("membersLead"), action: t("save"),
    content: [members.node],
    submit: () => changeMembers(chat, before, members.roles()),
  });
}

/** memberList shows everybody with their role in a group. There is at most one owner. */
function memberList({ world }, roleNow) {
  const everybody = [
    ...world.users.map(({ id, name }) => ({ id, name, kind: "user" })),
    { id: world.bot.app_id, name: world.bot.name, kind: "me_bot" },
    ...world.apps.map(({ app_id: id, name }) => ({ id, name, kind: "bot" })),
  ];
  const selects = new Map(everybody.map(({ id, name }) => [id, roleSelect(id, name, roleNow(id))]));
  const node = h("ul.member-list", { "aria-label": t("members") }, everybody.map((one) => h("li", {},
    avatar(one, 28), h("span.member-name", {}, one.name), selects.get(one.id))));
  node.addEventListener("change", ({ target }) => {
    if (target.value !== "owner") return;
    for (const other of selects.values()) if (other !== target && other.value === "owner") other.value = "member";
  });
  return { node, roles: () => new Map([...selects].map(([id, { value }]) => [id, value])) };
}

function roleSelect(id, name, role) {
  return h("select", { "aria-label": t("roleOf", { name }), "data-testid": "role", "data-id": id }, roles.map((value) => h("option", { value, selected: value === role }, t(value))));
}
