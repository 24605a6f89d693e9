// What was submitted after a person last looked waits behind "4 new — show", so that nothing moves under the pointer.
// The server decides: an update by itself carries the newest id that was seen, a click of the person does not.
import { announce } from "./toast.js";

let said = 0;

document.addEventListener("htmx:configRequest", ({ detail }) => {
  const { seen } = detail.elt.dataset;
  if (detail.triggeringEvent?.type === "refresh" && seen) detail.parameters.seen = seen;
});

document.addEventListener("htmx:afterSettle", (event) => {
  const notice = event.target.querySelector?.("[data-new]");
  const count = Number(notice?.dataset.new ?? 0);
  if (count && !said) announce(notice.textContent.trim());
  said = count;
});
