// Is the person in the middle of something that an update would disturb?
const TYPING = 1500; // ms after the last key
const EDITABLE = "input:not([type=checkbox]):not([type=radio]), textarea, select, [contenteditable]";

let typed = -Infinity;
let pressed = false;
let dragging = false;

document.addEventListener("input", () => { typed = performance.now(); }, { capture: true });
document.addEventListener("pointerdown", () => { pressed = true; }, { capture: true });
for (const end of ["pointerup", "pointercancel", "blur"]) window.addEventListener(end, () => { pressed = false; }, { capture: true });
document.addEventListener("dragstart", () => { dragging = true; });
for (const end of ["dragend", "drop"]) document.addEventListener(end, () => { dragging = false; pressed = false; });

function selecting(region) {
  const selection = document.getSelection();
  return Boolean(selection && !selection.isCollapsed && region.contains(selection.anchorNode));
}

export function busy(region) {
  return document.hidden
    || pressed
    || dragging
    || performance.now() - typed < TYPING
    || Boolean(document.activeElement?.matches(EDITABLE) && region.contains(document.activeElement))
    || selecting(region)
    || region.querySelector("details.menu[open]") !== null;
}
