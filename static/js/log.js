// The log of a task: a window of the newest lines, which follows the end until the person scrolls up.
const WINDOW = 2000;
const NEAR = 24; // px from the end that still count as "at the end"

const logs = () => document.querySelectorAll("[data-log]");
const box = (log) => log.closest("[data-log-window]");
const toggle = (log) => document.querySelector(`[data-follow="${log.id}"]`);
const atEnd = (element) => element.scrollHeight - element.scrollTop - element.clientHeight < NEAR;

function follow(log) {
  if (!toggle(log)?.checked) return;
  const view = box(log);
  view.scrollTop = view.scrollHeight;
}

function trim(log) {
  const surplus = log.children.length - WINDOW;
  for (let index = 0; index < surplus; index += 1) log.firstElementChild.remove();
  if (surplus > 0) box(log).querySelector("[data-log-earlier]")?.removeAttribute("hidden");
}

// New lines come from after the last one that is shown.
document.addEventListener("htmx:configRequest", ({ detail }) => {
  if (detail.elt.matches("[data-log]")) detail.parameters.after = detail.elt.lastElementChild?.dataset.line ?? "0";
});

document.addEventListener("htmx:afterSettle", () => {
  for (const log of logs()) {
    trim(log);
    follow(log);
  }
});

document.addEventListener("scroll", (event) => {
  if (!event.target.matches?.("[data-log-window]")) return;
  const check = toggle(event.target.querySelector("[data-log]"));
  if (check && check.checked !== atEnd(event.target)) check.checked = atEnd(event.target);
}, { capture: true, passive: true });

document.addEventListener("change", (event) => {
  if (event.target.matches("[data-follow]")) follow(document.getElementById(event.target.dataset.follow));
});

logs().forEach(follow);
