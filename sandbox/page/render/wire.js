import { follow, h, reconcile, redraw, roving } from "../dom.js";
import { clockSeconds, t } from "../i18n.js";
import { icon } from "../icons.js";
import { clear, entriesShown, heldBack, isPaused, keyOf, moment, onWire, pause } from "../wire.js";
import { copyButton } from "./copy.js";

const NEAR_END = 40;

/** mountWire draws the wire log. */
export function mountWire(root) {
  const head = h("div.panel-head", { role: "toolbar" });
  const refresh = roving(head);
  const filter = h("input.filter", { type: "search", "data-testid": "wire-filter", oninput: () => draw() });
  const rows = h("div.wire-rows", { role: "region", tabindex: "0" });
  const foot = h("p.wire-foot", { hidden: true });
  root.append(head, h("label.filter-box", {}, icon("search", 15), filter), rows, foot);
  const opened = new Set();
  const view = follow(rows, NEAR_END);

  function draw() {
    const words = filter.value.trim().toLowerCase();
    const shown = entriesShown().filter((entry) => matches(entry, words));
    view.keep(() => reconcile(rows, shown.length === 0 ? [emptyRow()] : shown.map((entry) => row(entry, opened, draw))));
    foot.hidden = !isPaused();
    foot.textContent = t("paused", { n: heldBack() });
    drawHead(head);
    refresh();
  }
  onWire(draw);

  return () => {
    rows.setAttribute("aria-label", t("wire"));
    head.setAttribute("aria-label", t("wire"));
    filter.placeholder = t("filter");
    filter.setAttribute("aria-label", t("filter"));
    draw();
  };
}

function drawHead(head) {
  const label = isPaused() ? t("resume") : t("pause");
  redraw(head, [isPaused(), t("title")], () => [
    h("span.legend", {}, h("span.dir", { "data-dir": "event", title: t("eventIn") }, icon("right", 13), t("event")), h("span.dir", { "data-dir": "call", title: t("callOut") }, icon("left", 13), t("call"))),
    h("button.icon-button.small", { type: "button", "aria-label": label, title: label, "data-testid": "wire-pause", onclick: () => pause(!isPaused()) }, icon(isPaused() ? "play" : "pause", 16)),
    h("button.icon-button.small", { type: "button", "aria-label": t("clear"), title: t("clear"), "data-testid": "wire-clear", onclick: clear }, icon("trash", 16)),
  ]);
}

function matches(entry, words) {
  return words === "" || [entry.name, entry.summary, entry.status, entry.code, entry.request, entry.response].join("\n").toLowerCase().includes(words);
}

function emptyRow() {
  return { key: "empty", version: t("wireEmpty"), build: () => h("p.empty", {}, t("wireEmpty")) };
}

function row(entry, opened, redraw) {
  const key = keyOf(entry);
  const open = opened.has(key);
  const flip = () => {
    if (!opened.delete(key)) opened.add(key);
    redraw();
  };
  return { key, version: JSON.stringify([open, t("title")]), build: () => entryNode(entry, open, flip) };
}

function entryNode(entry, open, flip) {
  const event = entry.dir === "event";
  return h("div.wire-entry", { "data-open": open },
    h("button.wire-row", {
      type: "button", "data-testid": "wire-row", "data-dir": entry.dir, "data-name": entry.name, "aria-expanded": String(open),
      title: `${event ? t("eventIn") : t("callOut")} · ${clockSeconds(moment(entry))}`, onclick: flip,
    },
    h("span.dir", { "data-dir": entry.dir }, icon(event ? "right" : "left", 15)),
    h("span.wire-name", {}, shortName(entry.name)),
    h("span.wire-status", { "data-mood": mood(entry) }, statusText(entry)),
    h("span.wire-ms", {}, duration(entry.ms)),
    summary(entry) === "" ? null : h("span.wire-summary", {}, summary(entry))),
    open ? h("div.wire-detail", {},
      h("time", {}, clockSeconds(moment(entry))),
      dump(t("request"), entry.request), dump(t("response"), entry.response)) : null);
}

/** shortName leaves out what all paths share. */
function shortName(name) {
  return name.replace("/open-apis/", "/").replace(/:\w+_id\b/g, ":id");
}

/** summary tells what the name doesn't: the ids in the path and what was asked for; or what went wrong. */
function summary(entry) {
  if (!entry.summary.startsWith("/open-apis/")) return entry.name.endsWith(` ${entry.summary}`) ? "" : entry.summary;
  const [path, query = ""] = entry.summary.replace("/open-apis/", "/").split("?");
  const pattern = entry.name.split(" ").at(-1).split("/");
  const ids = path.split("/").filter((_, place) => pattern[place]?.startsWith(":"));
  const wanted = query.split("&").filter((pair) => pair !== "" && !/^\w+_id_type=/.test(pair));
  return [...ids, ...wanted].join(" ");
}

function mood(entry) {
  if (entry.status >= 200 && entry.status < 300 && !entry.code) return "good";
  return entry.status === 429 || entry.status === 0 ? "warn" : "bad";
}

function statusText(entry) {
  const status = entry.status || "—";
  return entry.code ? `${status} · ${entry.code}` : String(status);
}

function duration(ms) {
  if (typeof ms !== "number") return "";
  return ms < 1 ? "< 1 ms" : `${Math.round(ms)} ms`;
}

function dump(label, body) {
  const text = pretty(body);
  return h("section.dump", {},
    h("div.dump-head", {}, h("h2", {}, label), text === "" ? null : copyButton(text)),
    h("pre", {}, text === "" ? t("noBody") : text));
}

function pretty(body) {
  if (body === null || body === undefined || body === "") return "";
  if (typeof body !== "string") return JSON.stringify(body, null, 2);
  try {
    return JSON.stringify(JSON.parse(body), null, 2);
  } catch {
    return body;
  }
}
