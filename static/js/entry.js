// The page to fill a quarter: the reason of "not applicable" appears when it is chosen, the summary of errors is
// read first, and typed numbers are not lost by leaving the page. Without this script everything is visible and works.
const form = document.getElementById("entry-form");

const summary = document.getElementById("errors");
if (summary) summary.focus();

if (form) {
  for (const box of form.querySelectorAll("input[data-opens]")) {
    const why = document.getElementById(box.dataset.opens);
    const value = form.elements[box.name.replace("not_applicable", "value")];
    const show = () => {
      why.hidden = !box.checked && !why.querySelector("input").value;
      value.closest(".f-value").classList.toggle("is-off", box.checked);
    };
    box.addEventListener("change", () => {
      show();
      if (box.checked) why.querySelector("input").focus();
    });
    show();
  }

  let changed = Boolean(summary);
  form.addEventListener("input", () => { changed = true; });
  form.addEventListener("submit", () => { changed = false; });
  window.addEventListener("beforeunload", (event) => {
    if (changed) event.preventDefault();
  });
}
