// The shelf in a few figures, and what is amiss with it as a whole.
import { $, KeyedList, element, setAttribute, setText } from "./dom.js";
import { compared, duration, gmacs, milliseconds, perSecond, plural, sentence } from "./text.js";

function figure(name) {
  const value = element("dd", { class: "value" });
  const more = element("dd", { class: "more" });
  const root = element("div", {}, element("dt", {}, name), value, more);
  return { root, update: (item) => {
    setText(value, item.value);
    setText(more, item.more ?? "");
    setAttribute(root, "data-look", item.look ?? "");
  } };
}

const figures = new KeyedList($("summary"), (item) => item.name, (item) => figure(item.name));

export const notice = (item) => {
  const root = element("li");
  return { root, update: (now) => setText(root, now.text), item };
};

const notices = new KeyedList($("notices"), (item) => item.key, notice);

function latencyOf(shelf) {
  const last = shelf.request;
  const latest = (shelf.history ?? []).findLast((each) => each.latency_ms !== null);
  const measured = latest?.latency_ms ?? (last ? last.measured_ms : 0);
  if (!(measured > 0)) return { name: "Latency", value: "-", more: "nothing was asked" };
  // A plan that has given way is not to be held against its successor.
  const plan = (shelf.plans ?? []).find((each) => last && each.host === last.host && each.epoch === last.epoch);
  return { name: "Latency", value: milliseconds(measured), more: plan ? compared(measured, plan.predicted_ms) : "of the plan before" };
}

function nodesOf(shelf) {
  const alive = shelf.nodes.filter((node) => node.state === "alive");
  const drained = alive.filter((node) => node.drained).length;
  const away = shelf.nodes.filter((node) => node.state === "failed").map((node) => node.name);
  return { name: "Nodes", value: `${alive.length} of ${shelf.nodes.length}`,
    more: away.length > 0 ? `failed: ${away.join(", ")}` : drained > 0 ? `alive, ${drained} drained` : "alive",
    look: away.length > 0 ? "bad" : "" };
}

function waitingOf(loads) {
  const waiting = loads.reduce((sum, load) => sum + load.queued, 0);
  const refused = loads.reduce((sum, load) => sum + load.refused, 0);
  return { name: "Waiting", value: String(waiting), more: refused > 0 ? `${refused} refused as busy` : "requests",
    look: waiting > 0 || refused > 0 ? "warn" : "" };
}

function noticesOf(shelf) {
  // What is wrong with a node that has a card is told there.
  const hasFailed = new Set(shelf.nodes.filter((node) => node.state !== "alive").map((node) => node.name));
  const out = (shelf.missing ?? []).filter((each) => !hasFailed.has(each.who)).map((each) => ({ key: `missing ${each.who} ${each.where}`,
    text: `${each.who || each.where} is ${each.kind}: ${sentence(each.why)} For ${duration(each.for_s)} now.` }));
  for (const name of shelf.silent ?? [])
    if (!hasFailed.has(name)) out.push({ key: `silent ${name}`, text: `${name} did not answer when it was asked last.` });
  for (const each of shelf.conflicts ?? []) out.push({ key: each, text: sentence(each) });
  for (const each of shelf.pins ?? [])
    out.push({ key: `pin ${each.model}`, text: `${each.model} is made by ${each.method}, which somebody chose by hand.` });
  return out;
}

export function showSummary(shelf) {
  const alive = shelf.nodes.filter((node) => node.state === "alive");
  const loads = alive.flatMap((node) => node.loads);
  const running = loads.reduce((sum, load) => sum + load.running, 0);
  const rate = loads.reduce((sum, load) => sum + load.per_second, 0);
  const speed = alive.reduce((sum, node) => sum + node.gmacs * node.pace_factor, 0);
  figures.show([
    nodesOf(shelf),
    latencyOf(shelf),
    { name: "Requests", value: `${perSecond(rate)} /s`, more: `${running} under way` },
    waitingOf(loads),
    { name: "Speed", value: gmacs(speed), more: `GMAC/s of ${plural(alive.length, "node")}` },
  ]);
  const amiss = noticesOf(shelf);
  notices.show(amiss);
  $("notices").hidden = amiss.length === 0;
  setText($("place"), shelf.cluster
    ? `${shelf.cluster}, coordinator ${shelf.coordinator}, seen from ${shelf.self}` : "A shelf of small computers");
  document.title = shelf.cluster ? `${alive.length}/${shelf.nodes.length} ${shelf.cluster} - Bramble` : "Bramble";
}
