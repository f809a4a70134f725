// Check: the page of a gate.
const check_page = (data) => {
  const head = verdict(data.held, data.held ? "Held" : "Breached", `${data.judged - data.breached} of ${plural(data.judged, "judgement")} held in ${plural(data.files.length, "file")}`);
  const parts = data.files.map((file, number) => {
    const state = file.held ? "held" : `${file.breached} of ${file.judged} breached`;
    const children = [];
    if (file.is_partial) children.push(verdict(false, "Interrupted", "only finished runs are judged"));
    children.push(el("p", {}, el("strong", { class: file.held ? "good" : "bad" }, state), ` – ${file.topology}, ${plural(file.seeds.length, "seed")} ${file.seeds.slice(0, 12).join(", ")}${file.seeds.length > 12 ? " …" : ""}`));
    children.push(el("p", { class: "about" }, file.baseline ?? "No baseline was compared."));
    if (file.notes.length) children.push(el("ul", { class: "notes" }, ...file.notes.map((note) => el("li", {}, note))));
    const texts = (key) => file.rows.map((row) => row[key]);
    if (file.rows.length) {
      children.push(data_table(`Judgements of ${file.file}, breaches first`, {
        left_out: file.left_out,
        columns: [
          { label: "verdict", unit: "text", cells: file.rows.map((row) => (row.held ? "held" : "breached")) }, { label: "of", unit: "text", cells: texts("what") },
          { label: "expected", unit: "text", cells: texts("expected") }, { label: "found", unit: "text", cells: texts("found") }, { label: "margin or move", unit: "text", cells: texts("margin") },
          { label: "where", unit: "text", cells: texts("place") }, { label: "look first", unit: "text", wide: true, cells: texts("look") },
        ],
      }));
    }
    if (file.curves.length) {
      children.push(el("div", { class: "columns" }, ...over_each_other([{ label: "all seeds", colour: "accent", start_seconds: file.start_seconds, curves: file.curves }])));
    }
    return section(`file-${number}`, file.file, null, ...children);
  });
  main.replaceChildren(header("Check", `uidsim ${data.uidsim_version}`), parts.length > 1 ? navigation() : el("p", {}), head, ...parts);
  redraw();
};
