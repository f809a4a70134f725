// Opens pages that uidsim has written in a real Chromium and says everything that is wrong with them; the exit code is 1 then.
// Usage: node look.mjs [--shots FOLDER] [--ready-ms N] PAGE.html...
import { chromium } from "playwright-core";
import path from "node:path";

const files = [];
let shots = null;
let ready_ms = 2000;
for (let words = process.argv.slice(2); words.length; ) {
  const word = words.shift();
  if (word === "--shots") shots = words.shift();
  else if (word === "--ready-ms") ready_ms = Number(words.shift());
  else files.push(path.resolve(word));
}
let faults = 0;
const browser = await chromium.launch({ executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium", args: ["--no-sandbox"] });

// Everything below runs in the page.
const inks = (selector) => [...document.querySelectorAll(selector)].map((canvas) => {
  const { data } = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height);
  const colours = new Set();
  for (let at = 0; at < data.length; at += 4) colours.add(`${data[at]},${data[at + 1]},${data[at + 2]},${data[at + 3]}`);
  return colours.size;
});
// Texts whose contrast with what is behind them is below WCAG 2 AA.
const pale = () => {
  const scratch = document.createElement("canvas").getContext("2d", { willReadFrequently: true });
  const parse = (colour) => {
    scratch.clearRect(0, 0, 1, 1);
    scratch.fillStyle = colour;
    scratch.fillRect(0, 0, 1, 1);
    const [red, green, blue, alpha] = scratch.getImageData(0, 0, 1, 1).data;
    return [red, green, blue, alpha / 255];
  };
  const over = (top, bottom) => [0, 1, 2].map((channel) => top[channel] * top[3] + bottom[channel] * (1 - top[3])).concat(1);
  const luminance = (colour) => {
    const [red, green, blue] = colour.map((channel) => (channel / 255 <= 0.04045 ? channel / 255 / 12.92 : ((channel / 255 + 0.055) / 1.055) ** 2.4));
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
  };
  const behind = (element) => {
    const layers = [];
    for (let one = element; one; one = one.parentElement) {
      const colour = parse(getComputedStyle(one).backgroundColor);
      if (colour[3] > 0) layers.push(colour);
      if (colour[3] === 1) break;
    }
    return layers.reverse().reduce((bottom, top) => over(top, bottom), [255, 255, 255, 1]);
  };
  const found = [];
  let judged = 0;
  const walker = document.createTreeWalker(document.getElementById("main"), NodeFilter.SHOW_TEXT);
  for (let text = walker.nextNode(); text; text = walker.nextNode()) {
    const element = text.parentElement;
    if (!text.textContent.trim() || element.tagName === "title" || element.tagName === "TITLE" || element.tagName === "OPTION") continue;
    const style = getComputedStyle(element);
    if (style.visibility === "hidden" || !element.getClientRects().length || (element.disabled ?? false)) continue;
    const in_box = element.ownerSVGElement ? element.parentElement.querySelector("rect") : null;
    const bottom = in_box ? parse(getComputedStyle(in_box).fill) : behind(element);
    const top = over(parse(element.ownerSVGElement ? style.fill : style.color), bottom);
    const [light, dark] = [luminance(top), luminance(bottom)].sort((a, b) => b - a);
    const contrast = (light + 0.05) / (dark + 0.05);
    const size = parseFloat(style.fontSize);
    const is_large = size >= 24 || (size >= 18.66 && Number(style.fontWeight) >= 700);
    judged += 1;
    if (contrast < (is_large ? 3 : 4.5)) found.push(`${contrast.toFixed(2)} ${text.textContent.trim().slice(0, 40)}`);
  }
  return { judged, found };
};

// What only the page of a plan has.
const look_at_plan = async (page, expect, shots, name) => {
  const filter = page.getByLabel("Filter Points");
  if (await filter.count()) {
    const wanted = (await page.locator("#points tbody tr td").first().textContent()).trim();
    const rows = await page.locator("#points [aria-live]").textContent();
    await filter.fill(wanted);
    expect("the filter of the points leaves every row", rows !== (await page.locator("#points [aria-live]").textContent()));
    await filter.fill("");
  }
  const axes = await page.evaluate(() => JSON.parse(document.getElementById("data").textContent).axes);
  if (axes.length > 1) {
    const head = () => page.locator("#curves").innerText();
    const before = await head();
    const along = page.locator("#curves label").filter({ hasText: /^Along/ }).locator("select");
    const chosen = await along.evaluate((select) => select.value);
    await along.selectOption(chosen === "0" ? "1" : "0");
    expect("another axis does not change the curves", before !== (await head()));
  } else if (await page.locator("#curves .chart").count()) {
    // The legend says the value under the pointer, with its interval.
    await page.locator("#curves .chart .u-over").first().hover();
    const told = await page.locator("#curves .u-legend").first().innerText();
    expect(`the legend says no interval: ${told}`, told.includes(" ± "));
  }
  const cells = await page.evaluate(() => [...document.querySelectorAll(".grid tbody td")].map((cell) => cell.style.background));
  expect("a table of levels is not coloured", cells.length === 0 || new Set(cells).size > 3);
  const bars = page.locator(".tornado .track");
  if (await bars.count()) {
    const widths = await page.evaluate(() => [...document.querySelectorAll(".tornado .bar")].map((bar) => bar.getBoundingClientRect().width));
    expect(`the tornado has no bars: ${widths}`, widths.some((width) => width > 20));
    expect("a bar says nothing to who cannot see it", (await bars.first().getAttribute("aria-label")).includes(": "));
  }
  expect("the command is not on the page", (await page.locator("footer code").first().textContent()).startsWith("uidsim plan "));
};

for (const file of files) {
  const name = path.basename(file, ".html");
  const wrong = (fact) => { faults += 1; console.log(`${name}: ${fact}`); };
  const expect = (fact, held) => { if (!held) wrong(fact); };
  const open = async (options) => {
    const page = await browser.newPage(options);
    page.on("console", (message) => wrong(`console ${message.type()}: ${message.text()}`));
    page.on("pageerror", (error) => wrong(`error: ${error.message}`));
    page.on("request", (request) => { if (request.url() !== `file://${encodeURI(file)}`) wrong(`request: ${request.url()}`); });
    await page.goto(`file://${file}`);
    return page;
  };

  // The best of three: the bound is for the page, not for what else the machine does.
  let ready = Infinity;
  for (let attempt = 0; attempt < 3 && ready > ready_ms; attempt += 1) {
    const page = await open({ viewport: { width: 1360, height: 900 } });
    ready = Math.min(ready, Number(await page.evaluate(() => document.documentElement.dataset.ready ?? "Infinity")));
    await page.close();
  }
  expect(`interactive after ${ready} ms, not within ${ready_ms} ms`, ready <= ready_ms);

  for (const scheme of ["light", "dark"]) {
    const page = await open({ viewport: { width: 1360, height: 900 }, colorScheme: scheme });
    const { judged, found } = await page.evaluate(pale);
    expect(`only ${judged} texts judged`, judged > 15);
    found.forEach((text) => wrong(`contrast in ${scheme}: ${text}`));
    const before = await page.evaluate(() => getComputedStyle(document.body).backgroundColor);
    await page.getByRole("button", { name: "Light or dark" }).click();
    expect("the theme cannot be changed", before !== (await page.evaluate(() => getComputedStyle(document.body).backgroundColor)));
    await page.close();
  }

  const phone = await open({ viewport: { width: 390, height: 844 }, colorScheme: "light" });
  const across = await phone.evaluate(() => document.documentElement.scrollWidth);
  expect(`scrolls sideways on a phone: ${across} px`, across <= 390);
  if (shots) await phone.screenshot({ path: path.join(shots, `${name}-phone.png`), fullPage: true });
  await phone.close();

  const page = await open({ viewport: { width: 1360, height: 900 }, colorScheme: "light", reducedMotion: "reduce" });
  if (shots) await page.screenshot({ path: path.join(shots, `${name}-desktop.png`), fullPage: true });
  const kind = await page.evaluate(() => JSON.parse(document.getElementById("data").textContent).kind);
  expect("markup came from data", (await page.evaluate(() => document.querySelectorAll("script").length)) === 3);
  const drawn = await page.evaluate(inks, ".chart canvas");
  const has_points = (await page.locator("#points").count()) > 0;
  // A plan may have a table of levels in place of curves, or changes only.
  const charts = kind === "plan" && (!has_points || (await page.locator(".grid").count())) ? 0 : 3;
  expect(`charts drawn: ${drawn}`, drawn.length >= charts && drawn.every((colours) => colours > 8));

  // Sorting: a number column of the largest table of a run, else the first column; of a plan, its levels are in their own order.
  const where = { run: ["#firewalls .data-table", 2], plan: has_points ? ["#points .data-table", 0] : ["#changes .data-table", 2] }[kind] ?? [".data-table", 0];
  const table = page.locator(where[0]).first();
  const sortable = table.locator("th").nth(where[1]);
  const cells = () => table.locator(`tbody tr td:nth-child(${where[1] + 1})`).allTextContents();
  await sortable.getByRole("button").click();
  const first = await sortable.getAttribute("aria-sort");
  const once = await cells();
  await sortable.getByRole("button").click();
  const second = await sortable.getAttribute("aria-sort");
  const twice = await cells();
  // Where each level of a plan's first axis lies along it.
  const places = new Map(kind === "plan" ? await page.evaluate(() => JSON.parse(document.getElementById("data").textContent).points.rows.map((row) => [row.values[0], row.at[0]])) : []);
  const value = { run: parseFloat, plan: has_points ? (text) => places.get(text) : parseFloat }[kind] ?? ((text) => text);
  const rises = (texts) => texts.every((text, at) => at === 0 || value(texts[at - 1]) <= value(text));
  const ways = { ascending: rises, descending: (texts) => rises([...texts].reverse()) };
  expect("the table is not sorted", first !== second && ways[first]?.(once) && ways[second]?.(twice) && once.length > 0 && (kind !== "plan" || once.join() !== twice.join()));

  if (kind === "run") {
    const rows = await page.locator("#firewalls [aria-live]").textContent();
    const wanted = (await page.locator("#firewalls tbody tr td").first().textContent()).trim();
    await page.getByLabel(/^Filter Enforcement points/).fill(wanted);
    expect("the filter leaves every row", rows !== (await page.locator("#firewalls [aria-live]").textContent()));
    expect("the filter loses what it is asked for", (await page.locator("#firewalls tbody tr td").first().textContent()).includes(wanted));

    const heat = await page.evaluate(inks, ".heat canvas");
    expect(`heat map drawn: ${heat}`, heat.length === 1 && heat[0] > 8);
    await page.locator(".heat canvas").focus();
    await page.keyboard.press("ArrowRight");
    const told = await page.locator("#heat .readout").textContent();
    await page.keyboard.press("ArrowDown");
    await page.keyboard.press("ArrowRight");
    expect("arrow keys do not move in the heat map", told !== (await page.locator("#heat .readout").textContent()) && told.includes(" from "));

    const fills = () => page.evaluate(() => [...document.querySelectorAll(".graph g.box rect")].map((box) => box.getAttribute("fill")).join(" "));
    const picture = () => page.evaluate(() => document.querySelector(".heat canvas").toDataURL());
    const slider = page.getByLabel("Time of the run");
    await slider.focus();
    await page.keyboard.press("Home");
    const [start, start_heat, start_time] = [await fills(), await picture(), await page.locator("#graph output").textContent()];
    await page.keyboard.press("End");
    expect("the scrubber does not recolour the graph", start !== (await fills()));
    expect("the scrubber does not move in the heat map", start_heat !== (await picture()));
    expect("the scrubber does not say the time", start_time !== (await page.locator("#graph output").textContent()));
    await page.locator("#graph label").filter({ hasText: /^Colour/ }).locator("select").selectOption("busy");
    const strokes = () => page.evaluate(() => [...document.querySelectorAll(".graph path")].map((path) => path.style.strokeWidth).join(" "));
    const looks = new Set();
    const widths = new Set();
    for (const part of [0, 0.25, 0.5, 0.75]) {
      await slider.evaluate((input, at) => { input.value = String(Math.floor(Number(input.max) * at)); input.dispatchEvent(new Event("input")); }, part);
      looks.add(await fills());
      widths.add(await strokes());
    }
    expect("how busy nodes are does not change in time", looks.size > 1);
    expect("how busy links are does not change in time", widths.size > 1);
    await page.locator(".graph g.box").first().focus();
    await page.keyboard.press("ArrowRight");
    await page.keyboard.press("Enter");
    expect("a box cannot be chosen by keys", (await page.locator(".graph g.box[aria-pressed=true]").count()) === 1);
    const took = await page.evaluate(() => {
      const input = document.getElementById("scrubber");
      const begin = performance.now();
      for (let step = 0; step < 20; step += 1) {
        input.value = String((step * 7) % (Number(input.max) + 1));
        input.dispatchEvent(new Event("input"));
      }
      return (performance.now() - begin) / 20;
    });
    expect(`a step of the scrubber takes ${took.toFixed(0)} ms`, took < 200);
    console.log(`${name}: interactive after ${ready} ms, a step of the scrubber takes ${took.toFixed(1)} ms`);
  } else {
    console.log(`${name}: interactive after ${ready} ms`);
  }
  if (kind === "plan") await look_at_plan(page, expect, shots, name);
  await page.keyboard.press("Control+Home");
  await page.evaluate(() => document.activeElement?.blur());
  await page.keyboard.press("Tab");
  expect("Tab does not reach the page", await page.evaluate(() => document.activeElement !== document.body));
  const paper = await page.pdf({ format: "A4" });
  expect("nothing is printed", paper.length > 20000);
  await page.close();
}
await browser.close();
process.exit(faults ? 1 : 0);
