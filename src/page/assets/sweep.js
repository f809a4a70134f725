// Sweep: curves along a value that was varied, with the knee and the limit in them. Knows levels, not what they are of.
const TICK_LETTERS = 14;
const cut = (text, letters) => (text.length > letters ? `${text.slice(0, letters - 1)}…` : text);
const with_interval = (quantity, mean, half) => (mean === null || mean === undefined ? DASH
  : half === null || half === undefined ? PRINTERS[quantity](mean) : `${PRINTERS[quantity](mean)} ± ${PRINTERS[quantity](half)}`);

// Where the levels lie: a range from end to end with some room, a list in equal steps.
const level_scale = (varied, xs) => {
  const [low, high] = [Math.min(...xs), Math.max(...xs)];
  if (!varied.is_range) return { time: false, range: [low - 0.5, high + 0.5] };
  if (varied.is_log) {
    const room = high > low ? (high / low) ** 0.04 : 1.1;
    return { time: false, distr: 3, range: [low / room, high * room] };
  }
  const room = (high - low || Math.abs(high) || 1) * 0.04;
  return { time: false, range: [low - room, high + room] };
};
// The levels as they stand in the file, as many as have room.
const level_axis = (varied, scale, width) => {
  const way = varied.is_log ? Math.log : (value) => value;
  const [low, high] = scale.range.map(way);
  const texts = new Map(varied.levels.map(([text, at]) => [at, cut(text, TICK_LETTERS)]));
  const needed = Math.max(...[...texts.values()].map((text) => text.length)) * 7 + 14;
  let last = -Infinity;
  const splits = [...texts.keys()].sort((a, b) => a - b).filter((at) => {
    const x = ((way(at) - low) / (high - low)) * (width - 90);
    if (x - last < needed) return false;
    last = x;
    return true;
  });
  return axis({ splits: () => splits, filter: (_, values) => values, values: (_, values) => values.map((value) => texts.get(value)) });
};
// Logarithmic only where it shows more: what spans a factor of thirty and is never nothing.
const LOG_FROM = 30;
const measure_scale = (quantity, values, is_log) => {
  const known = values.filter((value) => value !== null && value !== undefined && Number.isFinite(value));
  if (!known.length) return { range: [0, 1] };
  let [low, high] = [Math.min(...known), Math.max(...known)];
  if (is_log && quantity !== "share" && low > 0 && high / low > LOG_FROM) return { distr: 3, log: 10, range: [low / 1.3, high * 1.3] };
  const room = (high - low || Math.abs(high) || 1) * 0.07;
  low = low >= 0 && low < high * 0.4 ? 0 : low - room;
  high += room;
  return { range: quantity === "share" ? [Math.max(low, 0), Math.min(high, 1.005)] : [low, high] };
};
const measure_axis = (quantity) => {
  const words = { share: (value) => `${+(value * 100).toPrecision(4)} %`, span: (value) => (value === 0 ? "0" : tick(value)), count }[quantity];
  // As wide as its longest number.
  const size = (_, texts) => Math.max(44, ...(texts ?? []).map((text) => (text ?? "").length * 7 + 18));
  return axis({ size, values: (_, values) => values.map((value) => (value === null ? null : words(value))) });
};

