// The screens of a phone, so that its own Back goes from the conversation, or the panel, to the list.

import { narrow, read, write } from "./state.js";

/** startScreens puts the list below the conversation with which the page begins. */
export function startScreens() {
  if (narrow.matches && history.state?.screen === undefined) {
    history.replaceState({ screen: "list" }, "");
    history.pushState({ screen: "chat" }, "");
  }
  write({ screen: history.state?.screen ?? "chat" });
  window.addEventListener("popstate", ({ state }) => {
    if (narrow.matches && read().panel) {
      history.pushState({ screen: "chat" }, ""); // Back closes what is on top, and the conversation is below it
      write({ panel: false });
    } else {
      write({ screen: state?.screen ?? "chat" });
    }
  });
}

/** showScreen shows the list or the conversation. @param {"list"|"chat"} screen */
export function showScreen(screen) {
  if (!narrow.matches || screen === read().screen) {
    write({ screen });
  } else if (screen === "list" && history.state?.screen === "chat") {
    history.back(); // and popstate shows it
  } else {
    history.pushState({ screen }, "");
    write({ screen });
  }
}
