// The grid of the entry page as a spreadsheet: Enter and the arrow keys go up and down, a block copied from Excel goes
// into the cells. Whatever is pasted stays as it was, also where the server refuses it; what found no cell is listed.
const grid = document.querySelector("#entry-form table.grid");

if (grid) {
  const form = grid.closest("form");
  const report = document.getElementById("paste-report");
  const lines = [...grid.querySelectorAll("[data-line]")];
  const field = (line, name) => form.elements[`${name}-${line.dataset.line}`];
  const values = lines.map((line) => field(line, "value"));

  const go = (from, step) => {
    const at = values[values.indexOf(from) + step];
    const next = at ?? (step > 0 ? form.querySelector('.actions button[value="save"]') : null);
    next?.focus();
    next?.select?.();
  };

  grid.addEventListener("keydown", (event) => {
    const { target, key } = event;
    if (event.isComposing || event.ctrlKey || event.metaKey || event.altKey) return;
    if (target.matches("input[type=text]") && key === "Enter") {
      // Enter goes on; it never sends a half-filled page.
      event.preventDefault();
      const line = target.closest("[data-line]");
      if (line) go(field(line, "value"), event.shiftKey ? -1 : 1);
    } else if (values.includes(target) && (key === "ArrowDown" || key === "ArrowUp")) {
      event.preventDefault();
      go(target, key === "ArrowDown" ? 1 : -1);
    }
  });

  // Rows of cells as a spreadsheet copies them: tabs between cells, and quotes around cells with line ends.
  const cellsOf = (text) => {
    const rows = [[""]];
    let quoted = false;
    for (let at = 0; at < text.length; at += 1) {
      const row = rows[rows.length - 1];
      const last = row.length - 1;
      const sign = text[at];
      if (quoted) {
        if (sign === '"' && text[at + 1] === '"') { row[last] += '"'; at += 1; }
        else if (sign === '"') quoted = false;
        else row[last] += sign;
      } else if (sign === '"' && row[last] === "") quoted = true;
      else if (sign === "\t") row.push("");
      else if (sign === "\n") rows.push([""]);
      else if (sign !== "\r") row[last] += sign;
    }
    return rows.map((row) => row.map((cell) => cell.trim())).filter((row) => row.some(Boolean));
  };

  const plain = (text) => text.normalize("NFKC").replace(/\s+/g, "").toLowerCase();
  const named = new Map();
  for (const line of lines) for (const name of line.dataset.names.split("|")) named.set(plain(name), line);

  // A row that names an indicator goes to its line: the last filled cell is this quarter's figure. Other rows go to the
  // lines from the focused one on: the first cell is the figure, the second the note.
  const placed = (rows, from) => {
    const byName = rows.some((row) => row.some((cell) => named.has(plain(cell))));
    const puts = [];
    const left = [];
    let at = lines.indexOf(from.closest("[data-line]"));
    for (const row of rows) {
      if (byName) {
        const name = row.findIndex((cell) => named.has(plain(cell)));
        const figures = name < 0 ? [] : row.slice(name + 1).filter(Boolean);
        if (figures.length) puts.push([field(named.get(plain(row[name])), "value"), figures.at(-1)]);
        else left.push(row.filter(Boolean).join(" "));
        continue;
      }
      const line = lines[at];
      at += 1;
      if (!line) { left.push(row.filter(Boolean).join(" ")); continue; }
      puts.push([field(line, "value"), row[0]]);
      if (row[1]) puts.push([field(line, "note"), row[1]]);
      if (row.length > 2) left.push(...row.slice(2).filter(Boolean));
    }
    return { puts, left };
  };

  const told = (count, left, undo) => {
    const { pasted, noPlace, undo: word } = form.dataset;
    report.replaceChildren();
    const said = document.createElement("p");
    said.textContent = pasted.replace("{n}", count);
    const button = document.createElement("button");
    button.type = "button";
    button.className = "button secondary";
    button.textContent = word;
    button.addEventListener("click", undo);
    said.append(" ", button);
    report.append(said);
    if (left.length) {
      const missed = document.createElement("p");
      missed.className = "error";
      missed.textContent = noPlace + left.join(" · ");
      report.append(missed);
    }
    const wrong = document.createElement("p");
    wrong.className = "error";
    wrong.id = "paste-refused";
    wrong.hidden = true;
    report.append(wrong);
    report.hidden = false;
  };

  grid.addEventListener("paste", (event) => {
    const from = event.target;
    const text = event.clipboardData?.getData("text/plain") ?? "";
    const rows = cellsOf(text);
    if (!values.includes(from) || (rows.length < 2 && (rows[0]?.length ?? 0) < 2)) return;
    event.preventDefault();
    const { puts, left } = placed(rows, from);
    const before = puts.map(([input]) => [input, input.value]);
    const write = (pairs) => {
      for (const [input, value] of pairs) input.value = value;
      form.dispatchEvent(new Event("input", { bubbles: true }));
    };
    write(puts);
    told(puts.length, left, () => {
      write(before);
      report.hidden = true;
      from.focus();
    });
    puts.at(-1)?.[0].focus();
  });

  // After the server has read the page: which cells it refuses, each a way to its field.
  form.addEventListener("judged", (event) => {
    const list = document.getElementById("paste-refused");
    if (report.hidden || !list) return;
    list.replaceChildren();
    list.hidden = event.detail.length === 0;
    if (list.hidden) return;
    list.append(form.dataset.refused.replace("{n}", event.detail.length));
    for (const { line, said } of event.detail) {
      const link = document.createElement("a");
      link.href = `#value-${line}`;
      link.textContent = document.getElementById(`name-${line}`).textContent;
      const item = document.createElement("span");
      item.append(link, ` “${form.elements[`value-${line}`].value}” ${said}`);
      list.append(document.createElement("br"), item);
    }
  });
}