const within_plot = (draw) => (plot) => {
  const { ctx, bbox } = plot;
  ctx.save();
  ctx.beginPath();
  ctx.rect(bbox.left, bbox.top, bbox.width, bbox.height);
  ctx.clip();
  ctx.font = `${11 * uPlot.pxRatio}px system-ui, 'DejaVu Sans', sans-serif`;
  draw(plot, ctx, bbox, uPlot.pxRatio);
  ctx.restore();
};
const vertical = (ctx, bbox, x, colour, dash, ratio) => {
  ctx.strokeStyle = colour;
  ctx.lineWidth = 1.5 * ratio;
  ctx.setLineDash(dash.map((length) => length * ratio));
  ctx.beginPath();
  ctx.moveTo(x, bbox.top);
  ctx.lineTo(x, bbox.top + bbox.height);
  ctx.stroke();
  ctx.setLineDash([]);
};
// Behind the curves: where the limit surely holds, perhaps holds and surely does not; and the knee.
const zones = (edge, is_judged) => within_plot((plot, ctx, bbox, ratio) => {
  if (!edge) return;
  const ends = [bbox.left, bbox.left + bbox.width];
  const [safe, unsafe] = edge.holds_below ? ends : [...ends].reverse();
  const x = (level, otherwise) => (level ? plot.valToPos(level[1], "x", true) : otherwise);
  const [held, breached] = [x(edge.surely_held, safe), x(edge.surely_breached, unsafe)];
  const band = (from, to, colour) => { ctx.fillStyle = colour; ctx.fillRect(Math.min(from, to), bbox.top, Math.max(Math.abs(to - from), ratio), bbox.height); };
  if (is_judged) { band(safe, held, faint("good", 0.1)); band(breached, unsafe, faint("bad", 0.1)); }
  band(held, breached, faint("mark", 0.16));
  band(x(edge.held), x(edge.breached), faint("mark", 0.35));
  const middle = (x(edge.held) + x(edge.breached)) / 2;
  vertical(ctx, bbox, middle, css("mark"), [], ratio);
  ctx.fillStyle = css("mark");
  ctx.textAlign = middle > bbox.left + bbox.width * 0.8 ? "right" : "left";
  ctx.fillText("knee", middle + (ctx.textAlign === "right" ? -5 : 5) * ratio, bbox.top + 12 * ratio);
});
// In front of them: the limit, and where the utilisation law has the bottleneck saturated.
const bounds = (bound, words, saturated) => within_plot((plot, ctx, bbox, ratio) => {
  if (saturated) {
    const x = plot.valToPos(saturated[1], "x", true);
    vertical(ctx, bbox, x, css("muted"), [2, 4], ratio);
    ctx.fillStyle = css("muted");
    ctx.textAlign = x > bbox.left + bbox.width * 0.7 ? "right" : "left";
    ctx.fillText("saturated by theory", x + (ctx.textAlign === "right" ? -5 : 5) * ratio, bbox.top + bbox.height - 8 * ratio);
  }
  if (bound === null || bound === undefined) return;
  const y = plot.valToPos(bound, "y", true);
  ctx.strokeStyle = css("bad");
  ctx.lineWidth = 1.5 * ratio;
  ctx.setLineDash([8 * ratio, 4 * ratio]);
  ctx.beginPath();
  ctx.moveTo(bbox.left, y);
  ctx.lineTo(bbox.left + bbox.width, y);
  ctx.stroke();
  ctx.fillStyle = css("bad");
  ctx.textAlign = "right";
  ctx.fillText(words, bbox.left + bbox.width - 5 * ratio, y - 5 * ratio);
});

// One chart. `make()` gives tables (x, then a column for each of its series), series and bands; `hints` what else is drawn.
const along = (about, varied, texts, quantity, make, hints) => chart(about, (width) => {
  const { tables, series, bands } = make();
  const data = uPlot.join(tables);
  const x = level_scale(varied, data[0]);
  const y = measure_scale(quantity, [...data.slice(1).flat(), hints.bound], hints.is_log?.());
  // What reaches below a logarithmic axis ends at its foot.
  const shown = data.map((column, index) => (index && y.distr ? column.map((value) => (value === null || value === undefined ? value : Math.max(value, y.range[0]))) : column));
  return [{
    scales: { x, y },
    axes: [level_axis(varied, x, width), measure_axis(quantity)],
    series: [{ label: varied.path, value: (_, value) => (value === null ? DASH : texts.get(value) ?? DASH) }, ...series],
    bands, cursor: { drag: { x: false, y: false } },
    hooks: { drawAxes: [zones(hints.edge, hints.is_judged)], draw: [bounds(hints.bound, hints.words ?? "", hints.saturated), ...(hints.draw ?? [])] },
  }, shown];
});
const steps = (varied) => (varied.is_range ? { spanGaps: true, points: { show: true, size: 5 } } : { paths: () => null, points: { show: true, size: 8 } });

