// Keeps an admin list true while somebody looks at it: fetches the page again every few seconds and exchanges the rows.
"use strict";

(() => {
  const EVERY = 4000;

  const table = () => document.querySelector("#result_list tbody");
  const isBusy = () =>
    document.hidden ||
    document.querySelector("#result_list input.action-select:checked") !== null ||
    (document.getSelection()?.toString() ?? "") !== "";

  async function refresh() {
    const answer = await fetch(location.href, { headers: { "X-Interlock-Live": "1" }, redirect: "error" });
    if (!answer.ok) return;
    const page = new DOMParser().parseFromString(await answer.text(), "text/html");
    const rows = page.querySelector("#result_list tbody");
    if (!rows || !table() || isBusy()) return;
    const focused = document.activeElement?.closest("#result_list tbody") ? document.activeElement.href : null;
    table().replaceWith(document.importNode(rows, true));
    if (focused) table().querySelector(`a[href="${CSS.escape(new URL(focused).pathname)}"]`)?.focus();
    const count = document.querySelector(".paginator");
    const newCount = page.querySelector(".paginator");
    if (count && newCount) count.replaceWith(document.importNode(newCount, true));
  }

  async function go() {
    if (!isBusy()) await refresh().catch(() => {}); // the next one comes soon
    setTimeout(go, EVERY);
  }

  document.addEventListener("DOMContentLoaded", () => {
    if (table()) setTimeout(go, EVERY);
  });
})();
