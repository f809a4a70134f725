// Charts: curves by uPlot, drawn again for each theme and width. Knows axes, not what they are of.
const HEIGHT = 260;

// `make(width)` gives options and data; `about` says in words what is seen.
const chart = (about, make) => {
  const place = el("div", { class: "chart", role: "img", "aria-label": about });
  let plot = null;
  onRedraw(() => {
    if (!place.isConnected) return;
    if (plot) plot.destroy();
    const [options, data] = make(place.clientWidth);
    plot = new uPlot({ width: place.clientWidth, height: HEIGHT, ...options }, data, place);
  });
  return place;
};
const axis = (more) => ({
  stroke: css("muted"), font: "12px system-ui, 'DejaVu Sans', sans-serif", ticks: { stroke: css("line"), width: 1 },
  grid: { stroke: css("grid"), width: 1 }, ...more,
});
const percent_axis = () => axis({ size: 56, values: (_, values) => values.map((value) => `${+(value * 100).toPrecision(4)} %`) });
const clock_axis = (start) => axis({
  space: 70,
  incrs: [1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 10800, 21600, 43200, 86400, 172800, 604800],
  values: (_, values) => values.map((value) => (start ? clock(value - start, start).replace(" on day ", " d") : tick(value))),
});
const span_axis = () => axis({ space: 45, values: (_, values) => values.map((value) => (value === null ? null : value < 1 ? tick(value) : `${count(value)} s`)) });
const tint = (colour, part) => `color-mix(in srgb, ${colour} ${part * 100}%, transparent)`;
// Canvas knows no color-mix everywhere: hex with an alpha.
const faint = (name, part) => css(name) + two(Math.round(part * 255).toString(16));

// Disturbances behind the curves, numbered as in their list.
const marks = (rows, start, end) => (plot) => {
  const { ctx } = plot;
  const ratio = uPlot.pxRatio;
  ctx.save();
  ctx.beginPath();
  ctx.rect(plot.bbox.left, plot.bbox.top, plot.bbox.width, plot.bbox.height);
  ctx.clip();
  ctx.strokeStyle = css("mark");
  ctx.font = `${11 * ratio}px system-ui, sans-serif`;
  rows.forEach((row, index) => {
    const from = plot.valToPos(row.at + start, "x", true);
    const to = plot.valToPos((row.until ?? end) + start, "x", true);
    ctx.fillStyle = faint("mark", 0.16);
    ctx.fillRect(from, plot.bbox.top, Math.max(to - from, 1), plot.bbox.height);
    ctx.beginPath();
    ctx.lineWidth = ratio;
    ctx.moveTo(from, plot.bbox.top);
    ctx.lineTo(from, plot.bbox.top + plot.bbox.height);
    ctx.stroke();
    if (rows.length <= 12) {
      ctx.fillStyle = css("mark");
      ctx.fillText(String(index + 1), from + 3 * ratio, plot.bbox.top + 12 * ratio);
    }
  });
  ctx.restore();
};

const CLASSES = ["outdated", "missing", "lingering", "current"];
// The classes of address time, one on the other. `only_wrong` leaves out what is right.
const stacked_chart = (curves, start, disturbances, end, only_wrong, about) => chart(about, () => {
  const names = only_wrong() ? CLASSES.slice(0, 3) : CLASSES;
  const xs = curves.current.map((_, index) => start + (index + 0.5) * curves.axis_seconds);
  const tops = [];
  names.forEach((name, level) => tops.push(curves[name].map((part, index) => (part === null ? null : part + (level ? tops[level - 1][index] : 0)))));
  // The highest first, so that each lower one covers it.
  const order = names.map((_, level) => names.length - 1 - level);
  const series = order.map((level) => ({
    label: names[level], stroke: css(names[level]), fill: css(names[level]), width: 0, points: { show: false },
    value: (_plot, _value, _series, index) => (index === null ? DASH : share(curves[names[level]][index])),
  }));
  return [{
    scales: { x: { time: false }, y: { range: (_plot, _low, high) => [0, only_wrong() ? Math.max(high, 1e-6) * 1.05 : 1] } },
    axes: [clock_axis(start), percent_axis()],
    series: [{ label: "time", value: (_plot, value) => (value === null ? DASH : clock(value - start, start)) }, ...series],
    cursor: { drag: { x: true, y: false } },
    hooks: { draw: [marks(disturbances, start, end)] },
  }, [xs, ...order.map((level) => tops[level])]];
});

const cumulated = (shares) => { let sum = 0; return shares.map((part) => (sum += part ?? 0)); };
const LOG = { time: false, distr: 3, log: 10 };

const staleness_chart = (staleness, about) => chart(about, () => {
  // Steps before the first update say nothing.
  const first = Math.max(0, staleness.share.findIndex((part) => part > 0) - 2);
  return [{
  scales: { x: LOG, y: { range: (_plot, _low, high) => [0, Math.max(high, 1e-3) * 1.08] }, sum: { range: [0, 1] } },
  axes: [span_axis(), percent_axis(), { ...percent_axis(), side: 1, scale: "sum", grid: { show: false } }],
  series: [
    { label: "staleness up to", value: (_, value) => span(value) },
    { label: "updates in this step", stroke: css("accent"), fill: faint("accent", 0.25), width: 1, paths: uPlot.paths.stepped({ align: -1 }), points: { show: false }, value: (_, value) => share(value) },
    { label: "updates so far", scale: "sum", stroke: css("outdated"), width: 2, points: { show: false }, value: (_, value) => share(value) },
  ],
}, [staleness.within.slice(first), staleness.share.slice(first), cumulated(staleness.share.slice(first))]];
});

const line = (label, colour, more) => ({ label, stroke: css(colour), width: 2, points: { show: false }, value: (_, value) => share(value), ...more });
const visibility_chart = (rows, about) => chart(about, () => {
  const column = (name) => rows.map((row) => row[name]);
  return [{
    scales: { x: LOG, y: { range: [0, 1] } },
    axes: [span_axis(), percent_axis()],
    series: [
      { label: "within", value: (_, value) => span(value) },
      line("best firewall", "muted", { width: 1 }),
      line("worst tenth", "missing", { width: 1 }),
      line("worst firewall", "outdated", { width: 1 }),
      line("median firewall", "lingering", { dash: [6, 4] }),
      line("all of the fleet", "accent", { width: 3 }),
    ],
    bands: [{ series: [1, 2], fill: faint("accent", 0.22) }, { series: [2, 3], fill: faint("accent", 0.1) }],
  }, [column("within"), column("most"), column("tenth"), column("least"), column("median"), column("fleet")]];
});
