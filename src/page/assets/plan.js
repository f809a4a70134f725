// Plan: the page of a plan.
const knee_tiles = (knee) => {
  const { edge } = knee;
  if (!edge) return [tile({ everywhere: "everywhere", nowhere: "nowhere", "not monotone": "no one place" }[knee.found], "the limit holds", knee.found === "not monotone" ? "it stops, and holds again" : "at the levels tried")];
  const [holds, breaks] = edge.ways;
  return [
    tile(edge.surely_held?.[0] ?? DASH, `surely holds ${holds}`, edge.surely_held ? "the whole 95 % interval holds" : "nowhere tried is it sure"),
    tile(`${edge.held[0]} to ${edge.breached[0]}`, "the knee", "the mean over the seeds turns between these"),
    tile(edge.surely_breached?.[0] ?? DASH, `surely breached ${breaks}`, edge.surely_breached ? "all of the 95 % interval is beyond" : "nowhere tried is it sure"),
  ];
};
const knee_verdict = (data) => {
  const { knee } = data;
  if (!knee) return [];
  const heads = { edge: "The limit has a knee", everywhere: "The limit holds everywhere", nowhere: "The limit holds nowhere", "not monotone": "The limit has no one knee" };
  const [first, ...rest] = knee.sentences;
  return [verdict(knee.found === "edge" || knee.found === "everywhere", heads[knee.found], `${data.limit}: ${first}`),
    rest.length ? el("ul", { class: "notes" }, ...rest.map((sentence) => el("li", {}, sentence))) : null];
};

const where = (row) => (row.values.length ? row.values.join(", ") : "as it stands");
// Without a knee: the best of each metric, and what comes nearest to saturation.
const METRIC_TILES = 4;
const best_tiles = (data) => data.points.metrics.slice(0, METRIC_TILES).flatMap((metric, index) => {
  const rows = data.points.rows.filter((row) => row.means[index] !== null).sort((a, b) => a.means[index] - b.means[index]);
  if (!rows.length || !metric.better) return [];
  const [best, worst] = metric.better === "more" ? [rows[rows.length - 1], rows[0]] : [rows[0], rows[rows.length - 1]];
  const print = (row) => PRINTERS[metric.quantity](row.means[index]);
  return [tile(print(best), `best ${metric.label}`, `at ${where(best)}; worst ${print(worst)} at ${where(worst)}`)];
});
const busiest_tile = (data) => {
  const { rows, names } = data.points;
  const known = rows.filter((row) => row.busiest.length);
  if (!known.length) return [];
  const most = known.reduce((a, b) => (b.busiest[0][1] > a.busiest[0][1] ? b : a));
  return [tile(share(most.busiest[0][1]), "busy, the most anywhere", `${names[most.busiest[0][0]]} at ${where(most)}`)];
};

// With several axes what is busiest is a chart of its own among the metrics.
const with_busiest = (data) => {
  if (data.axes.length < 2) return data;
  const { metrics, rows } = data.points;
  const busiest = { label: "utilisation of the busiest", quantity: "share", better: "less", bound: null };
  const more = rows.map((row) => ({ ...row, means: [...row.means, row.busiest[0]?.[1] ?? null], half_widths: [...row.half_widths, null] }));
  return { ...data, points: { ...data.points, metrics: [...metrics, busiest], rows: more } };
};
const metric_charts = (given) => {
  const data = with_busiest(given);
  const { metrics } = data.points;
  const view = first_view(data.axes);
  const texts = (index) => new Map([...data.axes[index].levels.map(([text, at]) => [at, text]), ...data.points.rows.map((row) => [row.at[index], row.values[index]])]);
  const place = el("div");
  const paint = () => {
    const varied = data.axes[view.along];
    const beside = view.across === null ? null : data.axes[view.across];
    if (is_a_table(data, view)) {
      place.replaceChildren(view_controls(data, view, repaint), heat_table(data, view));
      return;
    }
    const saturated = data.axes.length === 1 ? data.theory?.saturated : null;
    const charts = metrics.map((metric, index) => {
      const curves = curves_of(data, view, index);
      const is_judged = metric.bound !== null;
      return el("div", {}, el("h3", {}, metric.label), sweep_chart(`${metric.label} along ${varied.path}${beside ? `, a curve for each ${beside.path}` : ""}`, varied, texts(view.along), metric.quantity, () => curves, {
        bound: metric.bound, words: data.limit, is_judged, edge: data.knee?.edge, saturated, is_log: () => view.is_log,
      }));
    });
    const entries = beside ? beside.levels.map(([text], index) => [SIDE_COLOURS[index], `${beside.path} = ${cut(text, 40)}`]) : [];
    if (data.knee?.edge) entries.push(["mark", "the knee; shaded: its 95 % interval"]);
    place.replaceChildren(view_controls(data, view, repaint), legend(entries),
      metrics.some((metric) => metric.bound !== null) ? el("p", { class: "about" }, "With a limit: a dot surely holds, a cross is surely breached, a ring may be either; the dashed line is the limit.") : "",
      el("div", { class: "columns" }, ...charts));
  };
  const repaint = () => { paint(); redraw(); };
  paint();
  return place;
};

