// A photo is classified by the shelf, and by one node alone beside it.
import { ask } from "./access.js";
import { $, KeyedList, element, setShare, setText } from "./dom.js";
import { showModels } from "./models.js";
import { onPhoto, photoBody } from "./photo.js";
import { listed, milliseconds, percent, sentence } from "./text.js";

const shownMost = 12;  // lines of an answer

let photo = null;
let shown = "";  // the object URL of the photo
let running = null;

function barLine(name) {
  const label = element(name === "li" ? "span" : "dt", { class: "label" });
  const value = element(name === "li" ? "span" : "dd", { class: "value" });
  const bar = element(name === "li" ? "span" : "dd", { class: "bar", "aria-hidden": "true" });
  const more = element(name === "li" ? "span" : "dd", { class: "more" });
  const root = element(name, {}, label, value, bar, more);
  return { root, update: (item) => {
    setText(label, item.label);
    setText(value, item.value);
    setText(more, item.more ?? "");
    more.hidden = !item.more;
    setShare(bar, item.share);
  } };
}

const classLines = new KeyedList($("classes"), (item) => item.key, () => barLine("li"));
const timeLines = new KeyedList($("times"), (item) => item.label, () => barLine("div"));

/// What an answer tells, the best first: classes, boxes, or the classes of a mask, each with its share of 1.
function findings(answer) {
  const all = answer?.boxes ?? answer?.classes ?? answer?.top ?? [];
  return all.slice(0, shownMost).map((each, place) => ({ key: answer.boxes ? `box ${place}` : String(each.index),
    label: each.label || `class ${each.index}`, share: each.score ?? each.share ?? each.p }));
}

function showClasses(answer) {
  const found = findings(answer);
  classLines.show(found.map((each) => ({ ...each, value: each.share >= 0.001 ? `${(100 * each.share).toFixed(1)} %` : "< 0.1 %" })));
  $("classes").hidden = $("classes-title").hidden = found.length === 0;
}

/// "tabby, 93 %."; of a detector how much it found.
function summary(answer) {
  if (answer.picture) return `A picture of ${answer.picture.width}x${answer.picture.height} pixels.`;
  const [best] = findings(answer);
  if (!best) return "Nothing was found.";
  const more = (answer.boxes?.length ?? 1) - 1;
  return `${best.label}, ${percent(best.share)}${more > 0 ? `, and ${more} more` : ""}.`;
}

function showTimes(answers) {
  const longest = Math.max(...answers.map(({ answer }) => answer.latency_ms), 1e-3);
  timeLines.show(answers.map(({ label, answer }) => ({ label, value: milliseconds(answer.latency_ms), share: answer.latency_ms / longest,
    more: [`on ${listed(answer.nodes)}, predicted ${milliseconds(answer.predicted_ms)}`,
      answer.queued_ms >= 1 ? `after waiting ${milliseconds(answer.queued_ms)} for its turn` : "",
      answer.attempts > 1 ? `by attempt ${answer.attempts}: a node failed on the way` : ""].filter(Boolean).join("; ") })));
  $("times").hidden = answers.length === 0;
}

function comparison(whole, one) {
  const ratio = one.latency_ms / whole.latency_ms;
  const speed = whole.nodes.length < 2 ? "The plan is to leave it to one node: the others would not make it faster."
    : ratio > 1.03 ? `The shelf is ${ratio.toFixed(1)} times as fast as one node.`
      : ratio < 0.97 ? "One node was faster this time." : "Both took the same time.";
  const same = whole.output_sha256 === one.output_sha256 ? "Both answers are the same, bit for bit." : whole.exactness ? sentence(whole.exactness) : "";
  return `${speed} ${same}`.trim();
}

async function classify(body, model, method, signal) {
  const path = `v1/classify/${encodeURIComponent(model)}?top=5${method ? `&method=${method}` : ""}`;
  const answer = await ask(path, { method: "POST", body, signal, headers: { "Content-Type": body.type || "application/octet-stream" } });
  return answer.json();
}

function say(text, look = "") {
  setText($("try-said"), text);
  $("try-said").dataset.look = look;
}

function showRunning(is) {
  $("stop").hidden = !is;
  $("ask").disabled = is || photo === null || $("model").value === "";
}

async function run() {
  const model = $("model").value;
  if (photo === null || model === "") return;
  running?.abort();
  const mine = running = new AbortController();
  showRunning(true);
  showTimes([]);
  showClasses(null);
  try {
    const body = await photoBody(photo);
    const first = "The first time it is fetched, measured and planned, which takes a while.";
    const answers = [];
    // One node comes first, so that the last request, which is drawn beside this, is the shelf's.
    if ($("beside").checked) {
      say(`One node alone is asked about ${model}, then the shelf. ${first}`);
      answers.push({ label: "one node alone", answer: await classify(body, model, "one", mine.signal) });
      showTimes(answers);
      showClasses(answers[0].answer);
    }
    say(`The shelf is asked about ${model}. ${answers.length > 0 ? "" : first}`.trim());
    const whole = await classify(body, model, "", mine.signal);
    answers.push({ label: "the shelf", answer: whole });
    showTimes(answers);
    showClasses(whole);
    say([summary(whole), answers.length > 1 ? comparison(whole, answers[0].answer) : "",
      ...whole.warnings.map(sentence)].filter(Boolean).join(" "));
  } catch (error) {
    if (running === mine) say(mine.signal.aborted ? "Stopped." : error instanceof TypeError ? "The gateway does not answer." : sentence(error.message),
      mine.signal.aborted ? "" : "bad");
  } finally {
    if (running === mine) {
      running = null;
      showRunning(false);
    }
  }
}

function choose(file) {
  photo = file;
  URL.revokeObjectURL(shown);
  shown = URL.createObjectURL(file);
  const picture = $("photo");
  picture.src = shown;
  picture.alt = `The chosen photo, ${file.name}`;
  picture.hidden = false;
  picture.onerror = () => { picture.hidden = true; };  // .npy, say
  run();
}

onPhoto($("drop"), $("file"), choose);
$("ask").addEventListener("click", run);
$("stop").addEventListener("click", () => running?.abort());
$("model").addEventListener("change", () => showRunning(running !== null));

export async function showTryIt(shelf) {
  if (await showModels(shelf)) showRunning(running !== null);
}
