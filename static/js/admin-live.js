// Keeps an admin list true while somebody looks at it: fetches the page again every few seconds and exchanges the list.
"use strict";

(() => {
  const EVERY = 4000;

  const list = (page) => page.querySelector("#changelist-form");

  // Whoever chooses rows or an action, marks text or writes is not disturbed.
  const isBusy = () =>
    document.hidden ||
    document.querySelector("#changelist-form input.action-select:checked") !== null ||
    (document.querySelector("#changelist-form select[name=action]")?.value ?? "") !== "" ||
    (list(document)?.contains(document.activeElement) && document.activeElement.matches("input, select")) ||
    (document.getSelection()?.toString() ?? "") !== "";

  const rows = (form) => form.querySelector("#result_list")?.innerHTML ?? "";
  let seen = "";

  async function refresh() {
    const answer = await fetch(location.href, { headers: { "X-Interlock-Live": "1" }, redirect: "error" });
    if (!answer.ok) return;
    const found = list(new DOMParser().parseFromString(await answer.text(), "text/html"));
    if (!found || isBusy() || rows(found) === seen) return;
    seen = rows(found);
    const shown = list(document);
    const focused = shown.contains(document.activeElement) ? document.activeElement.getAttribute("href") : null;
    const fresh = document.importNode(found, true);
    shown.replaceWith(fresh);
    if (focused) [...fresh.querySelectorAll("a")].find((link) => link.getAttribute("href") === focused)?.focus();
    // What Django's own script bound to the old boxes, it binds to the new ones.
    const boxes = fresh.querySelectorAll("tr input.action-select");
    if (boxes.length > 0) window.Actions?.(boxes);
  }

  async function go() {
    if (!isBusy()) await refresh().catch(() => {}); // the next one comes soon
    setTimeout(go, EVERY);
  }

  document.addEventListener("DOMContentLoaded", () => {
    if (list(document)) setTimeout(go, EVERY);
  });
})();
