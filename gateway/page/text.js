// Figures as people read them.

export function milliseconds(value) {
  if (value >= 10000) return `${(value / 1000).toFixed(1)} s`;
  return `${value.toFixed(value < 10 ? 2 : value < 100 ? 1 : 0)} ms`;
}

export const percent = (share) => `${Math.round(100 * share)} %`;

export const gmacs = (value) => value.toFixed(value < 1 ? 2 : value < 100 ? 1 : 0);

export const perSecond = (value) => (value < 9.95 ? value.toFixed(1) : value.toFixed(0));

/// Of a link, for a narrow cell: 940, 2.4k.
export function mbit(value) {
  if (value >= 9950) return `${(value / 1000).toFixed(0)}k`;
  if (value >= 1000) return `${(value / 1000).toFixed(1)}k`;
  return value.toFixed(value < 10 ? 1 : 0);
}

export function megabytes(value) {
  return value >= 1000 ? `${(value / 1024).toFixed(1)} GB` : `${Math.round(value)} MB`;
}

export function bytes(value) {
  if (value >= 1e6) return `${(value / 1e6).toFixed(value < 1e7 ? 1 : 0)} MB`;
  return value >= 1e3 ? `${Math.round(value / 1e3)} kB` : `${value} bytes`;
}

export function duration(seconds) {
  if (seconds < 60) return `${Math.max(0, Math.round(seconds))} s`;
  if (seconds < 3600) return `${Math.floor(seconds / 60)} min`;
  if (seconds < 86400) return `${(seconds / 3600).toFixed(1)} h`;
  return `${(seconds / 86400).toFixed(1)} days`;
}

/// 14:03:12 where the reader is, with the day if it is another one.
export function clock(atMs) {
  const then = new Date(atMs);
  const time = then.toLocaleTimeString([], { hour12: false });
  return then.toDateString() === new Date().toDateString() ? time : `${then.toLocaleDateString()} ${time}`;
}

export function listed(names) {
  if (names.length < 2) return names.join("");
  return `${names.slice(0, -1).join(", ")} and ${names.at(-1)}`;
}

export const plural = (count, one, many = `${one}s`) => `${count} ${count === 1 ? one : many}`;

/// "3 % more", "12 % less", "as predicted".
export function compared(measured, predicted) {
  if (!(measured > 0) || !(predicted > 0)) return "";
  const off = Math.round(100 * (measured / predicted - 1));
  return off === 0 ? "as predicted" : `${Math.abs(off)} % ${off > 0 ? "more" : "less"} than predicted`;
}

/// A sentence of the shelf has its full stop or lacks it.
export const sentence = (text) => (/[.!?]$/.test(text) ? text : `${text}.`);
