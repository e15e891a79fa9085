// The last request as a Gantt chart: for each node what its plan promised, and below it what came.
import { cutTo, roundSteps, tickText, ticksOf } from "./axis.js";
import { $, drawnToFit, element, setText, shape } from "./dom.js";
import { bytes, compared, listed, milliseconds } from "./text.js";

const barPx = 11;
const lanePx = 2 * barPx + 14;
const topPx = 20;
const bottomPx = 22;
const leastBarPx = 1.5;  // shorter ones would not be seen
const letterPx = 7.2;

let request = null;
let shown = "";
const place = $("gantt");
const chart = drawnToFit(place, draw);

function barsOf(bars, kind, y, x) {
  return bars.map(([begin, end]) => shape("rect", { class: kind, x: x(begin), y, height: barPx, rx: 2,
    width: Math.max(leastBarPx, x(end) - x(begin)) },
  shape("title", {}, `${kind}: ${begin.toFixed(1)} to ${end.toFixed(1)} ms`)));
}

function endLine(at, kind, height, x) {
  return shape("line", { class: `end ${kind}`, x1: x(at), x2: x(at), y1: topPx - 6, y2: height - bottomPx });
}

/// Words over the ends of both, apart from each other where the ends are close.
function endWords(x, width) {
  const words = [[request.predicted_ms, "predicted"], [request.measured_ms, "took"]];
  const firstIsLeft = words[0][0] <= words[1][0];
  return words.map(([at, word], i) => {
    const isLeft = firstIsLeft === (i === 0);
    // The right one stands left of its line as well where there is no room for it.
    const roomRight = width - x(at);
    const anchor = isLeft || roomRight < word.length * letterPx ? "end" : "start";
    return { at: x(at), word, anchor, isLeft };
  });
}

function drawEnds(width, x) {
  const words = endWords(x, width);
  const right = words.find((each) => !each.isLeft);
  const left = words.find((each) => each.isLeft);
  const needed = right.word.length * letterPx + 8;
  if (right.anchor === "end" && right.at - left.at < needed) left.at = Math.min(left.at, right.at - needed);
  return words.map((each) => shape("text", { class: "note", x: each.anchor === "end" ? each.at - 3 : each.at + 3, y: 10,
    "text-anchor": each.anchor }, each.word));
}

function draw(width) {
  if (!request) return place.replaceChildren();
  const longest = Math.max(...request.nodes.map((node) => node.node.length), 3);
  const left = Math.min(longest * letterPx + 12, width / 3);
  const height = topPx + request.nodes.length * lanePx + bottomPx;
  const whole = Math.max(request.predicted_ms, request.measured_ms, 1e-3);
  const right = width - 8;
  const x = (ms) => left + (Math.min(ms, whole) / whole) * (right - left);
  const steps = roundSteps(whole, Math.max(2, (right - left) / 90));
  const parts = ticksOf(steps).filter((at) => at <= whole).map((at, i) => shape("g", { class: "grid" },
    shape("line", { x1: x(at), x2: x(at), y1: topPx, y2: height - bottomPx }),
    shape("text", { x: x(at), y: height - 6, "text-anchor": i === 0 ? "start" : right - x(at) < 20 ? "end" : "middle" },
      i === 0 ? "0 ms" : tickText(at, steps.step))));
  request.nodes.forEach((node, index) => {
    const y = topPx + index * lanePx + 6;
    parts.push(shape("text", { class: "lane", x: 0, y: y + barPx + 4 }, cutTo(node.node, left - 8), shape("title", {}, node.node)));
    parts.push(...barsOf(node.predicted, "predicted", y, x), ...barsOf(node.measured, "measured", y + barPx + 1, x));
  });
  parts.push(endLine(request.predicted_ms, "predicted", height, x), endLine(request.measured_ms, "measured", height, x), ...drawEnds(right, x));
  place.replaceChildren(shape("svg", { width, height, role: "img", "aria-label": spoken() }, ...parts));
}

function spoken() {
  const nodes = request.nodes.map((node) =>
    `${node.node}: ${milliseconds(node.predicted_ms)} of computing predicted, ${milliseconds(node.measured_ms)} measured`);
  return `Gantt chart of the last request. Predicted ${milliseconds(request.predicted_ms)}, took ${milliseconds(request.measured_ms)}. ${nodes.join("; ")}.`;
}

function leadOf(trouble) {
  if (!request) return trouble || "No request was answered yet. Try it with a photo.";
  const sum = request.bytes.reduce((all, each) => all + each.bytes, 0);
  const off = compared(request.measured_ms, request.predicted_ms);
  return `${request.model} by ${request.method} for ${request.host}, plan ${request.epoch}, on ${listed(request.nodes.map((node) => node.node))}: ` +
    `predicted ${milliseconds(request.predicted_ms)}, took ${milliseconds(request.measured_ms)}${off ? ` (${off})` : ""}. ` +
    `${sum > 0 ? `${bytes(sum)} went between nodes.` : "Nothing went between nodes."}${trouble ? ` ${trouble}` : ""}`;
}

export function showRequest(shelf) {
  const next = JSON.stringify([shelf.request ?? null, shelf.request_trouble ?? ""]);
  // Bars stay while nothing is new: a tooltip is open for as long as its bar is there.
  if (next === shown) return;
  shown = next;
  request = shelf.request ?? null;
  setText($("request-text"), leadOf(shelf.request_trouble ?? ""));
  $("request-more").hidden = $("gantt-key").hidden = request === null;
  $("request-rows").replaceChildren(...(request?.nodes ?? []).map((node) => element("tr", {},
    element("th", { scope: "row" }, node.node),
    ...[node.predicted_ms, node.measured_ms, node.gmacs].map((value) =>
      element("td", { class: "figure" }, value > 0 ? value.toFixed(1) : "-")))));
  chart.redraw();
}
