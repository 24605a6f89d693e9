// The search field stands outside of what is fetched again, so it is told when a link has changed the search.
const field = document.querySelector("#search input[name=q]");

if (field) {
  document.addEventListener("htmx:afterSettle", () => {
    const { q } = document.getElementById("tasks").dataset;
    if (document.activeElement !== field && field.value !== q) field.value = q;
  });
}
