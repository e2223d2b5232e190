// The wire log: what went between Feishu and the bot, newest last, with a cap.

const CAP = 500;

let entries = [];
let held = [];
let paused = false;
let clearedAt = 0;
const known = new Set();
const listeners = new Set();
let scheduled = false;

/** entriesShown gives the entries that the log shows, oldest first. */
export function entriesShown() {
  return entries;
}

/** heldBack counts the entries that wait while the log is paused. */
export function heldBack() {
  return held.length;
}

/** isPaused says whether new entries wait. */
export function isPaused() {
  return paused;
}

/** onWire calls listener after every change of the log. */
export function onWire(listener) {
  listeners.add(listener);
}

/** add takes an entry once: after a reconnect the sandbox tells the last ones again. */
export function add(entry) {
  const key = keyOf(entry);
  if (known.has(key) || moment(entry) <= clearedAt) return;
  known.add(key);
  (paused ? held : entries).push(entry);
  trim();
  changed();
}

/** pause holds new entries back, or lets the held ones in. */
export function pause(on) {
  paused = on;
  if (!on) {
    entries.push(...held);
    held = [];
    trim();
  }
  changed();
}

/** clear empties the log. */
export function clear() {
  clearedAt = [...entries, ...held].reduce((latest, entry) => Math.max(latest, moment(entry)), clearedAt);
  entries = [];
  held = [];
  known.clear();
  changed();
}

/** keyOf names an entry; the number alone starts again when the sandbox does. */
export function keyOf(entry) {
  return `${entry.seq}@${entry.at}`;
}

/** moment is the entry's time in ms. */
export function moment(entry) {
  return typeof entry.at === "number" ? entry.at : Date.parse(entry.at);
}

function trim() {
  for (const gone of entries.splice(0, Math.max(0, entries.length - CAP))) known.delete(keyOf(gone));
  for (const gone of held.splice(0, Math.max(0, held.length - CAP))) known.delete(keyOf(gone));
}

function changed() {
  if (scheduled) return;
  scheduled = true;
  setTimeout(() => {
    scheduled = false;
    for (const listener of listeners) listener();
  }, 50);
}
