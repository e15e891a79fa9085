// Drain, resume and pace, for those whose token may change the shelf.
import { mayWrite, onAccess, post } from "./access.js";
import { $, element, setAttribute, setText } from "./dom.js";
import { percent, sentence } from "./text.js";

const paces = [1, 0.75, 0.5, 0.25, 0.1];
const saidForMs = 12000;

/// Whether somebody wants that, asked in the middle of the page.
function confirmed(title, text, yes) {
  const dialog = $("confirm");
  setText($("confirm-title"), title);
  setText($("confirm-text"), text);
  setText($("confirm-yes"), yes);
  dialog.returnValue = "no";
  dialog.showModal();
  return new Promise((answer) => {
    dialog.addEventListener("close", () => answer(dialog.returnValue === "yes"), { once: true });
  });
}

export class NodeActions {
  constructor() {
    this.toggle = element("button", { type: "button" });
    this.pace = element("select");
    this.paceLabel = element("label", { class: "together" }, "Pace ", this.pace);
    this.said = element("p", { class: "said", role: "status" });
    this.root = element("div", { class: "actions", hidden: true },
      element("div", { class: "together" }, this.toggle, this.paceLabel), this.said);
    this.toggle.addEventListener("click", () => this.#drainOrResume());
    this.pace.addEventListener("change", () => this.#change("pace", { share: Number(this.pace.value) }));
    onAccess(() => this.#showAllowed());
  }

  update(node) {
    this.node = node;
    setText(this.toggle, node.drained ? "Resume" : "Drain");
    setAttribute(this.toggle, "aria-label", `${node.drained ? "Resume" : "Drain"} ${node.name}`);
    setAttribute(this.pace, "aria-label", `Pace of ${node.name}`);
    if (!this.busy && document.activeElement !== this.pace) this.#showPace(node.pace_factor);
    this.#showAllowed();
  }

  #showPace(share) {
    // One that was set elsewhere may be any.
    const choices = paces.includes(share) ? paces : [...paces, share].sort((a, b) => b - a);
    if (this.pace.options.length !== choices.length || !choices.every((each, i) => this.pace.options[i].value === String(each)))
      this.pace.replaceChildren(...choices.map((each) => element("option", { value: each }, percent(each))));
    this.pace.value = String(share);
  }

  #showAllowed() {
    this.root.hidden = !mayWrite() || this.node?.state !== "alive";
  }

  async #drainOrResume() {
    const { name, drained } = this.node;
    if (!drained && !(await confirmed(`Drain ${name}?`,
      "It finishes what it has begun and gets no more work of other hosts, until it is resumed.", `Drain ${name}`))) return;
    await this.#change(drained ? "resume" : "drain");
  }

  async #change(what, body) {
    this.busy = true;
    this.toggle.disabled = this.pace.disabled = true;
    clearTimeout(this.saidUntil);
    try {
      const answer = await post(`v1/nodes/${encodeURIComponent(this.node.name)}/${what}`, body);
      this.#say(sentence(answer.effect), "");
    } catch (error) {
      this.#say(error instanceof TypeError ? "The gateway does not answer." : sentence(error.message), "bad");
    } finally {
      this.busy = false;
      this.toggle.disabled = this.pace.disabled = false;
    }
  }

  #say(text, look) {
    setText(this.said, text);
    setAttribute(this.said, "data-look", look);
    if (look !== "bad") this.saidUntil = setTimeout(() => setText(this.said, ""), saidForMs);
  }
}
