// The page to fill a quarter: the reason of "not applicable" appears when it is chosen, the summary of errors is
// read first, and typed numbers are not lost by leaving the page or by a session that ended: this tab keeps a copy until
// they are saved, and offers it when the page is opened again. Without this script everything is visible and works.
const form = document.getElementById("entry-form");

const summary = document.getElementById("errors");
if (summary) summary.focus();

// A copy belongs to one park and quarter (the address) and to this tab: figures that nobody approved do not stay behind
// on a shared computer. A browser that refuses the storage keeps no copy.
const place = `entry ${location.pathname}`;
const copy = {
  read() {
    try { return JSON.parse(sessionStorage.getItem(place)); } catch { return null; }
  },
  keep(content) {
    try { sessionStorage.setItem(place, JSON.stringify(content)); } catch { /* no room, or not allowed */ }
  },
  drop() {
    try { sessionStorage.removeItem(place); } catch { /* not allowed */ }
  },
};

if (form) {
  const shows = [];
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
    shows.push(show);
  }

  let changed = Boolean(summary);
  const version = Number(form.elements.version.value);
  const fields = [...form.querySelectorAll("input[id]")];
  const typed = () => Object.fromEntries(
    fields.map((each) => [each.name, each.type === "checkbox" ? each.checked : each.value]),
  );
  const keep = (sent) => copy.keep({ version, sent, values: typed() });

  // What was sent and then found under a newer version has been saved; anything else that differs is offered.
  const kept = copy.read();
  const now = typed();
  const differs = kept && Object.keys(now).some((name) => name in kept.values && kept.values[name] !== now[name]);
  if (summary) {
    keep(false);
  } else if (differs && !(kept.sent && kept.version < version)) {
    const offer = document.getElementById("restore");
    offer.hidden = false;
    offer.querySelector("button").addEventListener("click", () => {
      for (const each of fields) {
        if (!(each.name in kept.values)) continue;
        if (each.type === "checkbox") each.checked = kept.values[each.name];
        else each.value = kept.values[each.name];
        if (each.value && each.type !== "checkbox") each.closest("details")?.setAttribute("open", "");
      }
      for (const show of shows) show();
      changed = true;
      keep(false);
      offer.hidden = true;
      fields[0].focus();
    });
  } else {
    copy.drop();
  }

  form.addEventListener("input", () => {
    changed = true;
    keep(false);
  });
  form.addEventListener("submit", () => {
    changed = false;
    keep(true);
  });
  window.addEventListener("beforeunload", (event) => {
    if (changed) event.preventDefault();
  });
}
