// The live rule. A region names its topics (data-live="tasks:…") and how it is fetched (hx-get, hx-trigger="refresh").
// A hint only says that something changed: the region then fetches the same view again, so permission and markup stay in
// one place. Also on every (re)connect, when the tab is seen again, and every data-tick seconds where a region asks for it.
import { busy } from "./attention.js";
import { say } from "./connection.js";
import { HintSocket } from "./socket.js";

const DEBOUNCE = 250; // ms in which hints become one fetch
const RETRY = 400; // ms until a disturbed person is looked at again
const POLL = 10_000;
const SHARE = 4; // a fetch that took 100 ms is not repeated for 400 ms: a slow server is not pushed

const states = new Map();
const regions = () => [...document.querySelectorAll("[data-live]")];
const topics = () => [...new Set(regions().flatMap((region) => region.dataset.live.split(" ").filter(Boolean)))];
const state = (region) => {
  if (!states.has(region.id)) states.set(region.id, { timer: 0, loading: false, again: false, earliest: 0, last: performance.now() });
  return states.get(region.id);
};

const address = (region) => region.getAttribute("hx-get");
const isUpdate = ({ elt, triggeringEvent }) => elt.dataset.live !== undefined && triggeringEvent?.type === "refresh";

function refresh(region, soon = DEBOUNCE) {
  const of = state(region);
  if (of.loading) of.again = true;
  else if (!of.timer) of.timer = setTimeout(attempt, Math.max(soon, of.earliest - performance.now()), region.id);
}

function attempt(id) {
  const region = document.getElementById(id);
  if (!region) return states.delete(id);
  const of = state(region);
  const early = of.earliest - performance.now();
  of.timer = early > 0 ? setTimeout(attempt, early, id) : 0;
  if (of.timer) return;
  if (document.hidden || of.loading) of.again = true; // fetched when it is seen again; a person's own click goes first
  else if (busy(region)) of.timer = setTimeout(attempt, RETRY, id);
  else window.htmx.trigger(region, "refresh");
}

// What a person waits for goes before an update on its way. htmx would let it wait for that one's answer, and forget it
// when the answer changes an attribute of the region.
export function fetchNow(region) {
  window.htmx.trigger(region, "htmx:abort");
  window.htmx.trigger(region, "refresh");
}

document.addEventListener("htmx:beforeRequest", ({ detail: { elt, target } }) => {
  if (target?.dataset?.live === undefined) return;
  if (elt !== target) window.htmx.trigger(target, "htmx:abort"); // a person asks: an update on its way would undo it
  Object.assign(state(target), { loading: true, again: false, began: performance.now() });
});

document.addEventListener("htmx:afterRequest", ({ detail: { target } }) => {
  if (target?.dataset?.live === undefined) return;
  const of = state(target);
  const now = performance.now();
  Object.assign(of, { loading: false, last: now, earliest: now + SHARE * (now - of.began) });
  if (of.again) refresh(target);
});

// An answer is dropped, and asked for again, where the person began to select meanwhile or chose another address: an update
// that was asked for before the choice, and comes after it, would undo it.
document.addEventListener("htmx:beforeSwap", (event) => {
  const { elt, target, requestConfig, pathInfo } = event.detail;
  if (!requestConfig || elt !== target || !isUpdate(requestConfig)) return;
  if (!busy(target) && pathInfo.requestPath === address(target)) return;
  event.detail.shouldSwap = false;
  state(target).again = true;
});

const all = () => regions().forEach((region) => refresh(region));
const of = (topic) => (region) => region.dataset.live.split(" ").includes(topic);

let polling = 0;

if (regions().length) {
  const url = `${location.origin.replace(/^http/, "ws")}/ws/live/`;
  const socket = new HintSocket(url, {
    topics,
    hint: (topic) => regions().filter(of(topic)).forEach((region) => refresh(region)),
    up: () => { clearInterval(polling); polling = 0; say("live", "Live"); all(); },
    down: (signedOut) => {
      say("polling", signedOut ? "Signed out: reload to sign in" : "Reconnecting, polling every 10 s");
      polling ||= setInterval(all, POLL);
    },
  });
  window.addEventListener("online", () => socket.now());
  document.addEventListener("htmx:afterSettle", () => socket.subscribe());
  document.addEventListener("visibilitychange", () => { if (!document.hidden) { socket.now(); all(); } });
  document.addEventListener("refresh-all", all);
  setInterval(() => {
    const now = performance.now();
    for (const region of regions()) {
      const tick = region.closest("[data-tick]")?.dataset.tick;
      if (tick && now - state(region).last >= tick * 1000) refresh(region, 0);
    }
  }, 1000);
}
