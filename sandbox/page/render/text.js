import { h } from "../dom.js";
import { reactionFace } from "../icons.js";

const pictures = { "❌": "CrossMark", "✅": "DONE", "🚫": "No", "👍": "THUMBSUP", "👎": "ThumbsDown", "😄": "SMILE", "⏳": "OneSecond" };
const pictured = new RegExp(`(${Object.keys(pictures).join("|")})`, "u");

/**
 * richText turns plain words into nodes: links can be followed, mentions of known names stand out, line breaks stay.
 * @param {string} text
 * @param {string[]} names
 */
export function richText(text, names) {
  const mentions = [...names].sort((a, b) => b.length - a.length).map((name) => `@${escape(name)}`);
  const marks = new RegExp([...mentions, "@所有人", "@_all", "https?:\\/\\/[^\\s<>\"'，。；）]+"].join("|"), "g");
  const nodes = [];
  let end = 0;
  for (const match of text.matchAll(marks)) {
    nodes.push(...withPictures(text.slice(end, match.index)));
    nodes.push(match[0].startsWith("@")
      ? h("span.at", {}, match[0])
      : h("a", { href: match[0], target: "_blank", rel: "noopener noreferrer" }, match[0]));
    end = match.index + match[0].length;
  }
  return [...nodes, ...withPictures(text.slice(end))];
}

/** withPictures draws the signs that this page has pictures of; the sign itself stays for copying and reading aloud. */
export function withPictures(text) {
  return text.split(pictured).filter((part) => part !== "").map((part) => (Object.hasOwn(pictures, part)
    ? h("span.sign", {}, reactionFace(pictures[part], 16), h("span.visually-hidden", {}, part))
    : part));
}

function escape(text) {
  return text.replace(/[.*+?^${}()|[\]\\/]/g, "\\$&");
}
