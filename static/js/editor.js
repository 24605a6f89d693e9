// The editor of a spec: a plain textarea with line numbers, Tab as two spaces, and errors that lead to their line.
const numbers = (area) => area.closest("[data-editor]").querySelector("[data-numbers]");

function renumber(area) {
  const bad = new Set([...document.querySelectorAll("[data-goto-line]")].map((link) => Number(link.dataset.gotoLine)));
  const count = area.value.split("\n").length;
  const marks = Array.from({ length: count }, (_, index) => {
    const mark = document.createElement("span");
    mark.textContent = String(index + 1);
    if (bad.has(index + 1)) mark.className = "bad";
    return mark;
  });
  numbers(area).replaceChildren(...marks);
  area.rows = Math.max(16, count + 1);
}

function select(area, line) {
  const lines = area.value.split("\n");
  const start = lines.slice(0, line - 1).reduce((sum, text) => sum + text.length + 1, 0);
  area.focus();
  area.setSelectionRange(start, start + (lines[line - 1]?.length ?? 0));
}

function indent(event) {
  const area = event.target;
  if (event.key === "Escape") area.dataset.tabLeaves = "yes"; // Escape, then Tab: the way out for a keyboard
  if (event.key !== "Tab" || event.shiftKey || area.dataset.tabLeaves) return;
  event.preventDefault();
  area.setRangeText("  ", area.selectionStart, area.selectionEnd, "end");
  area.dispatchEvent(new Event("input", { bubbles: true }));
}

for (const area of document.querySelectorAll("[data-editor] textarea")) {
  renumber(area);
  area.addEventListener("input", () => renumber(area));
  area.addEventListener("keydown", indent);
  area.addEventListener("focus", () => delete area.dataset.tabLeaves);
  document.addEventListener("htmx:afterSettle", () => renumber(area));
  document.addEventListener("click", (event) => {
    const link = event.target.closest("[data-goto-line]");
    if (link) select(area, Number(link.dataset.gotoLine));
  });
}
