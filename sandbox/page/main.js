// The page's wiring: draw on every change, read again when the sandbox says so.

import { refresh } from "./actions.js";
import { startGreeting } from "./greet.js";
import { currentLang, setLang, t } from "./i18n.js";
import { live } from "./live.js";
import { mountComposer } from "./render/composer.js";
import { mountConversation } from "./render/conversation.js";
import { mountFaults } from "./render/faults.js";
import { mountGreeting } from "./render/greet.js";
import { mountHeader } from "./render/header.js";
import { mountPanel } from "./render/panel.js";
import { mountRail } from "./render/rail.js";
import { startScreens } from "./screens.js";
import { narrow, read, subscribe, write } from "./state.js";
import { add } from "./wire.js";

const part = (id) => document.getElementById(id);

function start() {
  setLang(currentLang());
  startScreens();
  startGreeting();
  const drawers = [
    mountFaults(part("faults")),
    mountRail(part("rail")),
    mountHeader(part("header")),
    mountGreeting(part("greet")),
    mountConversation(part("messages")),
    mountComposer(part("composer")),
    mountPanel(part("panel")),
  ];
  subscribe((state) => {
    drawFrame(state);
    if (state.world === null) return;
    for (const draw of drawers) draw(state);
    moveFocus(state);
  });
  part("skip").addEventListener("click", (event) => {
    event.preventDefault();
    part("composer-input").focus();
  });
  narrow.addEventListener("change", () => write(narrow.matches ? { panel: false } : {}));
  listen();
}

function drawFrame(state) {
  document.title = t("title");
  part("app").dataset.panel = String(state.panel);
  part("app").dataset.screen = state.screen;
  part("app").dataset.ready = String(state.world !== null);
  part("skip").textContent = t("skip");
  part("panel").inert = !state.panel;
  for (const covered of ["rail", "main"]) part(covered).inert = narrow.matches && state.panel;
  part("banner").hidden = state.online;
  part("banner").textContent = t("lost");
}

let on = read().screen;

/** moveFocus follows to another screen of a phone. */
function moveFocus({ screen, panel }) {
  const now = panel ? "panel" : screen;
  if (now === on) return;
  const mark = { panel: "#panel [role=tab][tabindex='0']", list: "#rail [aria-current]", chat: on === "panel" ? "#header [data-testid=panel]" : "#header h1" };
  on = now;
  if (narrow.matches) document.querySelector(mark[now])?.focus();
}

/** listen follows the changes as the person who looks; another person means another stream. */
function listen() {
  let as = read().me;
  const reopen = live(() => `sandbox/v1/events?${new URLSearchParams({ as })}`, {
    onopen: () => {
      write({ online: true });
      refresh();
    },
    onlost: () => write({ online: false }),
    onchange: refresh,
    onwire: add,
  });
  subscribe((state) => {
    if (state.me === as) return;
    as = state.me;
    reopen();
  });
}

start();
