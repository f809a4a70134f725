// Heat: enforcement points by time, a colour a cell. Where there are more rows than lines of the picture, a line stands for
// several and shows the worst of them.
const LINES_MAX = 400;
const LABELLED_MAX = 40;

const heat_map = (data, time) => {
  const planes = { truth: bytes(data.heat.truth), authority: bytes(data.heat.authority), staleness: bytes(data.heat.staleness) };
  const { scale, rescale } = scale_legend();
  const bins = data.axis.count;
  const names = data.points.columns[0].cells;
  const [site_words, site_places] = data.points.columns[1].cells;
  const rows = names.length;
  const by_site = (a, b) => site_places[a] - site_places[b] || a - b;
  const by_name = (a, b) => (names[a] < names[b] ? -1 : names[a] > names[b] ? 1 : 0);
  const orders = { worst: null, site: by_site, name: by_name };
  let measure = "truth";
  let plane = planes.truth;
  let order = names.map((_, row) => row);
  const each = Math.max(1, Math.ceil(rows / LINES_MAX));
  const lines = Math.ceil(rows / each);
  const line_height = Math.max(1, Math.min(16, Math.floor(420 / Math.max(lines, 1))));
  const canvas = el("canvas", { tabindex: "0", role: "img", "aria-label": "Heat map of enforcement points by time; arrow keys move, Enter sets the time of the graph" });
  const readout = el("p", { class: "readout", "aria-live": "polite" }, "Point at a cell, or move with the arrow keys.");
  const picture = document.createElement("canvas");
  let at = { bin: 0, line: 0 };
  let gutter = 0;

  const members = (line) => order.slice(line * each, (line + 1) * each);
  const worst = (line, bin) => members(line).reduce((found, row) => {
    const level = plane[row * bins + bin];
    if (level === 255) return found;
    return found === null || level > plane[found * bins + bin] ? row : found;
  }, null);
  const draw = () => {
    if (!canvas.isConnected || !bins || !rows) return;
    picture.width = bins;
    picture.height = lines;
    const context = picture.getContext("2d");
    const image = context.createImageData(bins, lines);
    const levels = new Uint8Array(bins);
    for (let line = 0; line < lines; line += 1) {
      // One more than the worst level, so that nothing known is 0.
      levels.fill(0);
      for (let place = line * each; place < Math.min((line + 1) * each, rows); place += 1) {
        const first = order[place] * bins;
        for (let bin = 0; bin < bins; bin += 1) {
          const level = plane[first + bin];
          if (level !== 255 && level >= levels[bin]) levels[bin] = level + 1;
        }
      }
      for (let bin = 0; bin < bins; bin += 1) {
        image.data.set(ramp[levels[bin] ? levels[bin] - 1 : 255], (line * bins + bin) * 4);
        image.data[(line * bins + bin) * 4 + 3] = 255;
      }
    }
    context.putImageData(image, 0, 0);
    paint();
  };
  const paint = () => {
    const ratio = window.devicePixelRatio || 1;
    const width = canvas.clientWidth;
    const height = lines * line_height + 18;
    gutter = rows <= LABELLED_MAX && width > 500 ? 130 : 0;
    canvas.width = width * ratio;
    canvas.height = height * ratio;
    canvas.style.height = `${height}px`;
    const context = canvas.getContext("2d");
    context.scale(ratio, ratio);
    context.fillStyle = css("bg");
    context.fillRect(0, 0, width, height);
    context.imageSmoothingEnabled = false;
    context.drawImage(picture, gutter, 0, width - gutter, lines * line_height);
    context.font = "11px system-ui, 'DejaVu Sans', sans-serif";
    context.fillStyle = css("text");
    if (gutter) {
      for (let line = 0; line < lines; line += 1) {
        const name = names[order[line]];
        context.fillText(name.length > 20 ? `${name.slice(0, 19)}…` : name, 4, line * line_height + line_height * 0.75, gutter - 8);
      }
    }
    const place = (seconds) => gutter + ((width - gutter) * seconds) / (bins * data.axis.bin_seconds);
    context.strokeStyle = css("mark");
    data.disturbances.rows.forEach((row) => {
      context.beginPath();
      context.moveTo(place(row.at), 0);
      context.lineTo(place(row.at), lines * line_height);
      context.stroke();
    });
    context.strokeStyle = css("accent");
    context.lineWidth = 2;
    context.beginPath();
    context.moveTo(place(time.at), 0);
    context.lineTo(place(time.at), lines * line_height);
    context.stroke();
    const steps = Math.max(2, Math.floor((width - gutter) / 110));
    context.fillStyle = css("muted");
    for (let step = 0; step < steps; step += 1) {
      const seconds = Math.round((bins * data.axis.bin_seconds * step) / steps / 60) * 60;
      context.fillText(clock(seconds, data.start_seconds), place(seconds) + 2, height - 5);
    }
  };
  const tell = () => {
    const row = worst(at.line, at.bin) ?? members(at.line)[0];
    const others = members(at.line).length - 1;
    const from = at.bin * data.axis.bin_seconds;
    const what = level_words(measure, plane[row * bins + at.bin]);
    const more = others ? ` (the worst of ${others + 1} in this line)` : "";
    readout.textContent = `${names[row]}, ${site_words[site_places[row]]}, from ${clock(from, data.start_seconds)} for ${span(data.axis.bin_seconds)}: ${what}${more}`;
  };
  const locate = (event) => {
    const box = canvas.getBoundingClientRect();
    const bin = Math.floor(((event.clientX - box.left - gutter) / (box.width - gutter)) * bins);
    const line = Math.floor((event.clientY - box.top) / line_height);
    at = { bin: Math.min(Math.max(bin, 0), bins - 1), line: Math.min(Math.max(line, 0), lines - 1) };
    tell();
  };
  canvas.addEventListener("pointermove", locate);
  canvas.addEventListener("click", (event) => { locate(event); time.set((at.bin + 0.5) * data.axis.bin_seconds); });
  canvas.addEventListener("keydown", (event) => {
    const [right, down] = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] }[event.key] ?? [0, 0];
    if (event.key === "Enter") time.set((at.bin + 0.5) * data.axis.bin_seconds);
    else if (!right && !down) return;
    event.preventDefault();
    at = { bin: Math.min(Math.max(at.bin + right, 0), bins - 1), line: Math.min(Math.max(at.line + down, 0), lines - 1) };
    tell();
  });
  onRedraw(draw);
  time.listeners.push(paint);
  const rule = each > 1 ? ` Each line stands for ${each} firewalls and shows the worst of them.` : "";
  return section("heat", "Firewalls over time",
    `Share of address time that was not right, or mean staleness, in steps of ${span(data.axis.bin_seconds)}.${rule} Vertical lines are disturbances and, in blue, the time of the graph.`,
    el("div", { class: "controls" },
      choice("Order", [["worst", "worst first"], ["site", "by site"], ["name", "by name"]], (value) => {
        order = names.map((_, row) => row);
        if (orders[value]) order.sort(orders[value]);
        draw();
      }),
      choice("Colour", MEASURES, (value) => { measure = value; plane = planes[value]; rescale(value); draw(); }),
      scale),
    el("div", { class: "heat" }, canvas), readout);
};