// What comes nearest to saturation, along the only axis.
const busy_chart = (data) => {
  const [varied] = data.axes;
  const { rows, busy } = data.points;
  const order = rows.map((_, index) => index).sort((a, b) => rows[a].at[0] - rows[b].at[0]);
  const texts = new Map(rows.map((row) => [row.at[0], row.values[0]]));
  return along(`Utilisation along ${varied.path}: ${busy.map((one) => one.name).join(", ")}`, varied, texts, "share", () => ({
    tables: [[order.map((row) => rows[row].at[0]), ...busy.map((one) => order.map((row) => one.utilisation[row]))]],
    series: busy.map((one, index) => line(`${one.name} (${one.kind})`, SIDE_COLOURS[index], { ...steps(varied), dash: index % 2 ? [6, 4] : undefined })), bands: [],
  }), { edge: data.knee?.edge, saturated: data.theory?.saturated });
};

const theory_parts = (data) => {
  const { theory } = data;
  const [varied] = data.axes;
  const { levels } = theory;
  const about = theory.sentences.map((sentence) => el("li", {}, sentence));
  if (!theory.is_busy) return [el("ul", { class: "notes" }, ...about)];
  const texts = new Map(levels.map((level) => [level.at, level.level]));
  const column = (key) => levels.map((level) => level[key]);
  const hints = { edge: data.knee?.edge, saturated: theory.saturated, is_log: () => true };
  const print = (_, value) => (value === null || value === undefined ? DASH : String(+value.toPrecision(3)));
  const charts = [el("div", {}, el("h3", {}, `Utilisation of ${theory.name}`), along(`Utilisation of ${theory.name} along ${varied.path}, measured and by the utilisation law`, varied, texts, "share", () => ({
    tables: [[column("at"), column("utilisation"), column("by_law")]],
    series: [line("measured", "accent", steps(varied)), line("by the utilisation law", "outdated", { spanGaps: true, dash: [6, 4] })], bands: [],
  }), hints))];
  if (levels.some((level) => level.waiting !== null)) {
    charts.push(el("div", {}, el("h3", {}, `Jobs waiting at ${theory.name}`), along(`Jobs waiting at ${theory.name} along ${varied.path}, measured and by Pollaczek and Khinchine`, varied, texts, "count", () => ({
      tables: [[column("at"), column("exponential"), column("constant"), column("waiting")]],
      series: [line("exponential service", "outdated", { spanGaps: true, width: 1, dash: [6, 4], value: print }), line("equally long service", "outdated", { spanGaps: true, width: 1, dash: [2, 3], value: print }), line("measured", "accent", { ...steps(varied), value: print })],
      bands: [{ series: [1, 2], fill: faint("outdated", 0.18) }],
    }), hints)));
  }
  const keyed = (label, cells, keys, about_it) => ({ label, about: about_it ?? "", unit: "text", cells, keys });
  const jobs = (value) => (value === null ? DASH : String(+value.toPrecision(3)));
  const table = data_table(`${theory.name}, measured and by theory`, { left_out: 0, columns: [
    keyed(varied.path, column("level"), column("at")), { label: "utilisation", about: "busy share of the measured time", unit: "share", cells: column("utilisation") },
    { label: "by the law", about: "by the utilisation law", unit: "share", cells: column("by_law") },
    keyed("waiting", column("waiting").map(jobs), column("waiting"), "jobs, over time"), keyed("equally long", column("constant").map(jobs), column("constant"), "jobs that would wait by theory"),
    keyed("exponential", column("exponential").map(jobs), column("exponential"), "jobs that would wait by theory"),
    keyed("an outage's backlog drains in", column("drain").map((drain) => (drain === null ? "never" : `${jobs(drain)} times as long`)), column("drain"), "by theory"),
  ] });
  return [el("ul", { class: "notes" }, ...about), el("div", { class: "columns" }, ...charts), table];
};

const points_table = (data) => {
  const { metrics, rows, names } = data.points;
  const columns = data.axes.map((varied, index) => ({ label: varied.path, about: "", unit: "text", cells: rows.map((row) => row.values[index]), keys: rows.map((row) => row.at[index]) }));
  metrics.forEach((metric, index) => {
    columns.push({ label: metric.label, about: "mean over the seeds ± half of its 95 % interval", unit: "text", cells: rows.map((row) => with_interval(metric.quantity, row.means[index], row.half_widths[index])), keys: rows.map((row) => row.means[index]) });
    if (index === 0 && data.limit) columns.push({ label: "limit", about: "what the interval of the mean says of it", unit: "text", cells: rows.map((row) => row.ruling) });
  });
  const busy = (place) => [
    { label: place ? "next behind it" : "saturates first", about: "node or direction of a link", unit: "text", cells: rows.map((row) => (row.busiest[place] ? names[row.busiest[place][0]] : DASH)) },
    { label: "busy", about: "its utilisation", unit: "share", cells: rows.map((row) => row.busiest[place]?.[1] ?? null) }];
  return data_table("Points", { columns: [...columns, ...busy(0), ...busy(1)], left_out: 0 });
};

