// Tables marked data-sortable: each heading becomes a button that sorts by its column.
// A cell's key is data-sort, else its text. Cells without a key are unknown and stay last in both directions.
(() => {
  "use strict";
  // Made when somebody sorts: it takes longer than everything else that is done here.
  let collator;

  function key(row, column) {
    const cell = row.cells[column];
    const text = (cell?.dataset.sort ?? cell?.textContent ?? "").trim();
    if (text === "" || text.startsWith("—")) return null;
    const number = Number(text.replace(/[,%\s]/g, "").replace("−", "-"));
    return Number.isNaN(number) ? text : number;
  }

  function compare(a, b) {
    if (typeof a === "number" && typeof b === "number") return a - b;
    collator ??= new Intl.Collator(document.documentElement.lang, { numeric: true });
    return collator.compare(String(a), String(b));
  }

  function sort(table, heading) {
    const column = heading.cellIndex;
    const falling = heading.getAttribute("aria-sort") === "ascending";
    for (const other of heading.parentNode.cells) other.removeAttribute("aria-sort");
    heading.setAttribute("aria-sort", falling ? "descending" : "ascending");
    for (const body of table.tBodies) {
      const rows = [...body.rows].map((row) => [key(row, column), row]);
      rows.sort(([a], [b]) => {
        if (a === null || b === null) return (a === null) - (b === null);
        return falling ? compare(b, a) : compare(a, b);
      });
      body.append(...rows.map(([, row]) => row));
    }
  }

  for (const table of document.querySelectorAll("table[data-sortable]")) {
    for (const heading of table.tHead?.rows[0]?.cells ?? []) {
      if ("unsorted" in heading.dataset || !heading.textContent.trim()) continue;
      const button = document.createElement("button");
      button.type = "button";
      button.append(...heading.childNodes);
      heading.append(button);
      button.addEventListener("click", () => sort(table, heading));
    }
  }

  // A box that scrolls can be reached and scrolled by keyboard; one that does not is no stop on the way, and its
  // table's head may stay at the edge of the window.
  const watch = new ResizeObserver((entries) => {
    for (const { target: box } of entries) {
      const whole = box.querySelector("table").offsetWidth <= box.clientWidth + 1;
      box.classList.toggle("whole", whole);
      if (whole) box.removeAttribute("tabindex");
      else box.tabIndex = 0;
    }
  });
  for (const box of document.querySelectorAll(".table-box")) watch.observe(box);
})();
