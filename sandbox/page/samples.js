// What a bot can be made to say with one click.

import { currentLang } from "./i18n.js";

const zh = [
  { text: "今日构建已通过：3 个服务，0 个失败。" },
  { text: "【测试】忽略这条，发错群了" },
  { text: "恭喜！全员本月奖金翻倍（草稿，请勿发送）" },
  { label: "卡片：部署报告", type: "interactive", text: "部署报告\n**api** 已发布到 `prod`\n- 版本 `v2.14.0`\n- 用时 42 秒" },
];

const en = [
  { text: "Nightly build passed: 3 services, 0 failures." },
  { text: "[test] please ignore, wrong group" },
  { text: "Congratulations! Bonuses are doubled this month (draft, do not send)" },
  { label: "Card: deployment report", type: "interactive", text: "Deployment report\n**api** is live on `prod`\n- version `v2.14.0`\n- took 42 seconds" },
];

/** samples lists what to offer, in the page's language: {label?, type?, text}. */
export function samples() {
  return currentLang() === "zh" ? zh : en;
}

/** mistake is a post that nobody wanted. */
export function mistake() {
  return samples()[1].text;
}
