import { h } from "../dom.js";
import { icon } from "../icons.js";
import { read } from "../state.js";

const hues = [217, 262, 330, 12, 32, 160, 190, 285];

/**
 * avatar draws a person's initials, or a robot for an app, on a colour that is theirs among the first eight.
 * @param {{id: string, name: string, kind?: "user"|"bot"|"me_bot"}} who
 * @param {number} [size] in CSS pixels
 */
export function avatar({ id, name, kind = "user" }, size = 36) {
  const node = h("span.avatar", { "aria-hidden": "true", "data-kind": kind }, kind === "user" ? initials(name) : icon("robot", Math.round(size * 0.62)));
  node.style.setProperty("--size", `${size}px`);
  node.style.setProperty("--hue", hueOf(id));
  return node;
}

/** initials are the last two characters of a Chinese name, or the first letters of two words. */
function initials(name) {
  const chinese = name.match(/\p{Script=Han}+/u);
  if (chinese !== null) return chinese[0].slice(-2);
  return name.split(/\s+/).slice(0, 2).map((word) => word.charAt(0).toUpperCase()).join("");
}

function hueOf(id) {
  const place = read().world.users.findIndex((user) => user.id === id);
  return hues[Math.max(place, 0) % hues.length];
}
