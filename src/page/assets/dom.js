// Dom: elements from data. Texts become text nodes, never markup.
const SVG = "http://www.w3.org/2000/svg";
const fill = (element, attributes, children) => {
  for (const [name, value] of Object.entries(attributes ?? {})) {
    if (value === false || value === null || value === undefined) continue;
    if (name.startsWith("on")) element.addEventListener(name.slice(2), value);
    else element.setAttribute(name, value === true ? "" : value);
  }
  element.append(...children.filter((child) => child !== null && child !== undefined));
  return element;
};
const el = (name, attributes, ...children) => fill(document.createElement(name), attributes, children);
const drawn = (name, attributes, ...children) => fill(document.createElementNS(SVG, name), attributes, children);
const main = document.getElementById("main");
const sections = [];

// A section of the page, with a place in the navigation.
const section = (id, title, about, ...children) => {
  sections.push([id, title]);
  return el("section", { id, "aria-labelledby": `${id}-title` },
    el("h2", { id: `${id}-title` }, title), about ? el("p", { class: "about" }, about) : null, ...children);
};
const navigation = () => el("nav", { "aria-label": "Sections" }, ...sections.map(([id, title]) => el("a", { href: `#${id}` }, title)));
const coloured = (variable) => {
  const swatch = el("span", { class: "swatch" });
  swatch.style.background = `var(--${variable})`;
  return swatch;
};
const legend = (entries) => el("ul", { class: "legend" }, ...entries.map(([variable, text]) => el("li", {}, coloured(variable), text)));
const choice = (label, options, onchange) => {
  const select = el("select", { onchange: () => onchange(select.value) }, ...options.map(([value, text]) => el("option", { value }, text)));
  return el("label", {}, label, select);
};
const tick_box = (label, checked, onchange) => {
  const box = el("input", { type: "checkbox", onchange: () => onchange(box.checked) });
  box.checked = checked;
  return el("label", {}, box, label);
};

// What must be drawn again when the width or the theme changes.
const redraws = [];
const onRedraw = (draw) => redraws.push(draw);
const redraw = () => redraws.forEach((draw) => draw());
let width = window.innerWidth;
window.addEventListener("resize", () => {
  if (window.innerWidth !== width) { width = window.innerWidth; redraw(); }
});

const bytes = (text) => Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0));
const header = (title, ...lines) => el("header", {}, el("h1", {}, title), theme_button(), ...lines.map((line) => el("span", { class: "sub" }, line)));
