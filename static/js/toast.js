// What just happened, in one sentence, and undo where it can be undone. The server names it in a header:
// HX-Trigger: {"toast": {"text", "kind": "completed|failed|…", "undo": {"url", "label"}}}.
const LIMIT = 4;
const SECONDS = { failed: 12, other: 6 };
const list = document.getElementById("toasts");
const announcer = document.getElementById("announcer");

export function announce(text) {
  if (!announcer) return;
  announcer.textContent = "";
  setTimeout(() => { announcer.textContent = text; }, 50); // the same sentence twice is said twice
}

export function toast({ text, kind = "completed", undo = null }) {
  if (!list) return;
  const item = document.getElementById("toast-template").content.firstElementChild.cloneNode(true);
  item.classList.add(`is-${kind}`);
  const use = item.querySelector(".icon use");
  use.setAttribute("href", `${use.getAttribute("href").split("#")[0]}#${kind}`);
  item.querySelector("p").textContent = text;
  const button = item.querySelector("[data-undo]");
  if (undo) {
    button.textContent = undo.label ?? "Undo";
    button.setAttribute("hx-post", undo.url);
    button.addEventListener("click", () => item.remove());
  } else button.remove();
  list.append(item);
  window.htmx.process(item);
  while (list.children.length > LIMIT) list.firstElementChild.remove();
  fade(item, SECONDS[kind] ?? SECONDS.other);
  announce(text);
}

function fade(item, after) {
  const away = () => { if (item.matches(":hover, :focus-within")) setTimeout(away, 2000); else item.remove(); };
  setTimeout(away, after * 1000);
}

document.addEventListener("click", (event) => {
  if (event.target.closest("[data-dismiss]")) event.target.closest(".toast")?.remove();
});

document.addEventListener("toast", (event) => toast(event.detail));

// A refusal is an answer too: the problem's own sentence, or an honest one where there is none.
document.addEventListener("htmx:responseError", ({ detail: { xhr } }) => {
  let text = `The server answered ${xhr.status}. Nothing was changed.`;
  if (xhr.getResponseHeader("Content-Type")?.startsWith("application/problem+json")) text = JSON.parse(xhr.responseText).detail;
  toast({ text, kind: "failed" });
});

document.addEventListener("htmx:sendError", (event) => {
  if (event.detail.requestConfig?.verb !== "get") toast({ text: "The server cannot be reached. Nothing was changed.", kind: "failed" });
});

for (const note of document.querySelectorAll("[data-message]")) {
  toast({ text: note.textContent.trim(), kind: note.dataset.message || "completed" });
}
