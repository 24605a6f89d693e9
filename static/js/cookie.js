// Small choices of a person that the server renders with (theme, keys, folds), so that no page flashes the wrong one.
const YEAR = 365 * 24 * 3600;

export function read(name) {
  const found = document.cookie.split("; ").find((pair) => pair.startsWith(`${name}=`));
  return found ? decodeURIComponent(found.slice(name.length + 1)) : "";
}

export function write(name, value, path = "/") {
  const age = value ? YEAR : 0;
  const secure = location.protocol === "https:" ? "; secure" : "";
  document.cookie = `${name}=${encodeURIComponent(value)}; path=${path}; max-age=${age}; samesite=lax${secure}`;
}
