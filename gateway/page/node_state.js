// What state a node is in: a word, a sign and a colour, never the colour alone.

const signs = { alive: "\u25cf", "not ready": "\u25d0", joining: "\u25d0", drained: "\u2016", failed: "\u2715", left: "\u25cb" };
const looks = { alive: "good", "not ready": "warn", joining: "warn", drained: "warn", failed: "bad", left: "" };

export function stateWord(node) {
  if (node.state !== "alive") return node.state;
  if (node.drained) return "drained";
  return node.ready ? "alive" : "not ready";
}

export const signOf = (word) => signs[word] ?? "\u25cb";
export const lookOf = (word) => looks[word] ?? "";

/// What `condition` says beyond what stands elsewhere in the card.
export function moreOf(node) {
  return node.condition.replace(node.throttling ? `, ${node.throttling}` : "", "").split(", ")
    .filter((part) => part !== node.state && part !== stateWord(node)).join(", ");
}
