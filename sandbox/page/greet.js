// The three first steps: what was tried on this page, and whether it has had its effect.

import { read, subscribe, write } from "./state.js";

const STORED = "sandbox.greet";

/**
 * @typedef {Object} Attempt
 * @property {"reply"|"reaction"} kind
 * @property {string} what the text or the emoji
 * @property {string} target the message it is about
 * @property {string} role of the person who tried
 * @property {string} chat
 */

/** Attempts whose effect has not been seen yet, with the messages that were there before. */
let open = [];

/** startGreeting restores what is remembered and watches for effects. */
export function startGreeting() {
  write({ greet: remembered() });
  subscribe(watch);
}

function remembered() {
  try {
    const { done, closed } = JSON.parse(localStorage.getItem(STORED));
    return { done: Array.isArray(done) ? done : [], closed: closed === true };
  } catch {
    return { done: [], closed: false };
  }
}

/** note remembers an attempt until its effect is seen. @param {Attempt} attempt */
export function note(attempt) {
  open.push({ ...attempt, before: new Set(read().messages.map((message) => message.id)) });
  open = open.slice(-20);
}

/** closeGreeting hides or shows the greeting, and remembers it. */
export function closeGreeting(closed) {
  remember({ ...read().greet, closed });
}

function watch(state) {
  for (const attempt of open) {
    const step = attempt.chat === state.chat ? stepDone(attempt, state.messages) : 0;
    if (step === 0) continue;
    open = open.filter((other) => other !== attempt);
    if (!state.greet.done.includes(step)) remember({ ...state.greet, done: [...state.greet.done, step] });
    return;
  }
}

/** stepDone tells which step (1, 2, 3) an attempt has fulfilled, or 0. */
function stepDone(attempt, messages) {
  const target = messages.find((message) => message.id === attempt.target);
  if (target === undefined || target.sender?.kind === "user") return 0;
  const command = attempt.kind === "reply" && /(^|\s)[/／](recall|撤回)|撤回/i.test(attempt.what);
  const boss = attempt.role === "owner" || attempt.role === "manager";
  if (command && boss && target.deleted) return 1;
  if (command && !boss && !target.deleted && refused(attempt, messages)) return 2;
  if (attempt.kind === "reaction" && boss && target.deleted) return 3;
  return 0;
}

/** refused says whether the bot has answered only this person since the attempt. */
function refused(attempt, messages) {
  return messages.some((message) => message.ephemeral && !attempt.before.has(message.id));
}

function remember(greet) {
  localStorage.setItem(STORED, JSON.stringify(greet));
  write({ greet });
}
