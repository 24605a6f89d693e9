// Which groups a person folded or opened. The server reads the cookie, so it sends rows only for what is open.
import { read, write } from "./cookie.js";
import { fetchNow } from "./live.js";

const KEPT = 40;

document.addEventListener("toggle", (event) => {
  const group = event.target;
  if (!(group instanceof HTMLDetailsElement) || !group.dataset.fold) return;
  const mark = (group.open ? "o" : "c") + group.dataset.fold;
  const others = read("folds").split(".").filter((entry) => entry && entry.slice(1) !== group.dataset.fold);
  write("folds", [mark, ...others].slice(0, KEPT).join("."));
  if (group.open && group.hasAttribute("data-unloaded")) fetchNow(group.closest("[data-live]"));
}, { capture: true });