const change_parts = (data) => {
  const { changes } = data;
  const texts = (key) => changes.rows.map((row) => row[key]);
  return [
    el("ul", { class: "notes" }, ...changes.advice.map((sentence) => el("li", {}, sentence))), tornado(changes.rows),
    data_table("Changes, the most helpful first", { left_out: 0, columns: [
      { label: "change", about: "", unit: "text", wide: true, cells: changes.rows.map((row) => (row.name === row.change ? row.change : `${row.name}: ${row.change}`)) },
      { label: changes.metric, about: "mean over the seeds ± half of its 95 % interval", unit: "text", cells: texts("value") },
      { label: "moved", about: "seed by seed", unit: "text", cells: texts("moved"), keys: texts("mean") }, { label: "is", about: "surely so, beyond chance", unit: "text", cells: texts("word") },
      { label: "then saturates first", about: "node or direction of a link", unit: "text", cells: texts("busiest") }, { label: "busy", about: "its utilisation", unit: "share", cells: texts("busy") }] }),
  ];
};

const plan_page = (data) => {
  const { points, axes, changes } = data;
  const { rows } = points;
  const seeds = `${plural(data.seeds.length, "seed")} ${data.seeds.slice(0, 12).join(", ")}${data.seeds.length > 12 ? " …" : ""}, the same at every point`;
  const varied = axes.map((one) => `${one.path} from ${one.range}`).join("; ");
  const parts = [header(data.topology, axes.length ? `${plural(rows.length, "point")}: ${varied}` : "changes against the file as it stands", seeds)];
  if (data.is_partial) parts.push(verdict(false, "Partial", "interrupted; points that were not finished are missing"));
  parts.push(...knee_verdict(data));
  const most = changes?.rows.find((row) => row.word === "better");
  // That no change surely helps is no breach.
  if (changes) parts.push(most ? verdict(true, "What if", changes.advice[0]) : el("p", { class: "about" }, `What if: ${changes.advice[0]}.`));
  const tiles = [...(data.knee ? knee_tiles(data.knee) : best_tiles(data)), ...busiest_tile(data), rows.length ? tile(count(rows.length), rows.length === 1 ? "point" : "points", `each run with ${plural(data.seeds.length, "seed")}`) : null,
    data.theory?.saturated ? tile(data.theory.saturated[0], "saturated by the utilisation law", data.theory.name) : null,
    most ? tile(most.moved, `${changes.metric} by the best change`, most.name) : null].filter((one) => one !== null);
  parts.push(el("ul", { class: "tiles" }, ...tiles));
  if (rows.length) {
    const left_out = points.metrics_left_out ? ` ${plural(points.metrics_left_out, "metric")} more left out to keep the page small.` : "";
    const interval = data.seeds.length > 1 ? "shaded or in whiskers, its 95 % interval" : "one seed says nothing of an interval";
    parts.push(section("curves", "What was measured", `Means over the seeds along what was varied; ${interval}.${left_out}`, metric_charts(data)));
    if (points.busy.length) parts.push(section("busy", "What saturates first", "Busy share of the nodes and directions of links that come nearest to saturation; the table below says it of each point.", busy_chart(data)));
    if (data.theory) parts.push(section("theory", "Theory beside it", `Of ${data.theory.name}, as if its jobs came at random, beside what was measured.`, ...theory_parts(data)));
    if (rows.some((row) => row.delay.some((part) => part !== null))) {
      parts.push(section("delays", "Where the time goes", "Mean staleness at each point, in its parts.", legend(data.parts.map((name, index) => [`part-${index}`, name])),
        few_or_all(rows.map((row) => ({ name: row.values.join(", "), parts: row.delay })), (some) => part_bars(data.parts, some, span), "point")));
    }
    parts.push(section("points", "Points", "Every point with its means; head a column to sort by it.", points_table(data)));
  }
  if (changes) parts.push(section("changes", "What if", `Each change against the file as it stands (${changes.metric} ${changes.as_it_stands}), seed by seed; ${changes.better ? `${changes.better} is better; ` : ""}the line through a bar is its 95 % interval.`, ...change_parts(data)));
  parts.push(el("footer", {}, el("p", {}, `uidsim ${data.uidsim_version}. Again: `, el("code", {}, data.command))));
  parts.splice(1, 0, navigation());
  main.replaceChildren(...parts.filter((part) => part !== null));
  redraw();
};
