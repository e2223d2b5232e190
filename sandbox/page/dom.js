// Building and reusing elements. Text always becomes a text node: nothing here parses HTML.

/**
 * h builds an element.
 * @param {string} spec tag and classes, as in "button.send.primary"
 * @param {Object} [props] attributes; functions named on… become listeners; null and false are left out
 * @param {...(Node|string|number|null|false|Array)} children
 * @returns {HTMLElement}
 */
export function h(spec, props = {}, ...children) {
  const [tag, ...classes] = spec.split(".");
  const node = document.createElement(tag);
  if (classes.length > 0) node.className = classes.join(" ");
  for (const [name, value] of Object.entries(props)) setProp(node, name, value);
  append(node, children);
  return node;
}

function setProp(node, name, value) {
  if (value === null || value === undefined || value === false) return;
  if (typeof value === "function") {
    node.addEventListener(name.slice(2), value);
  } else {
    node.setAttribute(name, value === true ? "" : String(value));
  }
}

function append(node, children) {
  for (const child of children) {
    if (child === null || child === undefined || child === false) continue;
    if (Array.isArray(child)) append(node, child);
    else node.append(child);
  }
}

/** fill replaces all children of a node. */
export function fill(node, ...children) {
  node.replaceChildren();
  append(node, children);
}

const versions = new WeakMap(); // node -> version

/**
 * redraw replaces all children of a node if the version is another one. Otherwise they stay, so that a click that has begun is not lost. The
 * focus goes to the new element with the same data-testid.
 * @param {HTMLElement} node
 * @param {Array} version JSON values
 * @param {function(): Array} build returns the children
 */
export function redraw(node, version, build) {
  const next = JSON.stringify(version);
  if (versions.get(node) === next) return;
  versions.set(node, next);
  const focused = node.contains(document.activeElement) ? document.activeElement.dataset.testid : null;
  fill(node, build());
  if (focused) node.querySelector(`[data-testid="${CSS.escape(focused)}"]`)?.focus();
}

const kept = new WeakMap(); // parent -> Map(key -> {node, version})

/**
 * reconcile makes the children of parent show items in order. A node is kept as long as its key and version
 * stay the same, so focus, hover and scroll position survive a refresh.
 * @param {HTMLElement} parent
 * @param {Array<{key: string, version: string, build: function(): HTMLElement}>} items
 */
export function reconcile(parent, items) {
  const before = kept.get(parent) ?? new Map();
  const after = new Map();
  let cursor = parent.firstChild;
  for (const item of items) {
    const old = before.get(item.key);
    const same = old !== undefined && old.version === item.version;
    const node = same ? old.node : item.build();
    if (old !== undefined && !same) {
      if (cursor === old.node) cursor = node;
      replaceKeepingFocus(old.node, node);
    }
    if (node === cursor) cursor = cursor.nextSibling;
    else parent.insertBefore(node, cursor);
    before.delete(item.key);
    after.set(item.key, { node, version: item.version });
  }
  for (const { node } of before.values()) node.remove();
  kept.set(parent, after);
}

function replaceKeepingFocus(old, node) {
  const active = document.activeElement;
  const mark = old.contains(active) ? active.getAttribute("data-testid") : null;
  const place = mark === null ? -1 : marked(old, mark).indexOf(active);
  const caret = active.selectionStart;
  keepTyped(old, node);
  old.replaceWith(node);
  if (mark === null) return;
  const all = marked(node, mark);
  const again = all[place] ?? all[0];
  again?.focus({ preventScroll: true });
  if (typeof caret === "number") again?.setSelectionRange?.(caret, caret);
}

function marked(node, mark) {
  const selector = `[data-testid="${CSS.escape(mark)}"]`;
  return [...(node.matches(selector) ? [node] : []), ...node.querySelectorAll(selector)];
}

/** keepTyped carries over what a person has filled in, where the field is still offered as it was. */
function keepTyped(old, node) {
  for (const field of old.querySelectorAll("[data-field]")) {
    const { field: name, start } = field.dataset;
    const next = [...node.querySelectorAll("[data-field]")].find((one) => one.dataset.field === name && one.dataset.start === start && one.value !== undefined && (one.type !== "checkbox" || one.value === field.value));
    if (next === undefined) continue;
    if (field.type === "checkbox") next.checked = field.checked;
    else next.value = field.value;
  }
}

/**
 * popover opens a floating menu beside an anchor and closes it on Escape, on a click elsewhere, or when close is called.
 * @param {HTMLElement} anchor
 * @param {HTMLElement} content
 * @param {{align?: "start"|"end", onclose?: function(): void}} [options]
 * @returns {function(): void} close
 */
