// Questions to the world, answered without side effects.

/** chatOf finds the open chat, or null. */
export function chatOf(state) {
  return state.world?.chats.find((chat) => chat.id === state.chat) ?? null;
}

/** chatsFor lists what a person sees: every group, and only the direct chats that are theirs. */
export function chatsFor(world, me) {
  return world.chats.filter((chat) => chat.mode !== "p2p" || chat.members.includes(me));
}

/** userOf finds a person by open_id, or null. */
export function userOf(state, id) {
  return state.world?.users.find((user) => user.id === id) ?? null;
}

/** nameOf gives the name of a person or an app, or the id when nobody has it. */
export function nameOf(state, id) {
  const { users, apps, bot } = state.world;
  if (id === bot.app_id || id === bot.open_id) return bot.name;
  return users.find((user) => user.id === id)?.name ?? apps.find((app) => app.app_id === id)?.name ?? id;
}

/**
 * roleOf tells a person's or an app's role in a chat.
 * @returns {"owner"|"manager"|"member"|"outsider"}
 */
export function roleOf(chat, id) {
  if (chat.owner !== "" && chat.owner === id) return "owner";
  if (chat.managers.includes(id) || chat.bot_managers.includes(id)) return "manager";
  if (chat.members.includes(id)) return "member";
  return "outsider";
}

/** botRank tells what our bot is in a chat. */
export function botRank(state, chat) {
  const { bot } = state.world;
  if (chat.owner === bot.app_id) return "botOwner";
  if (chat.bot_managers.includes(bot.app_id)) return "botManager";
  return chat.bots.includes(bot.app_id) ? "botMember" : "botAbsent";
}

/** canSpeak says whether the person who looks is in the chat and the chat still lives. */
export function canSpeak(state, chat) {
  return !chat.disbanded && roleOf(chat, state.me) !== "outsider";
}

/** hears says whether the bot receives group messages that don't mention it. */
export function hears(state) {
  return state.world.scopes.includes("im:message.group_msg");
}

/** aside says whether a message is a reply inside a topic, shown below the topic's root. */
export function aside(message) {
  return Boolean(message.thread) && Boolean(message.root) && message.root !== message.id;
}
