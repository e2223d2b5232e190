import { become, openChat, post, react, say } from "../actions.js";
import { h, redraw } from "../dom.js";
import { closeGreeting } from "../greet.js";
import { t } from "../i18n.js";
import { icon, reactionFace } from "../icons.js";
import { mistake } from "../samples.js";
import { read } from "../state.js";
import { hears, nameOf, roleOf, userOf } from "../world.js";
import { toast } from "./toast.js";

/** mountGreeting draws the three things to try, above the conversation. */
export function mountGreeting(root) {
  let busy = false;

  const run = async (step) => {
    setBusy(true);
    try {
      await steps[step]();
    } finally {
      setBusy(false);
    }
  };

  function setBusy(on) {
    busy = on;
    for (const button of root.querySelectorAll(".step-do")) button.disabled = on;
  }

  function draw(state) {
    const stage = stageOf(state);
    root.hidden = state.greet.closed || stage === null || state.chat !== stage.id; // elsewhere it would only be in the way
    if (root.hidden) return;
    const cast = { bot: state.world.bot.name, chat: stage.name, owner: nameOf(state, stage.owner), member: nameOf(state, memberOf(stage)) };
    const all = [1, 2, 3].every((step) => state.greet.done.includes(step));
    root.dataset.all = String(all);
    redraw(root, [cast, state.greet.done, t("title")], () => [
      head(cast, all), h("ol.steps", {}, [1, 2, 3].map((step) => stepNode(step, cast, { done: state.greet.done.includes(step), busy, run }))),
    ]);
  }
  root.dataset.testid = "greet";
  return draw;
}

/** openGreeting shows it again, with the group that it is about. */
export async function openGreeting() {
  closeGreeting(false);
  const stage = stageOf(read());
  if (stage !== null) await openChat(stage.id);
}

function head(cast, all) {
  return h("div.greet-head", {},
    h("h2", {}, t("greetTitle")),
    h("p", {}, all ? t("greetAll") : t("greetLead", cast)),
    h("button.icon-button.small", { type: "button", "aria-label": t("close"), title: t("close"), "data-testid": "greet-close", onclick: () => closeGreeting(true) }, icon("close", 16)));
}

function stepNode(step, cast, { done, busy, run }) {
  return h("li.step", { "data-testid": `greet-${step}`, "data-done": String(done) },
    h("span.step-mark", { "aria-hidden": "true" }, done ? icon("check", 15) : String(step)),
    h("div.step-text", {},
      h("strong", {}, t(`greet${step}`), step === 3 ? reactionFace("CrossMark", 13) : null, done ? h("span.visually-hidden", {}, ` (${t("done")})`) : null),
      h("p", {}, t(`greet${step}Text`, cast))),
    h("button.button.step-do", { type: "button", "data-testid": `greet-do-${step}`, disabled: busy, onclick: () => run(step) }, done ? t("again") : t("doIt")));
}

/** stageOf picks the group where a person is the owner and there is a plain member; the first one wins. */
function stageOf(state) {
  if (state.world === null) return null;
  return state.world.chats.find((chat) => chat.mode === "group" && !chat.disbanded && userOf(state, chat.owner) !== null && memberOf(chat) !== undefined) ?? null;
}

function memberOf(chat) {
  return chat.members.find((id) => roleOf(chat, id) === "member");
}

const steps = {
  1: async () => recallOn(await takeStage((chat) => chat.owner, { fresh: tookOne() })),
  2: async () => recallOn(await takeStage(memberOf)),
  3: async () => {
    const target = await takeStage((chat) => chat.owner, { fresh: tookOne() });
    if (target !== null) await react(target, "CrossMark");
  },
};

/** tookOne says whether the wrong post of the scene is gone already, so that the next step needs another. */
function tookOne() {
  return read().greet.done.some((step) => step !== 2);
}

async function recallOn(target) {
  const state = read();
  if (target !== null) await say(hears(state) ? t("cmdRecall") : `@${state.world.bot.name} ${t("cmdRecall")}`, { replyTo: target });
}

/** takeStage opens the group as the right person and finds a post of our bot; where there is none, the bot makes one. */
async function takeStage(whom, { fresh = false } = {}) {
  const stage = stageOf(read());
  await openChat(stage.id);
  await takeRole(stage, whom(stage));
  if (fresh || newestPost() === null) await post(read().world.bot.app_id, mistake());
  return newestPost();
}

/** takeRole becomes another person and says so. */
async function takeRole(stage, id) {
  if (id === read().me) return;
  await become(id);
  toast(t("becameMember", { name: nameOf(read(), id), role: t(roleOf(stage, id)) }));
}

/** newestPost is our bot's last post that is still there, or null; its answers to people are not posts. */
function newestPost() {
  return read().messages.findLast((one) => one.sender.kind === "me_bot" && !one.deleted && !one.ephemeral && !one.parent) ?? null;
}
