// Graph: the topology in layers, coloured at one instant of the run, and the scrubber that moves it.
const BOX_HEIGHT = 26;
const LETTER = 6.6;

const graph = (data, time) => {
  const { graph: picture } = data;
  const bins = picture.axis.count;
  const planes = { truth: bytes(picture.planes.truth), authority: bytes(picture.planes.authority), staleness: bytes(picture.planes.staleness), busy: bytes(picture.busy), roads: bytes(picture.roads) };
  const { scale, rescale } = scale_legend();
  let measure = "truth";
  const svg = drawn("svg", { viewBox: `0 0 ${picture.width} ${picture.height}`, width: picture.width, role: "group", "aria-label": "Topology" });
  const readout = el("p", { class: "readout", "aria-live": "polite" }, "Choose a box to see what feeds it.");
  const middle = ([x, y]) => [x, y + BOX_HEIGHT / 2];
  const paths = picture.arrows.map(([from, to, way]) => {
    const [source, target] = [picture.boxes[from], picture.boxes[to]];
    const forward = target.x > source.x;
    const [x1, y1] = middle([source.x + source.width, source.y]);
    const [x2, y2] = middle([forward ? target.x : target.x + target.width, target.y]);
    const bend = forward ? Math.max(24, Math.min(60, (x2 - x1) / 2)) : 36;
    const path = drawn("path", { d: `M${x1} ${y1}C${x1 + bend} ${y1} ${forward ? x2 - bend : x2 + bend} ${y2} ${x2} ${y2}`, class: way === "HA1" || way === "standby" ? "dashed" : null });
    path.append(drawn("title", {}, way));
    svg.append(path);
    return path;
  });
  const bin = () => Math.min(bins - 1, Math.max(0, Math.floor(time.at / picture.axis.bin_seconds)));
  const level = (box) => {
    if (measure === "busy") return box.busy_row === null ? null : planes.busy[box.busy_row * bins + bin()];
    return box.row === null ? null : planes[measure][box.row * bins + bin()];
  };
  const value = (box) => {
    const found = level(box);
    if (measure === "busy") return `${busy_words(found)}, ${share(box.busy)} of the whole run`;
    if (found === null) return "enforces nothing";
    return level_words(measure, found);
  };
  const busy_words = (found) => (found === null ? "never busy" : found === 255 ? "not measured then" : `about ${share(level_share(found))} busy`);
  const road = ([, , , row]) => (row === null ? null : planes.roads[row * bins + bin()]);
  const tell = (index) => {
    const box = picture.boxes[index];
    const feeding = picture.arrows.filter(([, to]) => to === index).map((arrow) => `${picture.boxes[arrow[0]].label} (${arrow[2]}${measure === "busy" && arrow[3] !== null ? `, link ${busy_words(road(arrow))}` : ""})`);
    const fed = picture.arrows.filter(([from]) => from === index).length;
    const many = box.nodes > 1 ? `, ${count(box.nodes)} nodes` : "";
    const some = feeding.length > 6 ? `${feeding.slice(0, 6).join(", ")} and ${feeding.length - 6} more` : feeding.join(", ");
    readout.textContent = `${box.label} (${box.kind}, ${box.site}${many}) at ${clock(bin() * picture.axis.bin_seconds, data.start_seconds)}: ${value(box)}. ${feeding.length ? `Fed by ${some}. ` : ""}${fed ? `Feeds ${plural(fed, "box").replace("boxs", "boxes")}.` : ""}`;
    paths.forEach((path, arrow) => path.classList.toggle("near", picture.arrows[arrow][0] === index || picture.arrows[arrow][1] === index));
    boxes.forEach((one, at) => one.setAttribute("aria-pressed", at === index));
    selected = index;
  };
  let selected = null;
  const boxes = picture.boxes.map((box, index) => {
    const letters = Math.floor(box.width / LETTER);
    const label = box.label.length > letters ? `${box.label.slice(0, letters - 1)}…` : box.label;
    const group = drawn("g", {
      class: "box", tabindex: index === 0 ? "0" : "-1", role: "button", "aria-pressed": "false", "aria-label": `${box.label}, ${box.kind}`, transform: `translate(${box.x} ${box.y})`,
      onclick: () => tell(index),
      onkeydown: (event) => {
        const step = { ArrowRight: 1, ArrowDown: 1, ArrowLeft: -1, ArrowUp: -1 }[event.key];
        if (event.key === "Enter" || event.key === " ") { event.preventDefault(); tell(index); }
        if (!step) return;
        event.preventDefault();
        const other = (index + step + boxes.length) % boxes.length;
        boxes.forEach((one, at) => one.setAttribute("tabindex", at === other ? "0" : "-1"));
        boxes[other].focus();
      },
    }, drawn("title", {}, `${box.label} (${box.kind}, ${box.site})`),
    drawn("rect", { width: box.width, height: BOX_HEIGHT, rx: 5, "stroke-width": 1 }),
    drawn("text", { x: box.width / 2, y: 17, "text-anchor": "middle" }, label));
    svg.append(group);
    return group;
  });
  const paint = () => {
    const plain = parse(css("raised"));
    boxes.forEach((group, index) => {
      const found = level(picture.boxes[index]);
      const channels = found === null ? plain : ramp[found];
      group.children[1].setAttribute("fill", rgb(channels));
      group.children[1].setAttribute("stroke", css(found === null ? "line" : "muted"));
      group.children[2].setAttribute("fill", ink(channels));
    });
    // The busier a link, the redder and wider its arrows; the colours of boxes are too pale for a line.
    paths.forEach((path, arrow) => {
      const found = measure === "busy" ? road(picture.arrows[arrow]) : null;
      const is_coloured = found !== null && found !== 255;
      const part = found / 254;
      path.style.stroke = is_coloured ? `color-mix(in srgb, var(--bad) ${Math.round(part * 100)}%, var(--muted))` : "";
      path.style.strokeOpacity = is_coloured ? String(0.38 + 0.62 * part) : "";
      path.style.strokeWidth = is_coloured ? `${1 + 4 * part}px` : "";
    });
    if (selected !== null) tell(selected);
  };
  const slider = el("input", { type: "range", min: "0", max: String(Math.max(bins - 1, 0)), step: "1", value: "0", "aria-label": "Time of the run", id: "scrubber" });
  const output = el("output", { for: "scrubber" });
  slider.addEventListener("input", () => time.set((Number(slider.value) + 0.5) * picture.axis.bin_seconds));
  let playing = null;
  const play = el("button", {
    type: "button", onclick: () => {
      if (playing) { clearInterval(playing); playing = null; play.textContent = "Play"; return; }
      play.textContent = "Pause";
      playing = setInterval(() => time.set(((bin() + 1) % bins + 0.5) * picture.axis.bin_seconds), 120);
    },
  }, "Play");
  time.listeners.push(() => {
    slider.value = String(bin());
    output.textContent = clock(bin() * picture.axis.bin_seconds, data.start_seconds);
    slider.setAttribute("aria-valuetext", output.textContent);
    paint();
  });
  onRedraw(paint);
  const folded = picture.boxes.some((box) => box.nodes > 1) ? " Nodes that are fed alike and stand together are one box, and its colour is theirs together." : "";
  return section("graph", "Topology in time",
    `Mappings go from the sources on the left to the firewalls on the right; dashed arrows are HA1 and standby feeds.${folded} The colour is that of the time chosen, in steps of ${span(picture.axis.bin_seconds)}; of what is busy, arrows are redder and wider the busier the links under them.`,
    el("div", { class: "controls" },
      choice("Colour", [...MEASURES, ["busy", "busy processors and links"]], (value) => { measure = value; rescale(value); paint(); }),
      scale),
    el("div", { class: "scrubber" }, play, slider, output),
    el("div", { class: "scroll graph" }, svg), readout);
};
