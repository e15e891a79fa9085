// One node: state, speed, load, heat, memory, power and what it warns of.
import { KeyedList, element, setAttribute, setShare, setText } from "./dom.js";
import { NodeActions } from "./node_actions.js";
import { lookOf, moreOf, signOf, stateWord } from "./node_state.js";
import { notice } from "./summary.js";
import { gmacs, megabytes, percent, plural, sentence } from "./text.js";

const busyShare = 0.9;  // as `bramble top` has it
const hotCelsius = 75;  // boards slow down at 80
const fullShare = 0.9;

/// A figure with its name; one with a bar beneath, if it is a share of something.
class Row {
  constructor(name) {
    this.value = element("dd");
    this.bar = element("div", { class: "bar", "aria-hidden": "true" });
    this.root = element("div", { class: "row" }, element("dt", {}, name), this.value, this.bar);
  }

  show(text, share = null, look = "") {
    setText(this.value, text);
    setAttribute(this.root, "data-look", look);
    this.bar.hidden = share === null;
    if (share !== null) setShare(this.bar, share);
  }
}

function showSpeed(row, node) {
  const full = node.gmacs * node.pace_factor;
  if (full <= 0) return row.show("not measured yet");
  const now = node.speed_now_gmacs;
  const text = now > 0 ? `${gmacs(now)} of ${gmacs(full)} GMAC/s` : `${gmacs(full)} GMAC/s`;
  row.show(node.is_slow ? `${text}, slow` : text, now > 0 ? now / full : null, node.is_slow ? "warn" : "");
}

function showLoad(row, node) {
  if (node.load === null || node.load === undefined) return row.show("not known");
  const isBusy = node.load >= busyShare;
  row.show(isBusy ? `${percent(node.load)}, busy` : percent(node.load), node.load, isBusy ? "warn" : "");
}

function showHeat(row, node) {
  if (!(node.temperature_c > 0)) return row.show("not told");
  const isHot = node.temperature_c >= hotCelsius;
  row.show(`${Math.round(node.temperature_c)} \u00b0C${isHot ? ", hot" : ""}`, null, isHot ? "warn" : "");
}

function showMemory(row, node) {
  if (!(node.memory_mb > 0)) return row.show("not told");
  if (!(node.free_memory_mb > 0)) return row.show(megabytes(node.memory_mb));
  const used = 1 - node.free_memory_mb / node.memory_mb;
  row.show(`${megabytes(node.free_memory_mb)} of ${megabytes(node.memory_mb)} free`, used, used >= fullShare ? "warn" : "");
}

function showPower(row, node) {
  if (node.throttling) return row.show(node.throttling, null, "warn");
  row.show(node.throttled === null || node.throttled === undefined ? "not told" : "fine");
}

function rolesOf(node, shelf) {
  const roles = [];
  if (node.name === shelf.coordinator) roles.push("coordinator");
  if (node.name === shelf.self) roles.push("answers this page");
  if (node.pace_factor < 1) roles.push(`paced to ${percent(node.pace_factor)}`);
  if (node.rate_limit_mbit > 0) roles.push(`sends at most ${Math.round(node.rate_limit_mbit)} Mbit/s`);
  return roles;
}

/// One that failed before it told of itself has none.
const hasFigures = (node) => node.gmacs > 0 || node.memory_mb > 0;

function absenceOf(node, shelf) {
  if (node.state !== "failed") return moreOf(node);
  const why = (shelf.missing ?? []).find((each) => each.who === node.name)?.why;
  return `It does not answer${why ? `: ${sentence(why)}` : "."}${hasFigures(node) ? " The figures are the last it told." : ""}`;
}

export class NodeCard {
  constructor() {
    this.name = element("h3");
    this.sign = element("span", { class: "sign", "aria-hidden": "true" });
    this.word = element("span");
    this.state = element("p", { class: "state" }, this.sign, this.word);
    this.roles = element("p", { class: "roles" });
    this.more = element("p", { class: "more" });
    this.rows = Object.fromEntries([["speed", "Speed"], ["load", "Load"], ["memory", "Memory"], ["heat", "Heat"], ["power", "Power"]]
      .map(([key, name]) => [key, new Row(name)]));
    this.figures = element("dl", {}, ...Object.values(this.rows).map((row) => row.root));
    const warnings = element("ul", { class: "notices" });
    this.warnings = new KeyedList(warnings, (item) => item.key, notice);
    this.warningsRoot = warnings;
    this.machine = element("p", { class: "machine" });
    this.actions = new NodeActions();
    this.root = element("li", { class: "card" }, element("div", { class: "head" }, this.name, this.state), this.roles, this.more,
      this.figures, warnings, this.machine, this.actions.root);
  }

  update({ node, shelf }) {
    const word = stateWord(node);
    setText(this.name, node.name);
    setText(this.sign, signOf(word));
    setText(this.word, word);
    setAttribute(this.root, "data-look", lookOf(word));
    setAttribute(this.root, "data-node", node.name);
    setText(this.roles, rolesOf(node, shelf).join(" \u00b7 "));
    setText(this.more, node.state === "alive" ? moreOf(node) : absenceOf(node, shelf));
    this.figures.hidden = !hasFigures(node);
    showSpeed(this.rows.speed, node);
    showLoad(this.rows.load, node);
    showMemory(this.rows.memory, node);
    showHeat(this.rows.heat, node);
    showPower(this.rows.power, node);
    const warnings = node.state === "alive" ? node.warnings : [];
    this.warnings.show(warnings.map((text) => ({ key: text, text })));
    this.warningsRoot.hidden = warnings.length === 0;
    setText(this.machine, [node.board, node.threads > 0 ? plural(node.threads, "thread") : "", node.address].filter(Boolean).join(" \u00b7 "));
    this.actions.update(node);
  }
}
