// A bot on the official SDK for Node. It answers the first message it hears, looks at the chat, takes its
// answer back, and says what it saw as one line of JSON. "node bot.js webhook" or "node bot.js websocket".
"use strict";

const http = require("node:http");
const lark = require("@larksuiteoapi/node-sdk");

const { BASE_URL, APP_ID, APP_SECRET, ENCRYPT_KEY, VERIFICATION_TOKEN } = process.env;
const silent = { error() {}, warn() {}, info() {}, debug() {}, trace() {} };
const app = { appId: APP_ID, appSecret: APP_SECRET, domain: BASE_URL, logger: silent };
const client = new lark.Client(app);

function say(value) {
  process.stdout.write(JSON.stringify(value) + "\n");
}

async function onMessage({ message }) {
  const { chat_id: chat, message_id: heard } = message;
  const sent = await client.im.message.create({
    params: { receive_id_type: "chat_id" },
    data: { receive_id: chat, msg_type: "text", content: JSON.stringify({ text: "sent" }) },
  });
  const replied = await client.im.message.reply({
    path: { message_id: heard },
    data: { msg_type: "text", content: JSON.stringify({ text: "replied" }) },
  });
  const listed = await client.im.message.list({ params: { container_id_type: "chat", container_id: chat } });
  const reacted = await client.im.messageReaction.create({
    path: { message_id: heard },
    data: { reaction_type: { emoji_type: "DONE" } },
  });
  const deleted = await client.im.message.delete({ path: { message_id: sent.data.message_id } });
  const again = await client.im.message
    .delete({ path: { message_id: sent.data.message_id } })
    .catch((error) => error.response?.data);
  say({
    heard,
    sent: sent.data.message_id,
    replied: replied.data.message_id,
    listed: listed.data.items.map((item) => item.message_id),
    reaction: reacted.data.reaction_id,
    deleted: deleted.code,
    again: again?.code,
  });
}

function dispatcher(keys) {
  return new lark.EventDispatcher({ ...keys, logger: silent }).register({
    "im.message.receive_v1": (data) => {
      onMessage(data).catch((error) => say({ error: String(error), data: error.response?.data }));
    },
    "im.message.recalled_v1": () => {},
    "im.message.reaction.created_v1": () => {},
  });
}

if (process.argv[2] === "websocket") {
  new lark.WSClient(app).start({ eventDispatcher: dispatcher({}) });
  say({ ready: true });
} else {
  const keys = { encryptKey: ENCRYPT_KEY, verificationToken: VERIFICATION_TOKEN };
  const server = http.createServer();
  server.on("request", lark.adaptDefault("/webhook/event", dispatcher(keys), { autoChallenge: true }));
  server.listen(0, "127.0.0.1", () => say({ ready: true, port: server.address().port }));
}
