// The list of keys is read from the page itself, so it never promises a key that is not there.
const BUILT_IN = [["?", "This help"]];
const ROWS = [["j", "Next row"], ["k", "Previous row"], ["Enter", "Open the row"]];

function section(title, entries) {
  const box = document.createElement("section");
  const list = document.createElement("dl");
  const heading = document.createElement("h3");
  heading.textContent = title;
  for (const [keys, label] of entries) {
    const term = document.createElement("dt");
    const value = document.createElement("dd");
    term.textContent = label;
    for (const key of keys.split(" ")) value.append(Object.assign(document.createElement("kbd"), { textContent: key }));
    list.append(term, value);
  }
  box.append(heading, list);
  return box;
}

export function fill(target) {
  const found = new Map();
  for (const element of document.querySelectorAll("[data-key]")) {
    if (!element.checkVisibility() || found.has(element.dataset.key)) continue;
    const label = element.dataset.keyLabel ?? element.getAttribute("aria-label") ?? element.textContent.trim();
    found.set(element.dataset.key, [label, element.closest(".rail") !== null]);
  }
  const of = (everywhere) => [...found].filter(([, [, rail]]) => rail === everywhere).map(([keys, [label]]) => [keys, label]);
  const here = of(false);
  if (document.querySelector("[data-row]")) here.push(...ROWS);
  target.replaceChildren(...[["On this page", here], ["Everywhere", [...of(true), ...BUILT_IN]]]
    .filter(([, entries]) => entries.length).map(([title, entries]) => section(title, entries)));
}
