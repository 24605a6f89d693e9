// Single keys. A page declares them where they act: data-key="c" (or "g t") with data-key-label on a link, button or field.
// j and k walk the rows ([data-row] links), Enter opens since the row has the focus. They can be turned off in the help.
import { write } from "./cookie.js";
import { fill } from "./keys-help.js";

const root = document.documentElement;
const PAUSE = 900; // ms between the two keys of "g t"
let first = "";
let timer = 0;

const typing = (target) => target.matches?.("input:not([type=checkbox]):not([type=radio]), textarea, select, [contenteditable]");
const visible = (element) => element.checkVisibility();

function walk(step) {
  const rows = [...document.querySelectorAll("[data-row]")].filter(visible);
  const now = rows.indexOf(document.activeElement.closest("tr")?.querySelector("[data-row]"));
  const next = rows[now < 0 ? (step > 0 ? 0 : rows.length - 1) : Math.min(rows.length - 1, Math.max(0, now + step))];
  next?.focus();
  next?.closest("tr")?.scrollIntoView({ block: "nearest" });
}

function act(element) {
  if (typing(element)) {
    element.focus();
    element.select?.();
  } else element.click();
}

function declared(keys) {
  return [...document.querySelectorAll("[data-key]")].find((element) => element.dataset.key === keys && visible(element));
}

function pressed(key) {
  const keys = first ? `${first} ${key}` : key;
  clearTimeout(timer);
  first = "";
  if (keys === "?") return openHelp();
  if (keys === "j" || keys === "k") return walk(keys === "j" ? 1 : -1);
  const element = declared(keys);
  if (element) return act(element);
  if (document.querySelector(`[data-key^="${CSS.escape(keys)} "]`)) {
    first = keys;
    timer = setTimeout(() => { first = ""; }, PAUSE);
    return true;
  }
  return false;
}

function openHelp() {
  const help = document.getElementById("keys");
  if (!help) return;
  fill(help.querySelector("[data-keys-list]"));
  help.querySelector("[data-keys-on]").checked = !root.classList.contains("no-keys");
  help.showModal();
}

document.addEventListener("keydown", (event) => {
  if (event.key === "Escape" && event.target.matches?.("[data-key='/']")) return event.target.blur();
  if (event.ctrlKey || event.metaKey || event.altKey || event.isComposing || event.key.length > 1) return;
  if (typing(event.target) || document.querySelector("dialog[open]")) return;
  if (root.classList.contains("no-keys")) return;
  if (pressed(event.key) !== false) event.preventDefault();
});

document.addEventListener("click", (event) => { if (event.target.closest("[data-keys-help]")) openHelp(); });

document.addEventListener("change", (event) => {
  if (!event.target.matches("[data-keys-on]")) return;
  root.classList.toggle("no-keys", !event.target.checked);
  write("keys", event.target.checked ? "" : "off");
});
