import { become, setBotManager, setScope, showList, toggleDetails, togglePanel } from "../actions.js";
import { membersDialog } from "../dialogs/group.js";
import { newcomerDialog } from "../dialogs/newcomer.js";
import { h, popover, redraw } from "../dom.js";
import { list, t } from "../i18n.js";
import { icon } from "../icons.js";
import { botRank, chatOf, hears, nameOf, roleOf, userOf } from "../world.js";
import { avatar } from "./avatar.js";

/** mountHeader draws the open chat's name, its roles, the two switches and who is looking. */
export function mountHeader(root) {
  return (state) => {
    const chat = chatOf(state);
    const { last, ...rest } = chat ?? {};
    root.dataset.details = String(state.details);
    redraw(root, [rest, state.me, state.panel, state.details, state.world.users, state.world.scopes, t("title")], () => [
      h("div.header-top", {}, backButton(), title(chat), whoAmI(state, chat), detailsButton(state, chat), panelButton(state)),
      chat === null ? null : facts(state, chat),
    ]);
  };
}

function title(chat) {
  if (chat === null) return h("h1", {}, t("pickChat"));
  return h("h1", { tabindex: "-1", "data-testid": "chat-title" },
    h("span.header-name", {}, chat.name),
    h("span.badge", {}, t(chat.mode)),
    chat.external ? h("span.badge.warn", {}, t("external")) : null,
    chat.disbanded ? h("span.badge.warn", {}, t("disbanded")) : null);
}

function facts(state, chat) {
  if (chat.mode === "p2p") return null;
  const managers = [...chat.managers, ...chat.bot_managers].map((id) => nameOf(state, id));
  const owner = chat.owner_name || (chat.owner ? nameOf(state, chat.owner) : "");
  return h("div.header-facts", {},
    h("div.facts", {},
      owner ? h("span", {}, t("ownerIs", { name: owner })) : null,
      managers.length > 0 ? h("span", {}, t("managersAre", { names: list(managers) })) : null,
      chat.disbanded ? h("span", {}, t("people", { n: chat.members.length })) : h("button.edit-members", { type: "button", "data-testid": "members", onclick: () => membersDialog(chat) }, t("editMembers", { n: chat.members.length }))),
    h("div.switches", {},
      toggle({ label: t("promote"), hint: t("promoteHint"), on: botRank(state, chat) === "botManager", testid: "bot-manager", flip: setBotManager }),
      toggle({ label: t("scope"), hint: t("scopeHint"), on: hears(state), testid: "scope", flip: (on) => setScope("im:message.group_msg", on) })));
}

function toggle({ label, hint, on, testid, flip }) {
  return h("button.switch", { type: "button", role: "switch", "aria-checked": String(on), title: hint, "data-testid": testid, onclick: () => flip(!on) },
    h("span.track", { "aria-hidden": "true" }), h("span", {}, label));
}

/** backButton leads to the list of chats where that is a screen of its own. */
function backButton() {
  return h("button.icon-button.back", { type: "button", "aria-label": t("back"), title: t("back"), "data-testid": "back", onclick: showList }, icon("back", 20));
}

/** detailsButton shows what stands below the name elsewhere. */
function detailsButton(state, chat) {
  if (chat === null || chat.mode === "p2p") return null;
  return h("button.icon-button.details", {
    type: "button", "aria-label": t("details"), title: t("details"), "aria-expanded": String(state.details), "data-testid": "details", onclick: toggleDetails,
  }, icon("info"));
}

function panelButton(state) {
  const label = state.panel ? t("panelHide") : t("panelShow");
  return h("button.icon-button", { type: "button", "aria-label": label, title: label, "aria-pressed": String(state.panel), "data-testid": "panel", onclick: togglePanel }, icon("panel"));
}

function whoAmI(state, chat) {
  const me = userOf(state, state.me);
  if (me === null) return null;
  const button = h("button.who", {
    type: "button", "data-testid": "who-am-i", "data-user-id": me.id, "aria-haspopup": "menu", "aria-expanded": "false", title: t("switchPerson"),
    onclick: () => {
      const close = popover(button, people(state, chat, (then) => {
        close();
        button.focus();
        then();
      }), { align: "end" });
    },
  },
  avatar(me, 28),
  h("span.who-lines", {}, h("span.who-label", {}, t("iAm")), h("span.who-name", {}, me.name)),
  chat === null ? null : roleBadge(roleOf(chat, me.id)), icon("chevron", 16));
  return button;
}

function people(state, chat, choose) {
  return h("div.menu", { role: "menu", "aria-label": t("switchPerson") }, state.world.users.map((user) => h("button.menu-item", {
    type: "button", role: "menuitemradio", "aria-checked": String(user.id === state.me), "data-testid": "person", "data-user-id": user.id, onclick: () => choose(() => become(user.id)),
  }, avatar(user, 28), h("span.menu-name", {}, user.name), chat === null ? null : roleBadge(roleOf(chat, user.id)), user.id === state.me ? icon("check", 16) : null)),
  h("button.menu-item", { type: "button", role: "menuitem", "data-testid": "person-new", onclick: () => choose(newcomerDialog) }, icon("plus", 18), h("span.menu-name", {}, t("newPerson"))));
}

function roleBadge(role) {
  return h("span.badge.role", { "data-role": role }, t(role));
}