export function popover(anchor, content, { align = "start", onclose } = {}) {
  document.querySelector(".popover")?.dispatchEvent(new Event("dismiss"));
  const box = h("div.popover", {}, content);
  (anchor.closest("main, nav") ?? document.body).append(box);
  anchor.setAttribute("aria-expanded", "true");
  place(anchor, box, align);
  if (content.getAttribute("role") === "menu") roving(content);

  const onKey = (event) => {
    if (event.key !== "Escape") return;
    event.stopPropagation();
    close();
    anchor.focus();
  };
  const onDown = (event) => {
    if (!box.contains(event.target) && !anchor.contains(event.target)) close();
  };
  function close() {
    document.removeEventListener("keydown", onKey, true);
    document.removeEventListener("pointerdown", onDown, true);
    window.removeEventListener("resize", close);
    if (box.contains(document.activeElement)) anchor.focus({ preventScroll: true }); // first: on a phone the anchor may show only while it has the focus
    box.remove();
    anchor.setAttribute("aria-expanded", "false");
    onclose?.();
  }
  document.addEventListener("keydown", onKey, true);
  document.addEventListener("pointerdown", onDown, true);
  window.addEventListener("resize", close);
  box.addEventListener("dismiss", close);
  box.querySelector("button, input")?.focus({ preventScroll: true });
  return close;
}

function place(anchor, box, align) {
  const at = anchor.getBoundingClientRect();
  const size = box.getBoundingClientRect();
  const gap = 6;
  const left = align === "end" ? at.right - size.width : at.left;
  const below = at.bottom + gap + size.height <= window.innerHeight;
  const top = below ? at.bottom + gap : at.top - gap - size.height;
  box.style.left = `${Math.max(8, Math.min(left, window.innerWidth - size.width - 8))}px`;
  box.style.top = `${Math.max(8, top)}px`;
}

/**
 * follow keeps the end of a scrolling element in view while the reader is there, which is within so many pixels of it. Only
 * scrolling up leaves the end: the element may get lower and its content longer. Elsewhere what the reader sees stays where
 * it is. What changes the rows must be a change given to keep.
 * @param {HTMLElement} root what scrolls
 * @param {number} near
 * @param {HTMLElement} [rows] whose children are the rows
 */
export function follow(root, near, rows = root) {
  let top = 0;
  const view = {
    atEnd: true,
    /** Whether the last row is the newest: only then the reader can be at the end. */
    whole: true,
    keep(change) {
      look();
      const place = view.atEnd ? null : placeOf(root, rows);
      change();
      if (view.atEnd) root.scrollTop = root.scrollHeight;
      else place?.();
      top = root.scrollTop;
    },
  };
  const look = () => {
    if (view.whole && root.scrollHeight - root.scrollTop - root.clientHeight < near) view.atEnd = true;
    else if (root.scrollTop < top) view.atEnd = false;
    top = root.scrollTop;
  };
  root.addEventListener("scroll", look);
  const sizes = new ResizeObserver(() => view.keep(() => {}));
  for (const one of new Set([root, rows])) sizes.observe(one);
  return view;
}

/** placeOf remembers where the visible rows are; the result scrolls the first that is still there to its place. */
function placeOf(root, rows) {
  const { top, bottom } = root.getBoundingClientRect();
  const seen = [...rows.children].map((row) => ({ row, at: row.getBoundingClientRect() })).filter(({ at }) => at.bottom > top && at.top < bottom);
  return () => {
    const still = seen.find(({ row }) => row.isConnected);
    if (still) root.scrollTop += still.row.getBoundingClientRect().top - still.at.top;
  };
}

const steps = { ArrowRight: 1, ArrowDown: 1, ArrowLeft: -1, ArrowUp: -1 };

/**
 * roving makes the buttons of a toolbar one tab stop: arrow keys, Home and End move between them.
 * @param {HTMLElement} root
 * @returns {function(): void} refresh, to be called when the buttons have changed
 */
export function roving(root) {
  const buttons = () => [...root.querySelectorAll("button")].filter((one) => !one.disabled && one.offsetParent !== null);
  const mark = (stop) => {
    for (const one of root.querySelectorAll("button")) one.tabIndex = one === stop ? 0 : -1;
  };
  const refresh = () => {
    const all = buttons();
    mark(all.find((one) => one === document.activeElement) ?? all.find((one) => one.ariaSelected === "true") ?? all[0]);
  };
  root.addEventListener("focusin", (event) => {
    if (event.target.tagName === "BUTTON") mark(event.target);
  });
  root.addEventListener("keydown", (event) => {
    const all = buttons();
    const at = all.indexOf(event.target);
    const to = event.key === "Home" ? 0 : event.key === "End" ? all.length - 1 : at + steps[event.key];
    if (at < 0 || Number.isNaN(to)) return;
    event.preventDefault();
    all[(to + all.length) % all.length].focus();
  });
  refresh();
  return refresh;
}
