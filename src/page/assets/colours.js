// Colours: the theme, and the scale from right to wrong.
const root = document.documentElement;
const prefers_dark = window.matchMedia("(prefers-color-scheme: dark)");
let chosen = null;
const css = (name) => getComputedStyle(root).getPropertyValue(`--${name}`).trim();
const parse = (hex) => [1, 3, 5].map((at) => parseInt(hex.slice(at, at + 2), 16));
let ramp = [];

const set_theme = () => {
  root.dataset.theme = chosen ?? (prefers_dark.matches ? "dark" : "light");
  const stops = [0, 1, 2, 3, 4].map((stop) => parse(css(`heat-${stop}`)));
  ramp = Array.from({ length: 255 }, (_, level) => {
    const at = (level / 254) * 4;
    const low = Math.min(Math.floor(at), 3);
    return stops[low].map((channel, index) => Math.round(channel + (stops[low + 1][index] - channel) * (at - low)));
  });
  ramp.push(parse(css("none")));
};
set_theme();
prefers_dark.addEventListener("change", () => { set_theme(); redraw(); });

const theme_button = () => el("button", {
  class: "theme", type: "button", "aria-label": "Light or dark",
  onclick: () => { chosen = root.dataset.theme === "dark" ? "light" : "dark"; set_theme(); redraw(); },
}, "Light / dark");

// Paper is white.
let before_print = null;
window.addEventListener("beforeprint", () => { before_print = chosen; chosen = "light"; set_theme(); redraw(); });
window.addEventListener("afterprint", () => { chosen = before_print; set_theme(); redraw(); });

const level_share = (level) => (level === 255 ? null : (level / 254) ** 2);
const share_level = (part) => (part === null ? 255 : Math.round(Math.sqrt(Math.min(Math.max(part, 0), 1)) * 254));
const rgb = (channels) => `rgb(${channels.join(",")})`;
const luminance = (channels) => {
  const [red, green, blue] = channels.map((channel) => {
    const part = channel / 255;
    return part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4;
  });
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
};
// Black or white, whichever is read better on it.
const ink = (channels) => (luminance(channels) > 0.179 ? "#000000" : "#ffffff");

// What a level says, measure by measure.
const MEASURES = [["truth", "not right"], ["authority", "unlike the authority"], ["staleness", "staleness"]];
const level_span = (level) => 10 ** ((level / 254) * 7 - 3);
const level_words = (measure, level) => {
  if (measure === "staleness") return level === 255 ? "nothing was applied" : `about ${span(level_span(level))} stale when applied, on average`;
  if (level === 255) return "nobody is known";
  return `${share(level_share(level))} of address time ${measure === "authority" ? "unlike the authority" : "not right"}`;
};
const ENDS = {
  truth: ["0 %", "100 %", "of address time"], authority: ["0 %", "100 %", "of address time"], busy: ["0 %", "100 %", "of the step's time"],
  staleness: [tick(level_span(0)), tick(level_span(254)), "mean of a bin, logarithmic"],
};
const scale_legend = () => {
  const canvas = el("canvas", { width: 255, height: 1, "aria-hidden": "true" });
  onRedraw(() => {
    const context = canvas.getContext("2d");
    const image = context.createImageData(255, 1);
    ramp.slice(0, 255).forEach((channels, level) => image.data.set([...channels, 255], level * 4));
    context.putImageData(image, 0, 0);
  });
  const [low, high, about] = [el("span"), el("span"), el("span")];
  const rescale = (measure) => [low, high, about].forEach((place, index) => { place.textContent = ENDS[measure][index]; });
  rescale("truth");
  return { scale: el("div", { class: "scale" }, low, canvas, high, about), rescale };
};
