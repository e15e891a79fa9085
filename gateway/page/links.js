// The links as a matrix: what each can carry, and the share of it that the plan at work asks for.
import { $, KeyedList, element, setAttribute, setShare, setText } from "./dom.js";
import { notice } from "./summary.js";
import { duration, mbit, percent, sentence } from "./text.js";

const busyShare = 0.9;
let shownNames = "";
const cells = new Map();
const amiss = new KeyedList($("links-amiss"), (item) => item.key, notice);

class Cell {
  constructor() {
    this.rate = element("span", { class: "rate" });
    this.use = element("span", { class: "use" });
    this.bar = element("span", { class: "bar", "aria-hidden": "true" });
    this.root = element("td", {}, this.rate, this.use, this.bar);
  }

  show(rate, use, look) {
    setText(this.rate, rate);
    setText(this.use, use === null ? "" : percent(use));
    this.bar.hidden = use === null;
    setShare(this.bar, use ?? 0);
    setAttribute(this.root, "data-look", look);
  }
}

/// A table is read by row and column: it is built anew only when the nodes are others.
function build(names) {
  cells.clear();
  $("links-body").parentElement.style.setProperty("--columns", names.length);
  $("links-head").replaceChildren(element("tr", {},
    element("th", { scope: "col" }, element("span", { class: "unseen" }, "from, to")),
    ...names.map((name) => element("th", { scope: "col", title: name }, name))));
  $("links-body").replaceChildren(...names.map((from) => {
    const row = element("tr", {}, element("th", { scope: "row", title: from }, from));
    for (const to of names) {
      const cell = new Cell();
      cells.set(`${from} ${to}`, cell);
      row.append(cell.root);
    }
    return row;
  }));
}

function showCell(cell, node, to) {
  if (node.name === to) return cell.show("\u00b7", null, "same");
  if (node.no_tensors.some((each) => each.to === to)) return cell.show("none", null, "bad");
  const link = node.links.find((each) => each.to === to);
  if (node.state !== "alive" || !link) return cell.show("-", null, "");
  const use = link.use ?? null;
  cell.show(link.mbit > 0 ? mbit(link.mbit) : "?", use, use !== null && use >= busyShare ? "warn" : "");
  setAttribute(cell.root, "title", `${node.name} to ${to}: ${link.mbit > 0 ? `${link.mbit.toFixed(0)} Mbit/s` : "not measured"}, ` +
    `${link.rtt_ms.toFixed(2)} ms there and back`);
}

export function showLinks(shelf) {
  const names = shelf.nodes.filter((node) => node.state !== "left").map((node) => node.name);
  if (names.join(" ") !== shownNames) build(names);
  shownNames = names.join(" ");
  for (const node of shelf.nodes)
    for (const to of names) {
      const cell = cells.get(`${node.name} ${to}`);
      if (cell) showCell(cell, node, to);
    }
  const troubles = shelf.nodes.flatMap((node) => node.no_tensors.map((each) => ({ key: `${node.name} ${each.to}`,
    text: `No tensors between ${node.name} and ${each.to} for ${duration(each.for_s)}: ${sentence(each.why)}` })));
  amiss.show(troubles);
  $("links-amiss").hidden = troubles.length === 0;
}
