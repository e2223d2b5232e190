// The markdown of cards (lark_md and the markdown element) as DOM nodes. Unknown marks stay as they were typed.

import { h } from "./dom.js";
import { withPictures } from "./render/text.js";

const colors = ["red", "green", "blue", "grey", "orange", "purple", "indigo", "wathet", "turquoise", "yellow", "lime", "violet", "carmine"];

const entities = { amp: 38, lt: 60, gt: 62, quot: 34, nbsp: 160 };

// One mark of running text. The order matters: code first, so that nothing inside it is read.
const marks = [
  { re: /^`([^`\n]+)`/, node: (m) => h("code", {}, m[1]) },
  { re: /^!?\[([^\]\n]*)\]\(([^)\s]+)\)/, node: (m, who) => link(m[2], inline(m[1], who)) },
  { re: /^\*\*(?=\S)([\s\S]+?)\*\*/, node: (m, who) => h("strong", {}, inline(m[1], who)) },
  { re: /^~~(?=\S)([\s\S]+?)~~/, node: (m, who) => h("s", {}, inline(m[1], who)) },
  { re: /^\*(?=\S)([^*\n]+?)\*/, node: (m, who) => h("em", {}, inline(m[1], who)) },
  { re: /^<at\s+(?:id|user_id|email)=["']?([^"'>\s]*)["']?\s*>[^<]*<\/at>/, node: (m, who) => h("span.at", {}, `@${who(m[1])}`) },
  { re: /^<font\s+color=["']?([\w-]+)["']?\s*>([\s\S]*?)<\/font>/, node: (m, who) => tinted("span.tint", m[1], inline(m[2], who)) },
  { re: /^<text_tag\s+color=["']?([\w-]+)["']?\s*>([\s\S]*?)<\/text_tag>/, node: (m) => tinted("span.text-tag", m[1], decoded(m[2])) },
  { re: /^<br\s*\/?>/, node: () => h("br") },
  { re: /^https?:\/\/[^\s<>"'，。；）)]+/, node: (m) => link(m[0], m[0]) },
];

/**
 * markdown renders text as a list of blocks.
 * @param {string} text
 * @param {function(string): string} who names the person behind an id
 * @returns {Node[]}
 */
export function markdown(text, who) {
  const lines = text.replace(/\r\n?/g, "\n").split("\n");
  const blocks = [];
  let at = 0;
  while (at < lines.length) {
    const [block, next] = blockAt(lines, at, who);
    if (block !== null) blocks.push(block);
    at = next;
  }
  return blocks;
}

function blockAt(lines, at, who) {
  const line = lines[at];
  if (line.trim() === "") return [null, at + 1];
  if (line.startsWith("```")) return codeBlock(lines, at);
  if (/^\s*(-{3,}|\*{3,})\s*$/.test(line)) return [h("hr"), at + 1];
  const heading = line.match(/^(#{1,6})\s+(.*)$/);
  if (heading) return [h("p.md-heading", {}, inline(heading[2], who)), at + 1];
  if (bullet(line)) return listBlock(lines, at, who);
  if (line.startsWith(">")) {
    const end = runEnd(lines, at, (next) => next.startsWith(">"));
    const inner = lines.slice(at, end).map((quoted) => quoted.replace(/^>\s?/, "")).join("\n");
    return [h("blockquote", {}, inline(inner, who)), end];
  }
  const end = runEnd(lines, at, (next) => next.trim() !== "" && !startsBlock(next));
  return [h("p", {}, inline(lines.slice(at, end).join("\n"), who)), end];
}

function codeBlock(lines, at) {
  const end = runEnd(lines, at, (next) => !next.startsWith("```"));
  return [h("pre", {}, lines.slice(at + 1, end).join("\n")), end + 1];
}

function listBlock(lines, at, who) {
  const ordered = bullet(lines[at])[2] !== undefined;
  const end = runEnd(lines, at, (next) => {
    const item = bullet(next);
    return item !== null && (item[1].length >= 2 || (item[2] !== undefined) === ordered);
  });
  const items = lines.slice(at, end).map((line) => {
    const [, indent, , text] = bullet(line);
    return h("li", { class: indent.length >= 2 ? "deeper" : null }, inline(text, who));
  });
  const start = ordered ? Number.parseInt(bullet(lines[at])[2], 10) : null;
  return [h(ordered ? "ol" : "ul", { start }, items), end];
}

function bullet(line) {
  return line.match(/^(\s*)(?:[-*•]|(\d{1,4})\.)\s+(.*)$/);
}

function startsBlock(line) {
  return line.startsWith("```") || line.startsWith(">") || /^#{1,6}\s/.test(line) || bullet(line) !== null || /^\s*-{3,}\s*$/.test(line);
}

function runEnd(lines, at, goesOn) {
  let end = at + 1;
  while (end < lines.length && goesOn(lines[end])) end++;
  return end;
}

/** inline renders the marks within a paragraph. */
export function inline(text, who) {
  const nodes = [];
  let plain = "";
  let rest = text;
  while (rest !== "") {
    const hit = firstMark(rest);
    if (hit === null) {
      plain += rest[0];
      rest = rest.slice(1);
      continue;
    }
    nodes.push(...withPictures(decoded(plain)));
    plain = "";
    nodes.push(hit.mark.node(hit.match, who));
    rest = rest.slice(hit.match[0].length);
  }
  return [...nodes, ...withPictures(decoded(plain))];
}

/** decoded reads the entities by which a bot keeps signs from being marks, as in om&#95;1. */
function decoded(text) {
  return text.replace(/&(?:#(\d{1,7}|x[\da-f]{1,6})|(amp|lt|gt|quot|nbsp));/gi, (whole, number, name) => {
    const code = number === undefined ? entities[name.toLowerCase()] : Number(number.replace(/^x/i, "0x"));
    return code <= 0x10ffff ? String.fromCodePoint(code) : whole;
  });
}

function firstMark(rest) {
  if (!/[`[!*~<h]/.test(rest[0])) return null;
  for (const mark of marks) {
    const match = rest.match(mark.re);
    if (match !== null) return { mark, match };
  }
  return null;
}

function link(href, label) {
  if (!/^(https?|lark|feishu):\/\//i.test(href)) return h("span", {}, label);
  return h("a", { href, target: "_blank", rel: "noopener noreferrer" }, label);
}

function tinted(spec, color, children) {
  const known = colors.find((name) => color.startsWith(name)) ?? "grey";
  return h(spec, { "data-tint": known }, children);
}
