// A bot on Satori's adapter for Lark, the one that Koishi uses. It answers the first message it hears with words, a mention and a
// picture, looks at the chat, takes its answer back, and says what it saw as lines of JSON.
// "node satori.js webhook" or "node satori.js websocket".
"use strict";

const net = require("node:net");
const { Context, HTTP, h } = require("@satorijs/core");
const { Server } = require("@cordisjs/plugin-server");
const { default: LarkBot } = require("@satorijs/adapter-lark");

const { BASE_URL, APP_ID, APP_SECRET, ENCRYPT_KEY, VERIFICATION_TOKEN, PERSON } = process.env;
const websocket = process.argv[2] === "websocket";
const png = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==";

function say(value) {
  process.stdout.write(JSON.stringify(value) + "\n");
}

const ctx = new Context();

function start(port) {
  ctx.plugin(HTTP);
  ctx.plugin(Server, { host: "127.0.0.1", port });
  ctx.plugin(LarkBot, {
    platform: "feishu",
    protocol: websocket ? "ws" : "http",
    appId: APP_ID,
    appSecret: APP_SECRET,
    endpoint: BASE_URL + "/open-apis",
    baseURL: BASE_URL,
    path: "/feishu",
    encryptKey: ENCRYPT_KEY,
    verificationToken: VERIFICATION_TOKEN,
    verifyToken: true,
    verifySignature: true,
  });
  ctx.start();
}

ctx.on("message", async (session) => {
  const { bot, channelId, messageId, userId, content } = session;
  try {
    const words = await bot.sendMessage(channelId, "hello");
    const mention = await bot.sendMessage(channelId, [h.at(PERSON), h.text(" look")]);
    const picture = await bot.sendMessage(channelId, h.image(Buffer.from(png, "base64"), "image/png"));
    const quoted = await bot.getMessage(channelId, messageId);
    const channel = await bot.getChannel(channelId);
    const members = await bot.getGuildMemberList(channelId);
    const guilds = await bot.getGuildList();
    await bot.deleteMessage(channelId, words[0]);
    say({
      heard: messageId, sender: userId, content, me: bot.selfId, quoted: quoted.id, channel: channel.name,
      members: members.data.map((m) => m.user.name), guilds: guilds.data.length, words, mention, picture,
    });
  } catch (error) {
    say({ error: String(error), data: error.response?.data });
  }
});

let ready = false;

// Until the server listens and the bot is known, events would be lost.
ctx.on("login-updated", ({ bot }) => {
  if (bot.status !== 1 || ready) return;
  ready = true;
  say({ ready, port: ctx.server?.port });
});

// The server takes no port 0: the system is asked for a free one first.
const probe = net.createServer();
probe.listen(0, "127.0.0.1", () => {
  const { port } = probe.address();
  probe.close(() => start(port));
});
