// Everything a person can do on the page. Each action asks the control API and then reads the world again.

import { api } from "./api.js";
import { note } from "./greet.js";
import { currentLang, setLang, t } from "./i18n.js";
import { toast } from "./render/toast.js";
import { showScreen } from "./screens.js";
import { keep, read, write } from "./state.js";
import { chatOf, chatsFor, roleOf } from "./world.js";

// How many of the newest messages of a chat are read, and how many older ones at a time.
const NEWEST = 200;
const OLDER = 150;

let reading = null;
let readAgain = false;

/** refresh reads the world and the open chat; calls made meanwhile share one further read. */
export function refresh() {
  if (reading !== null) {
    readAgain = true;
    return reading;
  }
  reading = readAll().finally(() => {
    reading = null;
  });
  return reading;
}

async function readAll() {
  try {
    do {
      readAgain = false;
      await readOnce();
    } while (readAgain);
  } catch (error) {
    if (read().online) complain(error);
  }
}

async function readOnce() {
  const asked = { me: read().me, chat: read().chat };
  const world = await api.state(asked.me);
  if (world.language !== "") setLang(world.language === "en" ? "en" : "zh"); // page and bot speak the same
  const known = (id) => world.users.some((user) => user.id === id);
  const me = known(asked.me) ? asked.me : world.me;
  const mine = chatsFor(world, me);
  const chat = mine.some((one) => one.id === asked.chat) ? asked.chat : (mine[0]?.id ?? "");
  const { through, older } = chat === asked.chat ? read() : { through: "", older: 0 };
  const { items, quoted, more, oldest } = chat === "" ? nothing : await api.messages(chat, me, { last: NEWEST, through, older });
  if (read().me !== asked.me || read().chat !== asked.chat) {
    readAgain = true; // someone else is looking by now, or at another chat
    return;
  }
  const seen = { ...seenFirst(world.chats, read().seen), [chat]: items.at(-1)?.at ?? 0 };
  write({ world, me, chat, messages: items, quoted, more, oldest, loading: false, seen });
}

const nothing = { items: [], quoted: [], more: false, oldest: "" };

/** readBackTo makes later reads go back to a message; "" reads the newest only. */
export function readBackTo(id) {
  keep({ through: id, older: 0 });
}

/** readOlder reads some more of the open chat: before its oldest message, or back to a message of before. */
export async function readOlder(id = read().oldest) {
  const { chat } = read();
  keep({ through: id, older: OLDER });
  await refresh();
  if (read().chat === chat) readBackTo(read().oldest);
}

function seenFirst(chats, seen) {
  const all = { ...seen };
  for (const chat of chats) all[chat.id] ??= chat.last?.at ?? 0;
  return all;
}

const unread = { messages: [], quoted: [], more: false, oldest: "", through: "", older: 0, loading: true };

/** openChat shows another chat. */
export async function openChat(id) {
  showScreen("chat");
  if (id === read().chat) return;
  write({ chat: id, ...unread, replyTo: null });
  await refresh();
}

/** showList goes back to the list of chats, on a phone. */
export function showList() {
  showScreen("list");
}

/** become looks at the world as another person. */
export async function become(id) {
  if (id === read().me) return;
  write({ me: id, replyTo: null });
  await refresh();
}

/** switchLang flips between Chinese and English, for the bot too where the sandbox runs it. */
export async function switchLang() {
  const next = currentLang() === "zh" ? "en" : "zh";
  if (read().world.language === "") setLang(next);
  else await attempt(() => api.language(next === "zh" ? "zh-CN" : "en"));
  write({});
}

/** reply fills the composer's reply bar. */
export function reply(message) {
  write({ replyTo: message });
}

/** showTab chooses what the panel shows: "wire" or "shell". */
export function showTab(tab) {
  write({ tab });
}

/** toggleDetails shows or hides the group's details where there is little room. */
export function toggleDetails() {
  write({ details: !read().details });
}

/** togglePanel shows or hides the panel. */
export function togglePanel() {
  write({ panel: !read().panel });
}

/**
 * say sends what the person wrote.
 * @returns {Promise<boolean>} whether it was sent
 */
export function say(text, { replyTo = null, inTopic = false } = {}) {
  const { chat, me } = read();
  if (replyTo !== null) noteAttempt("reply", text, replyTo.id);
  return attempt(() => api.say({ as: me, chat, text, reply_to: replyTo?.id ?? "", in_thread: inTopic }));
}

/** react adds or removes the person's reaction. */
export function react(message, emoji, remove = false) {
  if (!remove) noteAttempt("reaction", emoji, message.id);
  return attempt(() => api.react({ as: read().me, message: message.id, emoji, remove }));
}

/** age moves the time of a message back, by a length like "25h". */
export function age(message, by) {
  return attempt(() => api.age(message.id, by));
}

/** turn switches a fault of the platform; without a name all go off. */
export function turn(name, on) {
  return attempt(() => api.turn(name, on));
}

/** recall takes back the person's own message, as the client's menu does. */
export function recall(message) {
  return attempt(() => api.recall(read().me, message.id));
}

/** press sends a card button's value, with the fields of its form if it has one, and shows the bot's toast. */
export function press(message, value, rest = {}) {
  return attempt(async () => showToast(await api.press({ as: read().me, message: message.id, value, ...rest })));
}

/** pin puts a message among the chat's pins, or takes it off. */
export function pin(message, on) {
  return attempt(() => api.pin(read().me, message.id, on));
}

/** flood lets another bot of the open chat post many messages, so that there is something to clean. */
export async function flood(count) {
  const { chat } = read();
  if (await attempt(() => api.flood(chat, count))) write({ flooded: chat });
}

/** wild makes the other bots of the open chat go wild. */
export function wild(how) {
  return attempt(() => api.wild(read().chat, how));
}

/** post lets a bot say something in the open chat. */
export function post(app, text, { type = "text", count = 1 } = {}) {
  return attempt(() => api.post({ app, chat: read().chat, text, type, count }));
}

/** setBotManager makes our bot an admin of the open chat, or a plain member. */
export function setBotManager(on) {
  return attempt(() => api.manager(read().chat, read().world.bot.app_id, on));
}

/** setScope grants or revokes a permission of our bot. */
export function setScope(scope, on) {
  return attempt(() => api.scope(scope, on));
}

function noteAttempt(kind, what, target) {
  const state = read();
  note({ kind, what, target, role: roleOf(chatOf(state), state.me), chat: state.chat });
}

async function attempt(act) {
  let done = true;
  try {
    await act();
  } catch (error) {
    complain(error);
    done = false;
  }
  await refresh();
  return done;
}

function complain(error) {
  toast(t("failed", { error: error.message }), "error");
}

/** showToast shows what the bot answered to a pressed button, or the code for no proper answer. */
function showToast({ code, toast: said }) {
  if (code) toast(t("pressFailed", { code }), "error");
  if (!said) return;
  const text = said.i18n?.[currentLang() === "zh" ? "zh_cn" : "en_us"] ?? said.content;
  if (text) toast(text, said.type);
}
