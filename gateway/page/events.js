// What happened to the shelf, newest first.
import { $, KeyedList, element, setText } from "./dom.js";
import { clock, listed } from "./text.js";

const mostShown = 80;
const looks = { failed: "bad", warning: "warn", device: "warn", left: "warn", certificate: "warn", joined: "good" };

function line(item) {
  const time = element("time", { datetime: new Date(item.at_ms).toISOString() });
  const seenBy = element("span", { class: "by" });
  const root = element("li", {}, time, element("span", { class: "kind", "data-look": looks[item.kind] ?? "" }, item.kind),
    element("span", { class: "text" }, item.text, " ", seenBy));
  return { root, update: (now) => {
    setText(time, clock(now.at_ms));
    setText(seenBy, now.nodes.length > 0 ? `(${listed(now.nodes)})` : "");
  } };
}

const lines = new KeyedList($("events"), (item) => item.key, line);

export function showEvents(shelf) {
  const events = (shelf.events ?? []).slice(-mostShown).toReversed();
  // The same may happen twice in a millisecond.
  const seen = new Map();
  lines.show(events.map((each) => {
    const key = `${each.at_ms} ${each.kind} ${each.text}`;
    const count = seen.get(key) ?? 0;
    seen.set(key, count + 1);
    return { ...each, key: `${key} ${count}` };
  }));
  $("no-events").hidden = events.length > 0;
}
