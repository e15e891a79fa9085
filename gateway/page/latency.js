// Latency over the last minutes, with the changes of plans and their reasons; requests a second below it.
import { roundSteps, tickText, ticksOf } from "./axis.js";
import { $, KeyedList, drawnToFit, element, setText, shape } from "./dom.js";
import { duration, milliseconds, perSecond, sentence } from "./text.js";

const heightPx = 210;
const leftPx = 46;
const rightPx = 10;
const topPx = 26;
const plotPx = 118;
const gapPx = 14;
const ratePx = 26;
const badgePx = 8;

const place = $("latency-chart");
const range = $("range");
const chart = drawnToFit(place, draw);
const list = new KeyedList($("switches"), (item) => item.key, switchLine);
let shelfNow = null;

range.addEventListener("change", () => {
  if (shelfNow) showLatency(shelfNow);
});

const seconds = () => Number(range.value);

/// Oldest first, numbered as in the list.
function switchesWithin(shelf) {
  return (shelf.switches ?? []).filter((each) => each.seconds_ago <= seconds())
    .toSorted((a, b) => b.seconds_ago - a.seconds_ago)
    .map((each, index) => ({ ...each, number: index + 1, key: `${each.host} ${each.model} ${each.to_epoch}` }));
}

function switchLine() {
  const number = element("span", { class: "badge" });
  const text = element("span");
  const root = element("li", {}, number, text);
  return { root, update: (item) => {
    setText(number, String(item.number));
    const came = [item.measured_before_ms > 0 ? `before ${milliseconds(item.measured_before_ms)}` : "",
      item.predicted_after_ms > 0 ? `predicted ${milliseconds(item.predicted_after_ms)}` : "",
      item.measured_after_ms > 0 ? `now ${milliseconds(item.measured_after_ms)}` : ""].filter(Boolean).join(", ");
    setText(text, `${duration(item.seconds_ago)} ago, ${item.model} for ${item.host}, plan ${item.from_epoch} \u2192 ${item.to_epoch}` +
      `${item.why ? `: ${sentence(item.why)}` : "."}${came ? ` Latency ${came}.` : ""}`);
  } };
}

/// Lines through what is known; a gap where nothing was asked.
function pathOf(samples, x, y) {
  let path = "";
  let isDown = false;
  samples.forEach((each, index) => {
    const isKnown = each.latency_ms !== null;
    if (isKnown) path += `${isDown ? "L" : "M"}${x(samples.length - 1 - index).toFixed(1)} ${y(each.latency_ms).toFixed(1)}${isDown ? "" : "h.01"}`;
    isDown = isKnown;
  });
  return path;
}

function areaOf(samples, x, y, floor) {
  if (samples.length === 0) return "";
  const points = samples.map((each, index) => `L${x(samples.length - 1 - index).toFixed(1)} ${y(each.requests).toFixed(1)}`);
  return `M${x(samples.length - 1).toFixed(1)} ${floor}${points.join("")}L${x(0).toFixed(1)} ${floor}Z`;
}

function drawGrid(width, steps, y, x) {
  const right = width - rightPx;
  const lines = (steps ? ticksOf(steps) : []).map((at) => shape("g", { class: "grid" },
    shape("line", { x1: leftPx, x2: right, y1: y(at), y2: y(at) }),
    shape("text", { x: leftPx - 6, y: y(at) + 4, "text-anchor": "end" }, tickText(at, steps.step))));
  const times = width < 420 ? 2 : 5;
  for (let i = 0; i <= times; ++i) {
    const ago = (seconds() * i) / times;
    lines.push(shape("g", { class: "grid" }, shape("text", { x: x(ago), y: heightPx - 4,
      "text-anchor": i === 0 ? "end" : i === times ? "start" : "middle" }, i === 0 ? "now" : `${duration(ago)} ago`)));
  }
  return lines;
}

/// Those whose badges would cover each other share one.
function groupsOf(switches, x) {
  const groups = [];
  for (const each of switches) {
    const at = x(each.seconds_ago);
    const last = groups.at(-1);
    if (last && at - last.at < 2.2 * badgePx) last.to = each.number;
    else groups.push({ at, from: each.number, to: each.number });
  }
  return groups;
}

function drawSwitches(switches, x, width) {
  const lines = switches.map((each) => x(each.seconds_ago))
    .map((at) => shape("line", { class: "switch", x1: at, x2: at, y1: topPx - 6, y2: topPx + plotPx }));
  const badges = groupsOf(switches, x).flatMap(({ at, from, to }) => {
    const text = from === to ? String(from) : `${from}-${to}`;
    const half = Math.max(badgePx, 3.2 * text.length + 3);
    const middle = Math.min(at, width - half);
    return [shape("rect", { class: "badge", x: middle - half, y: 2, width: 2 * half, height: 2 * badgePx, rx: badgePx }),
      shape("text", { class: "badge", x: middle, y: badgePx + 6, "text-anchor": "middle" }, text)];
  });
  return [...lines, ...badges];
}

function draw(width) {
  if (!shelfNow) return;
  const samples = (shelfNow.history ?? []).slice(-seconds() - 1);
  const known = samples.map((each) => each.latency_ms).filter((each) => each !== null);
  const switches = switchesWithin(shelfNow);
  const steps = roundSteps(Math.max(...known, 1), 3);
  const x = (ago) => width - rightPx - (ago / seconds()) * (width - leftPx - rightPx);
  const y = (ms) => topPx + plotPx - (ms / steps.top) * plotPx;
  const floor = topPx + plotPx + gapPx + ratePx;
  const mostRate = Math.max(...samples.map((each) => each.requests), 0);
  const yRate = (rate) => floor - (mostRate > 0 ? rate / mostRate : 0) * ratePx;
  place.replaceChildren(shape("svg", { width, height: heightPx, role: "img", "aria-label": spoken(known, mostRate, switches) },
    ...drawGrid(width, known.length > 0 ? steps : null, y, x),
    shape("text", { class: "note", x: 0, y: topPx - 10 }, "ms"),
    shape("path", { class: "rate", d: areaOf(samples, x, yRate, floor) }),
    shape("text", { class: "note", x: leftPx - 6, y: floor - ratePx + 10, "text-anchor": "end" }, mostRate > 0 ? perSecond(mostRate) : ""),
    shape("text", { class: "note", x: leftPx - 6, y: floor, "text-anchor": "end" }, "req/s"),
    shape("line", { class: "floor", x1: leftPx, x2: width - rightPx, y1: floor, y2: floor }),
    shape("path", { class: "latency", d: pathOf(samples, x, y) }),
    ...drawSwitches(switches, x, width),
    known.length === 0 ? shape("text", { class: "note", x: (leftPx + width) / 2, y: topPx + plotPx / 2, "text-anchor": "middle" }, "nothing was asked") : null));
}

function spoken(known, mostRate, switches) {
  if (known.length === 0) return `Latency of the last ${duration(seconds())}: nothing was asked.`;
  const changes = switches.length === 0 ? "no plan was changed" : `plans changed ${switches.length} times, as the list below tells`;
  return `Latency of the last ${duration(seconds())}: now ${milliseconds(known.at(-1))}, between ${milliseconds(Math.min(...known))} and ` +
    `${milliseconds(Math.max(...known))}; at most ${perSecond(mostRate)} requests a second; ${changes}.`;
}

export function showLatency(shelf) {
  shelfNow = shelf;
  const switches = switchesWithin(shelf);
  list.show(switches.toReversed());
  $("no-switches").hidden = switches.length > 0;
  chart.redraw();
}
