// The shelf, about once a second, as GET v1/events tells it. EventSource cannot send a token, so the
// stream is read by hand. Lost connections are taken up again, less and less often.
import { ask, Refusal } from "./access.js";

const firstRetryMs = 1000;
const longestRetryMs = 15000;
// The gateway sends a state or a comment at least every other second.
const silenceMs = 7000;
// A page that nobody looks at takes a place among the gateway's followers for nothing.
const hiddenMs = 30000;

/// Takes text as it comes and gives the data of each whole event; null is a comment.
export class EventReader {
  #text = "";

  push(text) {
    this.#text += text;
    const out = [];
    for (let end = this.#text.indexOf("\n\n"); end >= 0; end = this.#text.indexOf("\n\n")) {
      const data = this.#text.slice(0, end).split("\n").filter((line) => line.startsWith("data: "));
      this.#text = this.#text.slice(end + 2);
      out.push(data.length > 0 ? data.map((line) => line.slice(6)).join("\n") : null);
    }
    return out;
  }
}

/// `onShelf(state)` for each state; `onState({kind, ...})` when the connection becomes "connecting",
/// "live", "lost" (`why`, `againAtMs`), "refused" (`why`: another token is wanted) or "resting".
export class ShelfStream {
  constructor({ onShelf, onState }) {
    this.onShelf = onShelf;
    this.onState = onState;
    this.failures = 0;
    document.addEventListener("visibilitychange", () => this.#seenOrHidden());
  }

  /// Now, whatever was waited for.
  connect() {
    clearTimeout(this.again);
    this.leaving?.abort();
    this.#follow(new AbortController());
  }

  async #follow(leaving) {
    this.leaving = leaving;
    this.onState({ kind: "connecting" });
    try {
      await this.#read(leaving);
      throw new Error("It ended the connection.");
    } catch (error) {
      if (this.leaving === leaving) this.#failed(error, leaving);
    }
  }

  async #read(leaving) {
    this.#expectNews(leaving);
    const answer = await ask("v1/events", { signal: leaving.signal });
    const reader = answer.body.pipeThrough(new TextDecoderStream()).getReader();
    const events = new EventReader();
    for (;;) {
      const { value, done } = await reader.read();
      if (done) return;
      this.#expectNews(leaving);
      const states = events.push(value).filter((each) => each !== null);
      // A slow reader has several at once: only the last is of now.
      if (states.length > 0) this.#heard(JSON.parse(states.at(-1)));
    }
  }

  #heard(shelf) {
    this.failures = 0;
    this.onState({ kind: "live" });
    this.onShelf(shelf);
  }

  #expectNews(leaving) {
    clearTimeout(this.silence);
    this.silence = setTimeout(() => leaving.abort(new Error(`It has said nothing for ${silenceMs / 1000} s.`)), silenceMs);
  }

  #failed(error, leaving) {
    const why = leaving.signal.aborted ? leaving.signal.reason.message
      : error instanceof TypeError ? "It does not answer." : error.message;
    clearTimeout(this.silence);
    leaving.abort();
    if (error instanceof Refusal && (error.status === 401 || error.status === 403)) {
      this.onState({ kind: "refused", why });
      return;
    }
    const backOff = Math.min(longestRetryMs, firstRetryMs * 2 ** this.failures);
    ++this.failures;
    // Not all pages at once, when a gateway comes back.
    const wait = error.retryAfterSeconds ? 1000 * error.retryAfterSeconds : backOff * (0.8 + 0.4 * Math.random());
    this.onState({ kind: "lost", why, againAtMs: Date.now() + wait });
    this.again = setTimeout(() => this.connect(), wait);
  }

  #seenOrHidden() {
    clearTimeout(this.hidden);
    if (document.visibilityState === "hidden") {
      this.hidden = setTimeout(() => this.#rest(), hiddenMs);
    } else if (this.resting) {
      this.resting = false;
      this.connect();
    }
  }

  #rest() {
    this.resting = true;
    clearTimeout(this.again);
    clearTimeout(this.silence);
    const leaving = this.leaving;
    this.leaving = null;
    leaving?.abort();
    this.onState({ kind: "resting" });
  }
}
