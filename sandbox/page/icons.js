// Line icons and the faces of reactions, as inline SVG: they look the same whatever fonts a machine has.

const SVG = "http://www.w3.org/2000/svg";

const lines = {
  reply: "M9 7 4 12l5 5M4.5 12H14a6 6 0 0 1 6 6v1",
  smile: "M12 21a9 9 0 1 0 0-18 9 9 0 0 0 0 18ZM8.5 14.2a4.2 4.2 0 0 0 7 0M9 9.6v.2M15 9.6v.2",
  undo: "M9 5 4.5 9.5 9 14M5 9.5h9.5a5 5 0 0 1 0 10H10",
  slash: "M15.5 4.5 8.5 19.5",
  send: "M4 12 20 4l-5.5 16-3-6.5L4 12ZM11.5 13.5 20 4",
  robot: "M6 9.5h12a1.5 1.5 0 0 1 1.5 1.5v6.5A1.5 1.5 0 0 1 18 19H6a1.5 1.5 0 0 1-1.5-1.5V11A1.5 1.5 0 0 1 6 9.5ZM12 9.5V6M12 5.4v.2M9 13.6v1.4M15 13.6v1.4",
  group: "M9 11.5a3 3 0 1 0 0-6 3 3 0 0 0 0 6ZM3.5 18.5a5.5 5.5 0 0 1 11 0M15.5 5.8a3 3 0 0 1 0 5.4M17 13.8a5.5 5.5 0 0 1 3.5 4.7",
  topic: "M5 5h14v10H11l-4 4v-4H5V5ZM8.5 9h7M8.5 12h4",
  person: "M12 11.5a3.5 3.5 0 1 0 0-7 3.5 3.5 0 0 0 0 7ZM5 19.5a7 7 0 0 1 14 0",
  chevron: "M7 10l5 5 5-5",
  back: "M14.5 6 8.5 12l6 6",
  more: "M5 12a1 1 0 1 0 2 0 1 1 0 1 0-2 0M11 12a1 1 0 1 0 2 0 1 1 0 1 0-2 0M17 12a1 1 0 1 0 2 0 1 1 0 1 0-2 0",
  info: "M12 21a9 9 0 1 0 0-18 9 9 0 0 0 0 18ZM12 11v5.5M12 7.6v.2",
  close: "M6 6l12 12M18 6 6 18",
  check: "M5 12.5 10 17.5 19 7",
  pause: "M9 6v12M15 6v12",
  play: "M8 5.5v13l10-6.5-10-6.5Z",
  trash: "M5 7h14M10 7V5h4v2M7 7l.8 12h8.4L17 7M10.5 10.5v5.5M13.5 10.5v5.5",
  copy: "M9 9h10v11H9V9ZM5 15V4h10",
  panel: "M4 5h16v14H4V5ZM14.5 5v14",
  help: "M12 21a9 9 0 1 0 0-18 9 9 0 0 0 0 18ZM9.5 9.5a2.5 2.5 0 1 1 3.6 2.2c-.8.4-1.1.9-1.1 1.8M12 16.6v.2",
  pin: "M9 4h6l-1 6 3.5 3.5h-11L10 10 9 4ZM12 13.5V20",
  lock: "M6.5 11h11v8.5h-11V11ZM9 11V8a3 3 0 0 1 6 0v3",
  search: "M11 17.5a6.5 6.5 0 1 0 0-13 6.5 6.5 0 0 0 0 13ZM16 16l4 4",
  right: "M5 12h14M13 6l6 6-6 6",
  left: "M19 12H5M11 6l-6 6 6 6",
  plus: "M12 5v14M5 12h14",
  bolt: "M13 3 5.5 13.5H12L11 21l7.5-10.5H12L13 3Z",
  save: "M12 4v11M7.5 11 12 15.5 16.5 11M5 19.5h14",
  open: "M12 15.5v-11M7.5 9 12 4.5 16.5 9M5 19.5h14",
  edit: "M5 19h3.5L19 8.5 15.5 5 5 15.5V19ZM13.5 7l3.5 3.5",
  clock: "M12 21a9 9 0 1 0 0-18 9 9 0 0 0 0 18ZM12 7v5l3.5 2.5",
  globe: "M12 21a9 9 0 1 0 0-18 9 9 0 0 0 0 18ZM3 12h18M12 3c5 5.5 5 12.5 0 18M12 3c-5 5.5-5 12.5 0 18",
};

