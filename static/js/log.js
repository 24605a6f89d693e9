// The log of a task: a window of the newest lines, which follows the end until the person scrolls up.
const WINDOW = 2000;
const NEAR = 24; // px from the end that count as "at the end" for who scrolls down
const STILL = 2; // px that rounding may leave

const logs = () => document.querySelectorAll("[data-log]");
const box = (log) => log.closest("[data-log-window]");
const toggle = (log) => document.querySelector(`[data-follow="${log.id}"]`);
const below = (view) => view.scrollHeight - view.scrollTop - view.clientHeight;

// Where each log's window was last seen or put. A scroll event comes a frame late, when lines may stand below already: so
// only a window that went up from here was moved by its reader. Growth never moves it up; what shrinks leaves it at the
// end. And who follows looks first: else it would undo what the reader did in this frame.
const places = new WeakMap();
const grown = new ResizeObserver(() => { // lines, a late font, a narrower window: before it is painted
  for (const log of logs()) {
    look(log);
    follow(log);
  }
});

function look(log) {
  const view = box(log);
  const moved = view.scrollTop - places.get(log);
  const check = toggle(log);
  places.set(log, view.scrollTop);
  if (moved < 0 && below(view) > STILL) check.checked = false;
  else if (moved > 0 && below(view) < NEAR) check.checked = true;
}

function follow(log) {
  if (!toggle(log)?.checked) return;
  const view = box(log);
  view.scrollTop = view.scrollHeight;
  places.set(log, view.scrollTop);
}

function watch(log) {
  if (places.has(log)) return;
  places.set(log, box(log).scrollTop);
  grown.observe(log);
  grown.observe(box(log));
}

function trim(log) {
  const surplus = log.children.length - WINDOW;
  for (let index = 0; index < surplus; index += 1) log.firstElementChild.remove();
  if (surplus > 0) box(log).querySelector("[data-log-earlier]")?.removeAttribute("hidden");
}

function settle() {
  for (const log of logs()) {
    watch(log);
    trim(log);
    follow(log);
  }
}

// New lines come from after the last one that is shown.
document.addEventListener("htmx:configRequest", ({ detail }) => {
  if (detail.elt.matches("[data-log]")) detail.parameters.after = detail.elt.lastElementChild?.dataset.line ?? "0";
});

// An update of the page may move the whole window, which then shows its beginning.
let kept = [];
document.addEventListener("htmx:beforeSwap", () => {
  logs().forEach(look);
  kept = [...logs()].map((log) => [log, box(log).scrollTop]);
});
document.addEventListener("htmx:afterSwap", () => {
  for (const [log, top] of kept) if (log.isConnected && box(log).scrollTop !== top) box(log).scrollTop = top;
  settle();
});

document.addEventListener("scroll", ({ target: view }) => {
  if (view.matches?.("[data-log-window]")) look(view.querySelector("[data-log]"));
}, { capture: true, passive: true });

document.addEventListener("change", (event) => {
  if (event.target.matches("[data-follow]")) follow(document.getElementById(event.target.dataset.follow));
});

settle();
