// The control API of the sandbox, one function per path.

import { t } from "./i18n.js";

/** ApiError carries the sandbox's own words about why something was refused. */
export class ApiError extends Error {}

async function request(method, path, body) {
  const init = { method, headers: {} };
  if (body !== undefined) {
    init.headers["Content-Type"] = "application/json";
    init.body = JSON.stringify(body);
  }
  let answer;
  try {
    answer = await fetch(`sandbox/v1/${path}`, init);
  } catch (cause) {
    throw new ApiError(t("noAnswer"), { cause });
  }
  const text = await answer.text();
  const data = parse(text);
  if (!answer.ok) throw new ApiError(data?.error ?? (text.trim() || `HTTP ${answer.status}`));
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
  messages: (chat, as) => get(`chats/${encodeURIComponent(chat)}/messages?${query({ as })}`),
  /** say: {as, chat, text, reply_to, in_thread} */
  say: (body) => post("say", body),
  /** post: {app, chat, text, type, count} */
  post: (body) => post("post", body),
  /** react: {as, message, emoji, remove} */
  react: (body) => post("react", body),
  recall: (as, message) => post("recall", { as, message }),
  /** press: {as, message, value, tag, name, form, input, option, options} */
  press: (body) => post("press", body),
  pin: (as, message, on) => post("pin", { as, message, on }),
  flood: (chat, count) => post("flood", { chat, count }),
  manager: (chat, user, on) => post("manager", { chat, user, on }),
  scope: (scope, on) => post("scope", { scope, on }),
};
