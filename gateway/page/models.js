// Which models there are to choose from: asked when the page begins and when the nodes have others.
import { post } from "./access.js";
import { $, element } from "./dom.js";

const againMs = 10000;  // while there are none
const select = $("model");
let known = null;
let askedAtMs = 0;

/// The gateway knows all that can be loaded; until it has said so, those that nodes hold.
async function names(held) {
  try {
    const index = await post("v2/repository/index");
    return [...new Set([...index.map((each) => each.name), ...held])].sort();
  } catch {
    return held;
  }
}

/// Whether the choice may be another one now.
export async function showModels(shelf) {
  const held = [...new Set(shelf.nodes.flatMap((node) => node.models))].sort();
  const now = held.join(" ");
  if (now === known && (select.value !== "" || Date.now() < askedAtMs + againMs)) return false;
  known = now;
  askedAtMs = Date.now();
  const all = await names(held);
  const chosen = select.value;
  if (all.length === 0) select.replaceChildren(element("option", { value: "" }, "none yet"));
  else select.replaceChildren(...all.map((name) => element("option", { value: name }, name)));
  const last = shelf.request?.model;
  select.value = all.includes(chosen) ? chosen : all.includes(last) ? last : all[0] ?? "";
  return true;
}
