// Words: numbers as a person reads them. Knows nothing of the page.
const DASH = "–";
const digits = (value, unit) => `${value.toFixed(value < 9.995 ? 2 : value < 99.95 ? 1 : 0)} ${unit}`;
const two = (number) => String(number).padStart(2, "0");

const span = (seconds) => {
  if (seconds === null || seconds === undefined) return DASH;
  if (seconds === 0) return "0 s";
  if (seconds < 0) return `-${span(-seconds)}`;
  if (seconds < 1e-6) return `${Math.round(seconds * 1e9)} ns`;
  if (seconds < 0.0009995) return digits(seconds * 1e6, "µs");
  if (seconds < 0.9995) return digits(seconds * 1e3, "ms");
  if (seconds < 60) return digits(seconds, "s");
  const whole = Math.floor(seconds);
  if (whole < 3600) return `${Math.floor(whole / 60)}m ${two(whole % 60)}s`;
  return `${Math.floor(whole / 3600)}h ${two(Math.floor(whole / 60) % 60)}m`;
};
// An axis has round numbers: no digits that say nothing.
const tick = (seconds) => {
  if (seconds < 0.9995) return `${+(seconds * 1e3).toPrecision(3)} ms`;
  if (seconds < 60) return `${+seconds.toPrecision(3)} s`;
  if (seconds < 3600) return `${+(seconds / 60).toPrecision(3)} min`;
  return `${+(seconds / 3600).toPrecision(3)} h`;
};
const share = (part) => {
  if (part === null || part === undefined) return DASH;
  const percent = part * 100;
  if (percent === 0 || percent === 100) return `${percent} %`;
  const distance = Math.min(percent, Math.abs(100 - percent));
  const decimals = distance >= 0.01 ? 2 : distance >= 0.001 ? 3 : distance >= 0.0001 ? 4 : 7;
  return `${percent.toFixed(decimals)} %`;
};
const count = (number) => {
  if (number === null || number === undefined) return DASH;
  const text = Number.isInteger(number) ? String(number) : String(+number.toFixed(2));
  const [whole, rest] = text.split(".");
  const apart = whole.replace(/\B(?=(\d{3})+(?!\d))/g, ",");
  return rest ? `${apart}.${rest}` : apart;
};
const plural = (number, what) => `${count(number)} ${what}${number === 1 ? "" : "s"}`;
// A point in virtual time: the time of day where the file gives one, else the span from the start.
const clock = (seconds, start) => {
  if (!start) return span(seconds);
  const at = Math.floor(seconds + start);
  const day = Math.floor(at / 86400);
  const second = at % 60;
  const time = `${two(Math.floor(at / 3600) % 24)}:${two(Math.floor(at / 60) % 60)}${second ? `:${two(second)}` : ""}`;
  return day ? `${time} on day ${day + 1}` : time;
};
