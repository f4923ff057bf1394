// The page to fill a quarter: what is typed is judged by the server while it is typed, and nothing typed is lost. The
// server keeps a copy for the person with every answer; while it cannot be reached, this tab does, and offers it when the
// page is opened again. Without this script everything is visible and works.
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
  const saved = document.getElementById("saved");
  const shows = [];
  for (const line of form.querySelectorAll("[data-line]")) {
    const pk = line.dataset.line;
    const box = form.elements[`not_applicable-${pk}`];
    const why = document.getElementById(`why-${pk}`);
    const explain = document.getElementById(`explain-${pk}`);
    const show = () => {
      why.hidden = !box.checked && !why.querySelector("input").value;
      explain.hidden = "quiet" in explain.dataset && !explain.querySelector("input").value;
      line.classList.toggle("is-off", box.checked);
    };
    box.addEventListener("change", () => {
      show();
      if (box.checked) why.querySelector("input").focus();
    });
    show();
    shows.push(show);
  }
  const showAll = () => { for (const show of shows) show(); };

  let changed = Boolean(summary);
  const version = Number(form.elements.version.value);
  const fields = [...form.querySelectorAll("input[id]:not([type=radio])")];
  const typed = () => Object.fromEntries(
    fields.map((each) => [each.name, each.type === "checkbox" ? each.checked : each.value]),
  );
  const keep = (sent) => copy.keep({ version, sent, values: typed() });

  // --- judged while typed -----------------------------------------------------------------------------------
  let asked = 0;
  let timer = 0;
  let asking = new AbortController();
  const answer = (lines) => {
    const refused = [];
    for (const [pk, { html, said, wrong, asks }] of Object.entries(lines)) {
      const cell = document.getElementById(`outcome-${pk}`);
      if (cell.innerHTML.trim() !== html.trim()) cell.innerHTML = html;
      const value = form.elements[`value-${pk}`];
      const error = document.getElementById(`error-value-${pk}`);
      // The lack of a reason is said when the page is sent: it is being written.
      const bad = wrong.includes("value");
      error.hidden = !bad;
      error.textContent = bad ? said : "";
      if (bad) value.setAttribute("aria-invalid", "true");
      else value.removeAttribute("aria-invalid");
      value.closest("[data-line]").classList.toggle("invalid", bad);
      if (bad) refused.push({ line: pk, said });
      const explain = document.getElementById(`explain-${pk}`);
      if (asks) delete explain.dataset.quiet;
      else explain.dataset.quiet = "";
    }
    showAll();
    form.dispatchEvent(new CustomEvent("judged", { detail: refused }));
  };
  const judge = async () => {
    const mine = (asked += 1);
    asking.abort();
    asking = new AbortController();
    const { signal } = asking;
    try {
      const response = await fetch(form.dataset.consequence, { method: "POST", body: new FormData(form), redirect: "error", signal });
      if (!response.ok) throw new Error(response.statusText);
      const { closed, kept, lines } = await response.json();
      if (mine !== asked) return;
      if (closed) { saved.textContent = closed; return; }
      answer(lines);
      saved.textContent = kept && changed ? form.dataset.kept : "";
      if (kept) copy.drop();
    } catch {
      // The log-in ended, or there is no connection: this tab keeps what was typed.
      if (mine === asked) saved.textContent = form.dataset.lost;
    }
  };
  const later = () => {
    clearTimeout(timer);
    timer = setTimeout(judge, 350);
  };

  // --- nothing is lost --------------------------------------------------------------------------------------
  // What was sent and then found under a newer version has been saved; anything else that differs is offered.
  const held = copy.read();
  const now = typed();
  const differs = held && Object.keys(now).some((name) => name in held.values && held.values[name] !== now[name]);
  if (summary) {
    keep(false);
  } else if (differs && !(held.sent && held.version < version)) {
    const offer = document.getElementById("restore");
    offer.hidden = false;
    document.getElementById("kept")?.setAttribute("hidden", "");
    offer.querySelector("button").addEventListener("click", () => {
      for (const each of fields) {
        if (!(each.name in held.values)) continue;
        if (each.type === "checkbox") each.checked = held.values[each.name];
        else each.value = held.values[each.name];
        if (each.value && each.type !== "checkbox") each.closest("details")?.setAttribute("open", "");
      }
      showAll();
      changed = true;
      keep(false);
      judge();
      offer.hidden = true;
      fields[0].focus();
    });
  } else {
    copy.drop();
  }

  form.addEventListener("input", () => {
    changed = true;
    keep(false);
    later();
  });
  form.addEventListener("submit", () => {
    // What is being saved needs no copy: an answer that is still under way would leave an older one.
    clearTimeout(timer);
    asked += 1;
    asking.abort();
    changed = false;
    keep(true);
  });
  // A tab that is closed hands over what was typed in the last moment.
  window.addEventListener("pagehide", () => {
    if (changed) navigator.sendBeacon(form.dataset.consequence, new FormData(form));
  });
  window.addEventListener("beforeunload", (event) => {
    if (changed && saved.textContent !== form.dataset.kept) event.preventDefault();
  });
}
