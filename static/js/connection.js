// What the page says of its connection: live, or polling, or not yet known.
import { announce } from "./toast.js";

const sign = document.getElementById("connection");

export function say(now, text) {
  if (!sign || sign.dataset.state === now) return;
  if (sign.dataset.state !== "connecting") announce(text);
  sign.dataset.state = now;
  sign.querySelector("[data-text]").textContent = text;
  const use = sign.querySelector("use");
  use.setAttribute("href", use.getAttribute("href").replace(/#.*/, now === "live" ? "#live" : "#offline"));
}
