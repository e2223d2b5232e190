// The control API of the sandbox, one function per path.

import { currentLang, t } from "./i18n.js";

/** ApiError carries the sandbox's own words about why something was refused. */
export class ApiError extends Error {}

/** request calls the control API; read takes what is wanted of a good answer, and without it that is the JSON. */
async function request(method, path, body, read) {
  const init = { method, headers: {} };
  if (body instanceof Blob) {
    init.body = body;
  } else if (body !== undefined) {
    init.headers["Content-Type"] = "application/json";
    init.body = JSON.stringify(body);
  }
  let answer;
  try {
    answer = await fetch(`sandbox/v1/${path}`, init);
  } catch (cause) {
    throw new ApiError(t("noAnswer"), { cause });
  }
  if (answer.ok && read !== undefined) return read(answer);
  const text = await answer.text();
  const data = parse(text);
  if (!answer.ok) throw new ApiError((currentLang() === "zh" && data?.error_zh) || data?.error || text.trim() || `HTTP ${answer.status}`);
  return data ?? {};
}

function parse(text) {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}

const get = (path) => request("GET", path);
const post = (path, body) => request("POST", path, body);
const query = (values) => new URLSearchParams(values).toString();

export const api = {
  state: (as, lang) => get(`state?${query({ as, lang })}`),
  messages: (chat, as, span) => get(`chats/${encodeURIComponent(chat)}/messages?${query({ as, ...span })}`),
  /** say: {as, chat, text, reply_to, in_thread} */
  say: (body) => post("say", body),
  /** post: {app, chat, text, type, content, count} */
  post: (body) => post("post", body),
  /** react: {as, message, emoji, remove} */
  react: (body) => post("react", body),
  recall: (as, message) => post("recall", { as, message }),
  /** press: {as, message, value, tag, name, form, input, option, options} */
  press: (body) => post("press", body),
  pin: (as, message, on) => post("pin", { as, message, on }),
  wild: (chat, how) => post("wild", { chat, how }),
  flood: (chat, count) => post("flood", { chat, count }),
  manager: (chat, user, on) => post("manager", { chat, user, on }),
  scope: (scope, on) => post("scope", { scope, on }),
  language: (language) => post("language", { language }),
  emoji: () => get("emoji"),
  age: (message, by) => post("age", { message, by }),
  /** turn switches a fault; without a name all go off. */
  turn: (name, on) => post("switch", { name, on }),
  once: (order) => post(order, {}),
  person: (name) => post("person", { name }),
  app: (name) => post("app", { name }),
  /** chat: {name, mode, owner, members} */
  chat: (body) => post("chat", body),
  member: (chat, user, on) => post("member", { chat, user, on }),
  owner: (chat, user) => post("owner", { chat, user }),
  saveCase: () => request("GET", "case", undefined, (answer) => answer.blob()),
  /** loadCase takes a file. */
  loadCase: (file) => request("PUT", "case", file),
};
