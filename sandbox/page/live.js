// The stream of changes. It comes back by itself, a little later each time.

const FIRST_WAIT = 500;
const LONGEST_WAIT = 10_000;

/**
 * live listens to the sandbox for as long as the page is open.
 * @param {function(): string} url
 * @param {{onopen: function(): void, onlost: function(): void, onchange: function(Object): void, onwire: function(Object): void}} on
 * @returns {function(): void} reopen, to be called when the url has changed
 */
export function live(url, on) {
  let wait = FIRST_WAIT;
  let source = null;
  let timer = null;

  function open() {
    clearTimeout(timer);
    source?.close();
    source = new EventSource(url());
    source.addEventListener("open", () => {
      wait = FIRST_WAIT;
      on.onopen();
    });
    source.addEventListener("change", (event) => on.onchange(JSON.parse(event.data)));
    source.addEventListener("wire", (event) => on.onwire(JSON.parse(event.data)));
    source.addEventListener("error", lose);
  }

  function lose() {
    source.close();
    on.onlost();
    timer = setTimeout(open, wait);
    wait = Math.min(wait * 2, LONGEST_WAIT);
  }

  window.addEventListener("pagehide", () => source?.close());
  window.addEventListener("pageshow", (event) => {
    if (event.persisted) open();
  });
  open();
  return open;
}
