// Grid: which of the varied values lies along the charts and which makes their curves; a coloured table where there are too many.
const CURVES_MAX = SIDE_COLOURS.length;

// The view to begin with: along the range with the most levels, a curve for each level of the next.
const first_view = (axes) => {
  const order = axes.map((_, index) => index).sort((a, b) => axes[b].is_range - axes[a].is_range || axes[b].levels.length - axes[a].levels.length || a - b);
  return { along: order[0], across: order[1] ?? null, at: axes.map((varied) => varied.levels[0][0]), metric: 0, is_log: true };
};
const is_in_view = (view, row) => row.values.every((value, index) => index === view.along || index === view.across || value === view.at[index]);
const point_of = (row, view, metric) => ({ at: row.at[view.along], mean: row.means[metric], half: row.half_widths[metric], ruling: row.ruling });
const by_place = (points) => points.sort((a, b) => a.at - b.at);
const curves_of = (data, view, metric) => {
  const rows = data.points.rows.filter((row) => is_in_view(view, row));
  if (view.across === null) return [{ label: "mean over the seeds", colour: "accent", points: by_place(rows.map((row) => point_of(row, view, metric))) }];
  return data.axes[view.across].levels.map(([text], index) => ({
    label: cut(text, 28), colour: SIDE_COLOURS[index % CURVES_MAX],
    points: by_place(rows.filter((row) => row.values[view.across] === text).map((row) => point_of(row, view, metric))),
  }));
};
const is_a_table = (data, view) => view.across !== null && data.axes[view.across].levels.length > CURVES_MAX;

// What can be chosen where more than one value was varied.
const view_controls = (data, view, changed) => {
  const { axes } = data;
  const set = (key, value) => { view[key] = value; changed(); };
  const select = (label, options, chosen, onchange) => {
    const made = choice(label, options, onchange);
    made.querySelector("select").value = String(chosen);
    return made;
  };
  const controls = [];
  if (axes.length > 1) {
    controls.push(select("Along", axes.map((varied, index) => [String(index), varied.path]), view.along, (value) => {
      if (Number(value) === view.across) view.across = view.along;
      set("along", Number(value));
    }));
    controls.push(select("Beside it", axes.map((varied, index) => [String(index), varied.path]).filter(([index]) => Number(index) !== view.along), view.across, (value) => set("across", Number(value))));
  }
  axes.forEach((varied, index) => {
    if (index === view.along || index === view.across) return;
    controls.push(select(`At ${varied.path}`, varied.levels.map(([text]) => [text, text]), view.at[index], (value) => { view.at[index] = value; changed(); }));
  });
  if (is_a_table(data, view)) controls.push(select("Metric", data.points.metrics.map((metric, index) => [String(index), metric.label]), view.metric, (value) => set("metric", Number(value))));
  else controls.push(tick_box("logarithmic where values span much", view.is_log, (checked) => { view.is_log = checked; redraw(); }));
  return el("div", { class: "controls" }, ...controls);
};

// A cell for each pair of levels, coloured from the best to the worst.
const heat_table = (data, view) => {
  const metric = data.points.metrics[view.metric];
  const [along_it, beside] = [data.axes[view.along], data.axes[view.across]];
  const found = new Map(data.points.rows.filter((row) => is_in_view(view, row)).map((row) => [JSON.stringify([row.values[view.along], row.values[view.across]]), row]));
  const means = [...found.values()].map((row) => row.means[view.metric]).filter((mean) => mean !== null);
  const [low, high] = [Math.min(...means), Math.max(...means)];
  const level = (mean) => {
    if (mean === null || mean === undefined) return 255;
    const part = high > low ? (mean - low) / (high - low) : 0;
    return Math.round((metric.better === "more" ? 1 - part : part) * 254);
  };
  const painted = [];
  const body = beside.levels.map(([text]) => el("tr", {}, el("th", { scope: "row" }, cut(text, 28)), ...along_it.levels.map(([along_text]) => {
    const row = found.get(JSON.stringify([along_text, text]));
    const mean = row?.means[view.metric];
    const cell = el("td", { class: "number", title: row ? `${with_interval(metric.quantity, mean, row.half_widths[view.metric])}${row.ruling ? `, ${row.ruling}` : ""}` : null }, PRINTERS[metric.quantity](mean));
    painted.push([cell, level(mean)]);
    return cell;
  })));
  const table = el("table", {}, el("caption", {}, `${metric.label}: along ${along_it.path}, down ${beside.path}`),
    el("thead", {}, el("tr", {}, el("td", {}), ...along_it.levels.map(([text]) => el("th", { scope: "col", class: "number" }, cut(text, TICK_LETTERS))))), el("tbody", {}, ...body));
  onRedraw(() => {
    if (!table.isConnected) return;
    painted.forEach(([cell, at]) => { cell.style.background = rgb(ramp[at]); cell.style.color = ink(ramp[at]); });
  });
  return el("div", { class: "scroll data-table grid", tabindex: "0", role: "region", "aria-label": metric.label }, table);
};
