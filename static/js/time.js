// Relative times and running durations, kept true while the page is open. The words are those of tasks/pages/times.py.
// data-ago: "4 min ago" for <time datetime>; data-since: a clock that runs from <time datetime>; the exact time is on hover.
const skew = Number(document.documentElement.dataset.now ?? Date.now()) - Date.now();
const exact = new Intl.DateTimeFormat(undefined, { dateStyle: "medium", timeStyle: "long" });
const day = new Intl.DateTimeFormat(undefined, { day: "numeric", month: "short" });

const seconds = (element) => Math.max(0, (Date.now() + skew - Date.parse(element.dateTime)) / 1000);
const two = (number) => String(number).padStart(2, "0");

export function ago(elapsed, date) {
  if (elapsed < 5) return "just now";
  if (elapsed < 60) return `${Math.floor(elapsed)} s ago`;
  if (elapsed < 3600) return `${Math.floor(elapsed / 60)} min ago`;
  if (elapsed < 86400) return `${Math.floor(elapsed / 3600)} h ago`;
  if (elapsed < 7 * 86400) return `${Math.floor(elapsed / 86400)} d ago`;
  return day.format(date);
}

export function clock(elapsed) {
  const whole = Math.floor(elapsed);
  const [days, hours, minutes] = [Math.floor(whole / 86400), Math.floor(whole / 3600) % 24, Math.floor(whole / 60) % 60];
  const tail = `${two(minutes)}:${two(whole % 60)}`;
  if (days) return `${days} d ${two(hours)}:${tail}`;
  return hours ? `${hours}:${tail}` : tail;
}

function write(element, text) {
  if (element.textContent !== text) element.textContent = text;
}

function tick() {
  if (document.hidden) return;
  for (const element of document.querySelectorAll("time[data-since]")) write(element, clock(seconds(element)));
  for (const element of document.querySelectorAll("time[data-ago]")) {
    write(element, ago(seconds(element), new Date(element.dateTime)));
  }
}

document.addEventListener("pointerover", (event) => {
  const time = event.target.closest?.("time[datetime]");
  if (time) time.title = exact.format(new Date(time.dateTime));
});
document.addEventListener("htmx:afterSettle", tick);
document.addEventListener("visibilitychange", tick);
setInterval(tick, 1000);
tick();
