// Questions are asked in one native <dialog>. Its words come from the server (hx-target="#dialog"), so that the number
// and the consequence are those of this moment. Without a script the same link opens the question as a page.
const dialog = document.getElementById("dialog");

if (dialog) {
  document.addEventListener("htmx:afterSwap", (event) => {
    if (event.detail.target === dialog && !dialog.open) dialog.showModal();
  });

  document.addEventListener("close-dialog", () => dialog.close());

  dialog.addEventListener("close", () => { dialog.replaceChildren(); });
}

document.addEventListener("click", (event) => {
  const opener = event.target.closest("[data-opens]");
  if (opener) document.getElementById(opener.dataset.opens)?.showModal();
  const closer = event.target.closest("[data-closes]");
  if (closer) {
    event.preventDefault();
    closer.closest("dialog")?.close();
  }
  if (event.target instanceof HTMLDialogElement && outside(event)) event.target.close();
});

function outside({ target, clientX, clientY }) {
  const box = target.getBoundingClientRect();
  return clientX < box.left || clientX > box.right || clientY < box.top || clientY > box.bottom;
}

// What cannot be done now is still there, with its reason, and does nothing.
document.addEventListener("click", (event) => {
  if (!event.target.closest('[aria-disabled="true"]')) return;
  event.preventDefault();
  event.stopImmediatePropagation();
}, { capture: true });
