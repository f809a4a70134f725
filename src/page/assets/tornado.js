// Tornado: how far each change moved a metric, with its interval, around no change at all.
const tornado = (rows) => {
  const ends = rows.filter((row) => row.mean !== null).flatMap((row) => [-1, 1].map((way) => row.mean + way * (row.half_width ?? 0)));
  const [low, high] = [Math.min(0, ...ends), Math.max(0, ...ends)];
  const room = (high - low || 1) * 0.02;
  const place = (value) => ((value - low + room) / (high - low + 2 * room)) * 100;
  const colours = { better: "good", worse: "bad" };
  const grid = el("div", { class: "tornado" });
  rows.forEach((row) => {
    const track = el("span", { class: "track", role: "img", "aria-label": `${row.name}: ${row.moved}, ${row.word}` });
    const piece = (kind, from, to, colour) => {
      const one = el("span", { class: kind });
      one.style.left = `${place(Math.min(from, to))}%`;
      one.style.width = `${place(Math.max(from, to)) - place(Math.min(from, to))}%`;
      if (colour) one.style.background = `var(--${colour})`;
      track.append(one);
    };
    if (row.mean !== null) {
      piece("bar", 0, row.mean, colours[row.word] ?? "muted");
      if (row.half_width !== null) piece("whisker", row.mean - row.half_width, row.mean + row.half_width);
    }
    piece("zero", 0, 0);
    grid.append(el("span", { class: "name" }, row.name), track, el("span", { class: "sum" }, `${row.moved}, ${row.word}`));
  });
  return grid;
};
