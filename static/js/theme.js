// Light, dark, or as the system has it. The choice is a cookie, so the server sends the page in the right theme.
import { write } from "./cookie.js";

const root = document.documentElement;

function show(choice) {
  if (choice) root.dataset.theme = choice;
  else delete root.dataset.theme;
  for (const button of document.querySelectorAll("[data-theme-choice]")) {
    button.setAttribute("aria-pressed", String(button.dataset.themeChoice === choice));
  }
}

document.addEventListener("click", (event) => {
  const button = event.target.closest("[data-theme-choice]");
  if (!button) return;
  write("theme", button.dataset.themeChoice);
  show(button.dataset.themeChoice);
});

show(root.dataset.theme ?? "");
