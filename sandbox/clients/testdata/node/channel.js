// A bot on the channel of the official SDK for Node. It answers the first message it hears in each way that it has, and says what
// it saw as lines of JSON. "node channel.js webhook" or "node channel.js websocket".
"use strict";

const http = require("node:http");
const lark = require("@larksuiteoapi/node-sdk");

const { BASE_URL, APP_ID, APP_SECRET, ENCRYPT_KEY, VERIFICATION_TOKEN, PERSON } = process.env;
const transport = process.argv[2];
const silent = { error() {}, warn() {}, info() {}, debug() {}, trace() {} };
const png = Buffer.from("iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==", "base64");

function say(value) {
  process.stdout.write(JSON.stringify(value) + "\n");
}

const bot = lark.createLarkChannel({
  appId: APP_ID,
  appSecret: APP_SECRET,
  domain: BASE_URL,
  transport,
  logger: silent,
  webhook: { encryptKey: ENCRYPT_KEY, verificationToken: VERIFICATION_TOKEN },
});

// A chat takes five messages in a second.
const pause = () => new Promise((done) => setTimeout(done, 250));

async function answer(heard) {
  const chat = heard.chatId;
  const card = (text) => ({ schema: "2.0", body: { elements: [{ tag: "markdown", content: text }] } });
  const sent = {};
  for (const [name, input, opts] of [
    ["text", { text: "text" }],
    ["reply", { text: "reply" }, { replyTo: heard.messageId }],
    ["mention", { text: "look" }, { mentions: [{ openId: PERSON, name: "Olga" }] }],
    ["markdown", { markdown: "**bold**" }],
    ["card", { card: card("one") }],
    ["image", { image: { source: png } }],
    ["file", { file: { source: Buffer.from("x"), fileName: "a.txt" } }],
  ]) {
    sent[name] = (await bot.send(chat, input, opts)).messageId;
    await pause();
  }
  sent.stream = (await bot.stream(chat, { markdown: async (out) => out.append("streamed") })).messageId;
  await pause();
  await bot.updateCard(sent.card, card("two"));
  await bot.editMessage(sent.text, "edited");
  const reaction = await bot.addReaction(heard.messageId, "DONE");
  await bot.removeReaction(heard.messageId, reaction);
  await bot.recallMessage(sent.reply);
  const info = await bot.getChatInfo(chat);
  say({ heard: heard.messageId, content: heard.content, sender: heard.senderId, me: bot.botIdentity?.openId, mode: await bot.getChatMode(chat), name: info.name, sent });
}

bot.on({
  message: (heard) => answer(heard).catch((error) => say({ error: String(error), data: error.cause?.response?.data ?? error.response?.data })),
  reaction: (e) => say({ reaction: e.messageId, emoji: e.emojiType }),
  cardAction: (e) => say({ press: e.messageId, value: e.action?.value }),
});

bot.connect().then(() => {
  if (transport === "websocket") {
    say({ ready: true });
    return;
  }
  const server = http.createServer();
  server.on("request", lark.adaptDefault("/webhook/event", bot.dispatcher, { autoChallenge: true }));
  server.listen(0, "127.0.0.1", () => say({ ready: true, port: server.address().port }));
});
