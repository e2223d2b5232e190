// What builds a case: people, bots, groups, posts, faults and files. Each throws what the sandbox says against it.

import { openChat, refresh } from "./actions.js";
import { api } from "./api.js";
import { t } from "./i18n.js";
import { read, write } from "./state.js";

const LARGEST = 16 * 1024 * 1024; // a case, as the sandbox takes it

/** addPerson adds a person, who gets a chat with our bot, and joins a group if one is given. */
export async function addPerson(name, group) {
  if (name === "") throw new Error(t("noName"));
  const { open_id: id } = await api.person(name);
  await api.chat({ mode: "p2p", owner: id, members: [read().world.bot.app_id] });
  if (group !== "") await api.member(group, id, true);
  await refresh();
}

/** addBot adds a bot, to a group if one is given. */
export async function addBot(name, group) {
  if (name === "") throw new Error(t("noName"));
  const { app_id: id } = await api.app(name);
  if (group !== "") await api.member(group, id, true);
  await refresh();
}

/** addGroup makes a group and opens it. @param {{name: string, mode: string, roles: Map<string, string>}} group */
export async function addGroup({ name, mode, roles }) {
  if (name === "") throw new Error(t("noName"));
  const having = (role) => [...roles].filter(([, has]) => has === role).map(([id]) => id);
  const [owner] = having("owner");
  if (owner === undefined) throw new Error(t("noOwner"));
  const { id } = await api.chat({ name, mode, owner, members: [...having("member"), ...having("manager")] });
  for (const one of having("manager")) await api.manager(id, one, true);
  await refresh();
  await openChat(id);
}

/**
 * changeMembers gives the members of a group other roles. Who leaves goes last: there is always an owner.
 * @param {function(string): string} before the role that somebody has now
 * @param {Map<string, string>} roles the roles to have
 */
export async function changeMembers(chat, before, roles) {
  if (![...roles.values()].includes("owner")) throw new Error(t("noOwner"));
  const changed = [...roles].filter(([id, role]) => before(id) !== role);
  for (const [id, role] of changed) {
    if (before(id) === "absent") await api.member(chat.id, id, true);
    if (role === "owner") await api.owner(chat.id, id);
  }
  for (const [id, role] of changed) {
    if (role === "manager" || before(id) === "manager") await api.manager(chat.id, id, role === "manager");
    if (role === "absent") await api.member(chat.id, id, false);
  }
  await refresh();
}

/** letBotPost lets a bot post a text, or a card: from lines of text, or from the JSON of one. */
export async function letBotPost({ app, chat, type, text, count }) {
  if (text.trim() === "") throw new Error(t("noText"));
  if (!Number.isInteger(count) || count < 1 || count > 500) throw new Error(t("badCount"));
  const json = type === "interactive" && text.trim().startsWith("{");
  if (json) checkJSON(text);
  await api.post({ app, chat, type, text: json ? "" : text, content: json ? text : "", count });
  await refresh();
}

function checkJSON(text) {
  try {
    JSON.parse(text);
  } catch (cause) {
    throw new Error(t("badCard"), { cause });
  }
}

/** turnFault switches a fault; without a name all go off. */
export async function turnFault(name, on) {
  await api.turn(name, on);
  await refresh();
}

/** once lets something happen once. @param {"drop_websockets"|"revoke_tokens"} order */
export async function once(order) {
  await api.once(order);
}

/** savedCase gives the case as a file. */
export function savedCase() {
  return api.saveCase();
}

/** loadCase replaces everything by the case in a file. */
export async function loadCase(file) {
  if (file.size > LARGEST) throw new Error(t("fileTooLarge"));
  await api.loadCase(file);
  write({ replyTo: null, flooded: "" });
  await refresh();
}