/**
 * icon draws a line icon in the colour of the text around it.
 * @param {string} name a key of the table above
 * @param {number} [size] in CSS pixels
 */
export function icon(name, size = 18) {
  const svg = canvas(size, "0 0 24 24");
  svg.append(shape("path", {
    d: lines[name], fill: "none", stroke: "currentColor",
    "stroke-width": 1.7, "stroke-linecap": "round", "stroke-linejoin": "round",
  }));
  return svg;
}

const disc = (fill) => ["circle", { cx: 12, cy: 12, r: 10, fill }];
const stroke = (d, color, width = 2.4) => ["path", {
  d, fill: "none", stroke: color, "stroke-width": width, "stroke-linecap": "round", "stroke-linejoin": "round",
}];
const thumb = "M9.6 10.5 12.6 4.3c1.7 0 2.4 1.2 2.1 2.6l-.6 2.7h4a1.9 1.9 0 0 1 1.9 2.3l-1.2 5.7a2.2 2.2 0 0 1-2.1 1.7H9.6v-8.8ZM4.2 10.5h3.4v8.8H4.2z";
const yellow = "#ffc60a";
const brown = "#8a5200";
const face = [disc(yellow), stroke("M8.6 9.3v.9M15.4 9.3v.9", brown)];

const faces = {
  CrossMark: [stroke("M5.5 5.5 18.5 18.5M18.5 5.5 5.5 18.5", "#f54a45", 4)],
  No: [["circle", { cx: 12, cy: 12, r: 8.5, fill: "none", stroke: "#f54a45", "stroke-width": 3 }], stroke("M6.5 6.5 17.5 17.5", "#f54a45", 3)],
  ERROR: [disc("#f54a45"), stroke("M12 6.5v6.5M12 17v.1", "#fff", 2.8)],
  DONE: [["rect", { x: 2, y: 2, width: 20, height: 20, rx: 5, fill: "#34c724" }], stroke("M7 12.4 10.6 16 17 8.8", "#fff", 2.8)],
  CheckMark: [stroke("M4.5 12.5 10 18 19.5 6.5", "#34c724", 4)],
  OK: [disc("#34c724"), stroke("M7 12.4 10.6 16 17 8.8", "#fff", 2.8)],
  THUMBSUP: [["path", { d: thumb, fill: yellow }]],
  ThumbsDown: [["path", { d: thumb, fill: yellow, transform: "rotate(180 12 12)" }]],
  MinusOne: [disc("#f54a45"), stroke("M7.5 12h9", "#fff", 2.8)],
  SMILE: [...face, stroke("M7.6 13.6a4.8 4.8 0 0 0 8.8 0", brown, 2)],
  LAUGH: [...face, ["path", { d: "M7 13h10a5 5 0 0 1-10 0Z", fill: brown }]],
  Typing: [disc("#8f959e"), stroke("M7.5 12v.1M12 12v.1M16.5 12v.1", "#fff", 2.6)],
  OneSecond: [disc("#3370ff"), stroke("M12 7v5.3l3.3 2", "#fff", 2.2)],
  HEART: [["path", { d: "M12 20.5C5 15.8 2.8 12.6 2.8 9.3A4.8 4.8 0 0 1 12 7.3a4.8 4.8 0 0 1 9.2 2c0 3.3-2.2 6.5-9.2 11.2Z", fill: "#f54a45" }]],
};

/**
 * reactionFace draws a reaction's picture, or returns null for a key this page has no picture of.
 * @param {string} emoji the platform's emoji_type
 * @param {number} [size] in CSS pixels
 */
export function reactionFace(emoji, size = 16) {
  const shapes = Object.hasOwn(faces, emoji) ? faces[emoji] : null;
  if (shapes === null) return null;
  const svg = canvas(size, "0 0 24 24");
  for (const [tag, attrs] of shapes) svg.append(shape(tag, attrs));
  return svg;
}

function canvas(size, viewBox) {
  const svg = document.createElementNS(SVG, "svg");
  for (const [name, value] of Object.entries({ width: size, height: size, viewBox, "aria-hidden": "true" })) {
    svg.setAttribute(name, value);
  }
  return svg;
}

function shape(tag, attrs) {
  const node = document.createElementNS(SVG, tag);
  for (const [name, value] of Object.entries(attrs)) node.setAttribute(name, value);
  return node;
}
