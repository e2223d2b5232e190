// What the page knows, in one place. Renderers subscribe; actions.js is the only writer.

const ME = "sandbox.me";

const state = {
  /** The world as the control API tells it, or null before the first answer. */
  world: null,
  /** Who is looking: a person's open_id. */
  me: localStorage.getItem(ME) ?? "",
  /** The open chat's id. */
  chat: "",
  /** The open chat's messages, oldest first. */
  messages: [],
  /** Messages that those reply to and that are not among them. */
  quoted: [],
  /** Whether there are older messages than those, which begin with oldest. */
  more: false,
  oldest: "",
  /** What to read of the open chat besides the newest messages: back to this one, and so many before it. */
  through: "",
  older: 0,
  /** Whether the open chat's messages are still to come. */
  loading: true,
  /** Message that the composer replies to, or null. */
  replyTo: null,
  /** The chat where a bot has just gone wild, or "". */
  flooded: "",
  /** Chat id -> time (ms) of the newest message that was looked at. */
  seen: {},
  /** Whether the change stream is up. */
  online: true,
  /** What the panel shows: "wire", the log, or "shell", lines to try. */
  tab: "wire",
  /** Whether the panel is shown. */
  panel: window.innerWidth > 1180,
  /** Which of the two screens a phone shows: "chat", the conversation, or "list", the chats. */
  screen: "chat",
  /** Whether the group's details are shown where they are not always. */
  details: false,
  /** Which of the three first steps are done, and whether the greeting is closed. */
  greet: { done: [], closed: false },
};

/** narrow matches where list, conversation and panel are a screen each, as in css/layout.css. */
export const narrow = window.matchMedia("(max-width: 719px)");

const listeners = new Set();
let scheduled = false;

/** read gives the state; don't write to it. */
export function read() {
  return state;
}

/** write merges a change and tells the subscribers once, after the current turn. */
export function write(change) {
  Object.assign(state, change);
  if ("me" in change) localStorage.setItem(ME, state.me);
  if (scheduled) return;
  scheduled = true;
  queueMicrotask(() => {
    scheduled = false;
    for (const listener of listeners) listener(state);
  });
}

/** keep merges a change that nothing shows. */
export function keep(change) {
  Object.assign(state, change);
}

/** subscribe calls listener after every change, until the function that it gives is called. */
export function subscribe(listener) {
  listeners.add(listener);
  return () => listeners.delete(listener);
}
