// What is said of the connection and of how old the figures are. Whoever sees the page must never
// take old figures for those of now.
import { $, setAttribute, setText } from "./dom.js";
import { clock, duration, sentence } from "./text.js";

const words = { connecting: "connecting", live: "live", lost: "no connection", refused: "token needed", resting: "resting" };
const looks = { connecting: "wait", live: "good", lost: "bad", refused: "warn", resting: "wait" };

export class Connection {
  state = { kind: "connecting" };
  trouble = "";
  seenAtMs = 0;  // of the newest state that was of its time

  constructor(tryNow) {
    $("again").addEventListener("click", tryNow);
    setInterval(() => this.#count(), 1000);
  }

  onState(state) {
    // What is being tried again is lost still, until it is there.
    if (state.kind === "connecting" && this.state.kind === "lost") return this.#count("now");
    this.state = state;
    this.#show();
  }

  onShelf(shelf) {
    // A gateway that has just begun has heard of no node, and of no trouble either.
    this.trouble = shelf.trouble || (shelf.nodes.length > 0 ? "" : "No node has answered yet.");
    if (this.trouble === "") this.seenAtMs = shelf.at_ms;
    this.#show();
  }

  #isOld() {
    return this.state.kind !== "live" || this.trouble !== "";
  }

  #show() {
    const isStale = this.state.kind === "live" && this.trouble !== "";
    const pill = $("live");
    setText(pill, isStale ? (this.seenAtMs > 0 ? "not of now" : "no shelf") : words[this.state.kind]);
    setAttribute(pill, "data-look", isStale ? "warn" : looks[this.state.kind]);
    document.body.classList.toggle("old", this.#isOld());
    const text = this.#text(isStale);
    setText($("banner-text"), text);
    $("banner").hidden = text === "";
    $("again").hidden = this.state.kind !== "lost";
    this.#count();
  }

  #text(isStale) {
    const seen = this.seenAtMs > 0 ? ` What you see is of ${clock(this.seenAtMs)}.` : "";
    if (isStale) return `${sentence(this.trouble)}${seen}`;
    if (this.state.kind === "lost") return `No connection to the gateway. ${sentence(this.state.why)}${seen}`;
    if (this.state.kind === "resting") return `Nobody looked, so the shelf is not followed.${seen}`;
    return "";
  }

  /// Apart from the sentence: it would be read aloud each second.
  #count(word) {
    if (this.state.kind !== "lost") return setText($("banner-count"), "");
    const left = Math.ceil((this.state.againAtMs - Date.now()) / 1000);
    setText($("banner-count"), word || left <= 0 ? "Trying again now." : `Trying again in ${duration(left)}.`);
  }
}

/// Says something to those who hear the page, once.
export function announce(text) {
  setText($("said"), text);
}
