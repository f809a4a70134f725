// Compare: fleets laid over each other, and the page of a comparison.
const SIDE_COLOURS = ["accent", "outdated", "part-3", "part-2", "missing", "lingering", "part-6", "part-1"];

// Least, mean and most over the runs of one side, position by position.
const spread = (runs) => {
  const length = Math.min(...runs.map((run) => run.length));
  return Array.from({ length }, (_, at) => {
    const values = runs.map((run) => run[at]).filter((value) => value !== null && value !== undefined);
    if (!values.length) return [null, null, null];
    return [Math.min(...values), values.reduce((sum, value) => sum + value, 0) / values.length, Math.max(...values)];
  });
};
// One chart of all sides: a line for the mean of each, a band over its seeds.
const laid_over = (about, sides, xs, values, x_scale, x_axis, x_print, low) => chart(about, () => {
  const tables = sides.map((side) => [xs(side), spread(side.curves.map(values(side)))]);
  const parts = tables.map(([own, rows]) => [own.slice(0, rows.length), ...[2, 1, 0].map((part) => rows.map((row) => row[part]))]);
  const data = uPlot.join(parts);
  const series = sides.flatMap((side) => [
    line(`${side.label} most`, side.colour, { width: 0 }), line(side.label, side.colour), line(`${side.label} least`, side.colour, { width: 0 }),
  ]).map((one) => ({ ...one, spanGaps: true }));
  const bands = sides.map((side, index) => ({ series: [index * 3 + 1, index * 3 + 3], fill: faint(side.colour, 0.18) }));
  return [{ scales: { x: x_scale, y: { range: (_plot, least) => [low(least), 1] } }, axes: [x_axis(), percent_axis()], series: [{ label: "at", value: (_, value) => x_print(value) }, ...series], bands }, data];
});
const over_each_other = (sides) => {
  const curved = sides.filter((side) => side.curves.length);
  if (!curved.length) return [];
  // Saved reports do not say when their day began.
  const start = curved.find((side) => side.start_seconds)?.start_seconds ?? 0;
  const middle = (side) => side.curves[0].current.map((_, index) => start + (index + 0.5) * side.curves[0].axis_seconds);
  const longest = (side) => side.curves.reduce((a, b) => (b.staleness.within.length > a.staleness.within.length ? b : a)).staleness.within;
  const full = (side) => (run) => { const sums = cumulated(run.staleness.share); return longest(side).map((_, at) => sums[Math.min(at, sums.length - 1)] ?? null); };
  const timed = curved.filter((side) => side.curves.every((run) => run.current.length));
  return [
    ...(timed.length ? [el("div", {}, el("h3", {}, "Consistency over time"), laid_over("Consistency over time, a line for each side", timed, middle, () => (run) => run.current, { time: false }, () => clock_axis(start), (value) => (value === null ? DASH : clock(value - start, start)), (least) => Math.max(0, least - (1 - least) * 0.1)))] : []),
    el("div", {}, el("h3", {}, "Updates applied within"), laid_over("Staleness, cumulated, a line for each side", curved, longest, full, LOG, span_axis, span, () => 0)),
    el("div", {}, el("h3", {}, "Visible within"), laid_over("Visibility of the fleet, a line for each side", curved, (side) => side.curves[0].visibility.map((row) => row.within), () => (run) => run.visibility.map((row) => row.fleet), LOG, span_axis, span, () => 0)),
  ];
};

const compare_page = (data) => {
  const sides = data.sides.map((side, index) => ({ ...side, label: side.letter, colour: SIDE_COLOURS[index % SIDE_COLOURS.length] }));
  const list = el("ul", { class: "legend" }, ...sides.map((side) => el("li", {}, coloured(side.colour), el("strong", {}, side.letter), ` ${side.name} (${side.topology}), ${plural(side.seeds.length, "seed")} ${side.seeds.slice(0, 8).join(", ")}${side.seeds.length > 8 ? " …" : ""}`)));
  const columns = [{ label: "metric of the fleet", unit: "text", cells: data.metrics.map((row) => row.metric) }];
  sides.forEach((side, index) => {
    columns.push({ label: side.letter, unit: "text", cells: data.metrics.map((row) => row.sides[index].mean) });
    if (index) {
      columns.push({ label: `${side.letter} to A`, unit: "text", cells: data.metrics.map((row) => row.sides[index].change || DASH) },
        { label: `${side.letter} is`, about: "surely so, beyond chance", unit: "text", cells: data.metrics.map((row) => row.sides[index].sure) });
    }
  });
  const over = over_each_other(sides);
  const saved = sides.filter((side) => side.is_saved).map((side) => side.letter).join(", ");
  const of_saved = saved ? ` Of saved reports (${saved}) staleness is known at its percentiles, with straight lines between them, and consistency over time where they were saved with --series.` : "";
  main.replaceChildren(...[
    header("Comparison", `uidsim ${data.uidsim_version}`), list,
    data.notes.length ? el("ul", { class: "notes" }, ...data.notes.map((note) => el("li", {}, note))) : null,
    section("metrics", "Metrics", "Means over the seeds; a move is the mean over seeds that both ran, with a 95 % interval.", data_table("Metrics of the fleets", { columns, left_out: 0 })),
    over.length ? section("curves", "Fleets over each other", `A line is the mean over the seeds, its band runs from the least to the most.${of_saved}`, el("div", { class: "columns" }, ...over)) : null,
  ].filter((part) => part !== null));
  redraw();
};
