// Run: the page of one run.
const SITES_SHOWN = 12;

const tile = (value, label, more) => el("li", {}, el("span", { class: "value" }, value), el("span", { class: "label" }, label), more ? el("span", { class: "more" }, more) : null);
const verdict = (held, head, text) => el("div", { class: `verdict ${held ? "held" : "breached"}`, role: "status" }, el("strong", { class: held ? "good" : "bad" }, head), el("span", {}, text));
const plain_table = (name, labels, rows, wide) => data_table(name, {
  columns: labels.map((label, index) => ({ label, about: "", unit: "text", wide: wide === index, cells: rows.map((row) => row[index]) })), left_out: 0,
});

// Bars of the parts of each row, all to one scale.
const part_bars = (names, rows, print) => {
  const sum = (row) => row.parts.reduce((all, part) => all + (part ?? 0), 0);
  const most = Math.max(...rows.map(sum), 1e-12);
  const grid = el("div", { class: "bars" });
  rows.forEach((row) => {
    const track = el("span", { class: "track", role: "img", "aria-label": names.map((name, part) => `${name} ${print(row.parts[part])}`).join(", ") });
    row.parts.forEach((part, index) => {
      const bar = el("span", { title: `${names[index]}: ${print(part)}` });
      bar.style.width = `${((part ?? 0) / most) * 100}%`;
      bar.style.background = `var(--part-${index})`;
      track.append(bar);
    });
    grid.append(el("span", { class: "name" }, row.name), track, el("span", { class: "sum" }, print(sum(row))));
  });
  return grid;
};
const few_or_all = (rows, make, what) => {
  const place = el("div", {}, make(rows.slice(0, SITES_SHOWN)));
  if (rows.length <= SITES_SHOWN) return place;
  const more = el("button", { type: "button", onclick: () => { place.replaceChildren(make(rows)); } }, `Show all ${plural(rows.length, what)}`);
  return el("div", {}, place, el("div", { class: "controls" }, more));
};

const lanes = (data) => {
  const end = data.virtual_seconds;
  const colours = { enforces: "current", "stands by": "none", down: "outdated" };
  const grid = el("div", { class: "lanes" });
  data.pairs.rows.forEach((pair) => pair.members.forEach((member) => {
    const words = member.turns.map(([at, duty]) => `${duty} from ${clock(at, data.start_seconds)}`).join(", ");
    const lane = el("span", { class: "lane", role: "img", "aria-label": `${member.name}: ${words}`, title: words });
    member.turns.forEach(([at, duty], index) => {
      const until = member.turns[index + 1]?.[0] ?? end;
      if (duty === "stands by") return;
      const bar = el("span");
      bar.style.left = `${(at / end) * 100}%`;
      bar.style.width = `max(1px, ${((until - at) / end) * 100}%)`;
      bar.style.background = `var(--${colours[duty]})`;
      lane.append(bar);
    });
    grid.append(el("span", {}, `${member.name}${member.is_cut ? " (first changes)" : ""}`), lane);
  }));
  return grid;
};

// What was busiest in any bin, over time.
const load_curves = (data, start) => {
  if (!data.busy.length) return null;
  const xs = Array.from({ length: data.axis.count }, (_, bin) => start + (bin + 0.5) * data.axis.bin_seconds);
  const names = data.busy.map((one) => `${one.name} (${one.kind})`);
  return section("load", "Load over time", `Busy share of the nodes and directions of links that were busiest in any step of ${span(data.axis.bin_seconds)}, disturbances behind.`,
    chart(`Busy shares over time: ${names.join(", ")}`, () => [{
      scales: { x: { time: false }, y: { range: (_plot, _low, high) => [0, Math.max(high, 1e-6) * 1.05] } },
      axes: [clock_axis(start), { ...percent_axis(), size: 76 }],
      series: [{ label: "time", value: (_plot, value) => (value === null ? DASH : clock(value - start, start)) },
        ...data.busy.map((one, index) => line(names[index], SIDE_COLOURS[index], { width: 1.5, dash: index % 2 ? [6, 4] : undefined }))],
      cursor: { drag: { x: true, y: false } }, hooks: { draw: [marks(data.disturbances.rows, start, data.virtual_seconds)] },
    }, [xs, ...data.busy.map((one) => one.shares)]]));
};

