// The shelf as it is now, live. Each part of the page has a file of its own; this one hands the state around.
import { onToken } from "./access.js";
import { Connection } from "./connection.js";
import { $ } from "./dom.js";
import { askForToken, letIn } from "./door.js";
import { showEvents } from "./events.js";
import { showRequest } from "./gantt.js";
import { showLatency } from "./latency.js";
import { showLinks } from "./links.js";
import { showNodes } from "./nodes.js";
import { showPlans } from "./plans.js";
import { ShelfStream } from "./stream.js";
import { showSummary } from "./summary.js";
import { showTryIt } from "./tryit.js";

const parts = [showSummary, showNodes, showRequest, showLatency, showLinks, showPlans, showEvents, showTryIt];
/// A part that fails must not take the others with it, nor pass for a lost connection.
async function showAlone(show, shelf) {
  try {
    await show(shelf);
  } catch (error) {
    console.error(error);
  }
}

const connection = new Connection(() => stream.connect());
const stream = new ShelfStream({
  onShelf(shelf) {
    connection.onShelf(shelf);
    // While no node ever answered there is nothing to show, and the sentence above says why.
    if (shelf.nodes.length === 0) return;
    $("contents").hidden = $("shelf").hidden = false;
    for (const show of parts) showAlone(show, shelf);
  },
  onState(state) {
    connection.onState(state);
    if (state.kind === "refused") askForToken(state.why);
    if (state.kind === "live") letIn();
  },
});
onToken(() => stream.connect());
stream.connect();
