// Tables: columns to sort by, a filter, pages. Knows cells, not what they mean.
const PAGE_ROWS = 25;
const PRINTERS = { count, share, span, text: (text) => text, word: (text) => text };

// `table.columns`: label, about, unit, cells, and keys where texts have an order of their own.
const data_table = (name, table, sorted_by) => {
  const columns = table.columns.map((column) => {
    if (column.unit !== "word") return column;
    const [words, places] = column.cells;
    return { ...column, cells: places.map((place) => words[place]) };
  });
  const is_text = (column) => column.unit === "text" || column.unit === "word";
  const is_number = (column) => Boolean(column.keys) || !is_text(column);
  const rows = columns[0].cells.length;
  let order = Array.from({ length: rows }, (_, row) => row);
  let shown = order;
  let page = 0;
  let sorting = { column: sorted_by ?? null, down: false };
  const body = el("tbody");
  const state = el("span", { "aria-live": "polite" });
  const back = el("button", { type: "button", onclick: () => { page -= 1; paint(); } }, "Back");
  const next = el("button", { type: "button", onclick: () => { page += 1; paint(); } }, "Next");
  const search = el("input", { type: "search", placeholder: "Filter", "aria-label": `Filter ${name}`, oninput: () => filter() });
  const heads = columns.map((column, index) => el("th", { scope: "col", class: is_number(column) ? "number" : null, title: column.about || null, "aria-sort": "none" },
    el("button", { type: "button", onclick: () => sort(index) }, column.label)));

  const paint = () => {
    const pages = Math.max(1, Math.ceil(shown.length / PAGE_ROWS));
    page = Math.min(Math.max(page, 0), pages - 1);
    body.replaceChildren(...shown.slice(page * PAGE_ROWS, (page + 1) * PAGE_ROWS).map((row) => el("tr", {},
      ...columns.map((column) => el("td", { class: is_number(column) ? "number" : column.wide ? "wide" : null }, PRINTERS[column.unit](column.cells[row]))))));
    const first = shown.length ? page * PAGE_ROWS + 1 : 0;
    state.textContent = `${count(first)} to ${count(Math.min((page + 1) * PAGE_ROWS, shown.length))} of ${count(shown.length)}${shown.length < rows ? ` that match, of ${count(rows)}` : ""}`;
    back.disabled = page === 0;
    next.disabled = page === pages - 1;
  };
  const filter = () => {
    const words = search.value.toLowerCase().split(/\s+/).filter(Boolean);
    const texts = columns.filter(is_text);
    shown = words.length ? order.filter((row) => words.every((word) => texts.some((column) => column.cells[row].toLowerCase().includes(word)))) : order;
    page = 0;
    paint();
  };
  const sort = (index) => {
    sorting = { column: index, down: sorting.column === index ? !sorting.down : is_number(columns[index]) };
    const cells = columns[index].keys ?? columns[index].cells;
    const way = sorting.down ? -1 : 1;
    // What was not measured comes last either way.
    order = Array.from({ length: rows }, (_, row) => row).sort((a, b) => {
      if (cells[a] === null || cells[b] === null) return (cells[a] === null) - (cells[b] === null) || a - b;
      return (cells[a] < cells[b] ? -1 : cells[a] > cells[b] ? 1 : 0) * way || a - b;
    });
    heads.forEach((head, at) => head.setAttribute("aria-sort", at === index ? (sorting.down ? "descending" : "ascending") : "none"));
    filter();
  };
  paint();
  const left_out = table.left_out ? `; ${plural(table.left_out, "row")} more left out to keep the page small` : "";
  return el("div", { class: "data-table" },
    rows > 8 ? el("div", { class: "controls" }, search, back, next, state) : null,
    el("div", { class: "scroll", tabindex: "0", role: "region", "aria-label": name }, el("table", {},
      el("caption", {}, `${name}${left_out}`), el("thead", {}, el("tr", {}, ...heads)), body)));
};
