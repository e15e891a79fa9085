// All nodes, as cards. A change of state is said aloud, because it is what one would look up for.
import { announce } from "./connection.js";
import { $, KeyedList } from "./dom.js";
import { NodeCard } from "./node_card.js";
import { stateWord } from "./node_state.js";

const cards = new KeyedList($("nodes"), (item) => item.node.name, () => new NodeCard());
const states = new Map();

function tellChanges(nodes) {
  const told = [];
  for (const node of nodes) {
    const before = states.get(node.name);
    const now = stateWord(node);
    if (before !== undefined && before !== now) told.push(`${node.name} ${now === "failed" || now === "left" ? "has" : "is"} ${now}.`);
    states.set(node.name, now);
  }
  if (told.length > 0) announce(told.join(" "));
}

export function showNodes(shelf) {
  cards.show(shelf.nodes.map((node) => ({ node, shelf })));
  tellChanges(shelf.nodes);
}