const run_page = (data) => {
  const { headline, curves, sizes } = data;
  const start = data.start_seconds;
  const time = { at: 0, listeners: [], set(seconds) { time.at = seconds; time.listeners.forEach((listener) => listener()); } };
  const lead = [];
  if (data.is_partial) lead.push(verdict(false, "Partial", `stopped after ${span(data.virtual_seconds)}; this is what was finished`));
  const breached = data.expectations.filter((said) => !said.held);
  if (data.expectations.length) {
    lead.push(breached.length
      ? verdict(false, `${breached.length} of ${data.expectations.length} breached`, breached.slice(0, 4).map((said) => `${said.expected}: measured ${said.measured}${said.place ? ` at ${said.place}` : ""}`).join("; "))
      : verdict(true, "Held", `${plural(data.expectations.length, "expectation")} of the topology file, every one held`));
  }
  const tiles = el("ul", { class: "tiles" },
    tile(share(headline.consistency), "consistency", `worst window ${share(headline.worst_window)}`),
    tile(share(headline.outdated), "another user's policy", `of all flows ${share(headline.wrong_user)}`),
    tile(share(headline.missing), "nobody known", `lingering ${share(headline.lingering)}`),
    tile(span(headline.staleness_p50), "staleness, median", `p99 ${span(headline.staleness_p99)}, max ${span(headline.staleness_max)}`),
    tile(span(headline.convergence_p99), "until all have it, p99", `${count(headline.not_converged)} never`),
    tile(share(headline.agreement), "agreement", "all firewalls say the same"),
    tile(count(headline.applied), "updates applied", `${count(headline.lost)} lost, ${count(headline.refused)} refused`));

  let only_wrong = Math.max(...curves.current.map((part) => 1 - (part ?? 1)), 0) < 0.2;
  const day = section("day", "Consistency over time",
    "Address time of the whole fleet by what the firewalls thought: the right user (current), another (outdated), nobody where somebody is (missing), somebody where nobody is (lingering). Drag to look closer, double-click to see all.",
    el("div", { class: "controls" }, tick_box("only what is not right", only_wrong, (checked) => { only_wrong = checked; redraw(); })),
    legend(CLASSES.map((name) => [name, name]).concat(data.disturbances.rows.length ? [["mark", "disturbance"]] : [])),
    stacked_chart(curves, start, data.disturbances.rows, data.virtual_seconds, () => only_wrong, `Stacked classes over time; mean consistency ${share(headline.consistency)}`));
  const near = curves.staleness.is_near ? " Steps are near ones: at most 1 % off." : "";
  const columns = el("div", { class: "columns" },
    section("staleness", "Staleness", `From the event at the source to its application on a firewall, over all updates applied.${near}`,
      staleness_chart(curves.staleness, `Distribution of staleness: median ${span(headline.staleness_p50)}, p99 ${span(headline.staleness_p99)}`)),
    section("visibility", "Visibility", "Share of updates that a firewall had within a span; shaded from the worst firewall to the best, darker without the worst tenth.",
      visibility_chart(curves.visibility, "Visibility: share of updates seen within a span, for the fleet and its best and worst firewalls")));
  const parts = [
    ...[header(data.topology,
      `${plural(sizes.points, "enforcement point")} among ${plural(sizes.nodes, "node")} at ${plural(sizes.sites, "site")}, seed ${data.seed}`,
      `simulated ${span(data.virtual_seconds)} from ${clock(0, start)} on${data.measured_from_seconds ? `, measured from ${clock(data.measured_from_seconds, start)} on` : ""}; users are ${data.truth}`)],
    ...lead, data.remarks.length ? el("ul", { class: "notes" }, ...data.remarks.map((remark) => el("li", {}, remark))) : null,
    tiles, day, columns, graph(data, time), load_curves(data, start), heat_map(data, time),
    el("div", { class: "columns" },
      section("delays", "Where the time goes", "Mean staleness by site, in its parts.", legend(data.parts.map((name, index) => [`part-${index}`, name])),
        few_or_all(data.sites, (rows) => part_bars(data.parts, rows.map((row) => ({ name: row.name, parts: row.delay })), span), "site")),
      section("blame", "Why entries are wrong", "Address-seconds that were not right by site, charged to their causes.", legend(data.causes.map((name, index) => [`part-${index}`, name])),
        few_or_all(data.sites, (rows) => part_bars(data.causes, rows.map((row) => ({ name: row.name, parts: row.blame })), (seconds) => (seconds === null ? DASH : count(Math.round(seconds)))), "site"))),
  ];
  if (data.disturbances.rows.length) {
    parts.push(section("disturbances", "Disturbances", "Healed: all reachable firewalls had caught up; the span runs from the disturbance's end.",
      plain_table(`Disturbances${data.disturbances.left_out ? `; ${data.disturbances.left_out} more left out` : ""}`, ["no.", "name", "what", "from", "until", "healed after", "cut off"],
        data.disturbances.rows.map((row, index) => [String(index + 1), row.name, row.what, clock(row.at, start), row.until === null ? "the end" : clock(row.until, start),
          row.converged ? span(row.healed) : "not by the end", count(row.unreachable)]))));
  }
  if (data.expectations.length) {
    parts.push(section("expectations", "Expectations", "What the topology file expects, at its worst place.",
      plain_table("Expectations", ["verdict", "expected", "measured", "at"], data.expectations.map((said) => [said.held ? "held" : "breached", said.expected, said.measured, said.place]))));
  }
  if (data.sessions_down.rows.length) {
    parts.push(section("down", "Feeds that do not stand", "Wanted at the end of the run, and kept from it.",
      plain_table(`Feeds${data.sessions_down.left_out ? `; ${data.sessions_down.left_out} more left out` : ""}`, ["from", "to", "because", "stood first"], data.sessions_down.rows.map((row) => [row.from, row.to, row.because, row.stood_at === null ? "never" : clock(row.stood_at, start)]))));
  }
  if (data.pairs?.rows.length) {
    parts.push(section("pairs", "HA pairs", `Which member enforced policy when${data.pairs.left_out ? `; ${plural(data.pairs.left_out, "pair")} with the fewest changes left out` : ""}.`,
      legend([["current", "enforces"], ["grid", "stands by"], ["outdated", "down"]]), lanes(data)));
  }
  parts.push(section("firewalls", "Firewalls", null, data_table("Enforcement points, least consistent first", data.points)),
    section("nodes", "Other nodes", null, data_table("Nodes that enforce nothing, busiest first", data.nodes)));
  if (data.links.columns[0].cells.length) parts.push(section("links", "Links", null, data_table("Directions of links, busiest first", data.links)));
  parts.push(el("footer", {}, el("p", {}, `uidsim ${data.uidsim_version}, digest `, el("code", {}, data.digest), `, scenario `, el("code", {}, data.scenario_hash), `; ${count(sizes.events)} events, ${count(sizes.mapping_deliveries)} mapping deliveries. Again: `, el("code", {}, data.replay))));
  parts.splice(1, 0, navigation());
  main.replaceChildren(...parts.filter((part) => part !== null));
  redraw();
  time.set(data.virtual_seconds / 2);
};
