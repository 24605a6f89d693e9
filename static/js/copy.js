// Copies the text of the element that data-copy names, and says so.
import { announce } from "./toast.js";

document.addEventListener("click", async (event) => {
  const button = event.target.closest("[data-copy]");
  if (!button) return;
  await navigator.clipboard.writeText(document.getElementById(button.dataset.copy).textContent.trim());
  const use = button.querySelector("use");
  const before = use.getAttribute("href");
  use.setAttribute("href", before.replace(/#.*/, "#check"));
  announce("Copied");
  setTimeout(() => use.setAttribute("href", before), 1500);
});