// Means with their intervals. `curves`: label, colour, points with `at`, `mean`, `half`, `ruling`, in their order.
const whiskers = (curves, varied) => within_plot((plot, ctx, _, ratio) => curves().forEach((curve) => curve.points.forEach((point) => {
  if (varied.is_range || point.mean === null || point.half === null) return;
  const x = plot.valToPos(point.at, "x", true);
  const [low, high] = [-1, 1].map((way) => plot.valToPos(Math.max(point.mean + way * point.half, plot.scales.y.min), "y", true));
  ctx.strokeStyle = css(curve.colour);
  ctx.lineWidth = 1.5 * ratio;
  ctx.beginPath();
  ctx.moveTo(x, low);
  ctx.lineTo(x, high);
  [low, high].forEach((y) => { ctx.moveTo(x - 4 * ratio, y); ctx.lineTo(x + 4 * ratio, y); });
  ctx.stroke();
})));
// What was found at each point: a dot holds, a cross is breached, a ring may be either.
const rulings = (curves) => within_plot((plot, ctx, _, ratio) => curves().forEach((curve) => curve.points.forEach((point) => {
  if (point.mean === null || !point.ruling) return;
  const [x, y, size] = [plot.valToPos(point.at, "x", true), plot.valToPos(point.mean, "y", true), 4.5 * ratio];
  const colour = css({ holds: "good", breached: "bad", perhaps: "mark" }[point.ruling]);
  [ctx.strokeStyle, ctx.fillStyle, ctx.lineWidth] = [colour, point.ruling === "holds" ? colour : css("surface"), 2 * ratio];
  ctx.beginPath();
  if (point.ruling === "breached") {
    [[-1, -1, 1, 1], [-1, 1, 1, -1]].forEach(([x1, y1, x2, y2]) => { ctx.moveTo(x + x1 * size, y + y1 * size); ctx.lineTo(x + x2 * size, y + y2 * size); });
  } else {
    ctx.arc(x, y, size, 0, 2 * Math.PI);
    ctx.fill();
  }
  ctx.stroke();
})));
const sweep_chart = (about, varied, texts, quantity, curves, hints) => along(about, varied, texts, quantity, () => {
  const all = curves();
  const half = (point) => point.half ?? 0;
  const ends = (way) => (point) => (point.mean === null ? null : point.mean + way * half(point));
  const known = all.map((curve) => new Map(curve.points.map((point) => [point.at, point])));
  const told = (index) => (plot, _value, _series, at) => {
    const point = at === null || at === undefined ? null : known[index].get(plot.data[0][at]);
    return point ? with_interval(quantity, point.mean, point.half) : DASH;
  };
  const shows = hints.is_judged && all.length === 1 ? { ...steps(varied), points: { show: false } } : steps(varied);
  const quiet = { width: 0, class: "edge", spanGaps: true, paths: varied.is_range ? undefined : () => null };
  return {
    tables: all.map((curve) => [curve.points.map((point) => point.at), ...[1, 0, -1].map((way) => curve.points.map(ends(way)))]),
    series: all.flatMap((curve, index) => [line("", curve.colour, quiet), line(curve.label, curve.colour, { ...shows, dash: index % 2 ? [9, 5] : undefined, value: told(index) }), line("", curve.colour, quiet)]),
    bands: varied.is_range ? all.map((curve, index) => ({ series: [index * 3 + 1, index * 3 + 3], fill: faint(curve.colour, 0.2) })) : [],
  };
}, { ...hints, draw: [whiskers(curves, varied), ...(hints.is_judged ? [rulings(curves)] : [])] });
