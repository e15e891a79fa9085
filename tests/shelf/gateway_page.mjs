// What gateway_page.py does in a browser. Its plan comes on standard input; it prints "ok: ..." lines and ends with 1 at the
// first thing that is not as it should be.
import { spawn } from "node:child_process";
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { faintTexts, unreachable, widthBeyond } from "./gateway_page_checks.mjs";

const plan = JSON.parse(readFileSync(0, "utf8"));
const { chromium } = createRequire(import.meta.url)(plan.playwright);
const hangMs = 60000;
const redMs = 3000;  // a killed node is red by then
const complaints = [];
const requested = new Set();

function expect(what, condition, detail = "") {
  if (!condition) throw new Error(`${what}. ${typeof detail === "string" ? detail : JSON.stringify(detail)}`);
  console.log(`ok: ${what}`);
}

/// Waits for what `look` sees in the page; it gets `argument`.
async function appears(what, look, argument, timeout = hangMs) {
  try {
    await page.waitForFunction(look, argument, { timeout, polling: 50 });
  } catch (error) {
    throw new Error(`${what}. ${error.message}\n${await page.locator("body").innerText()}`);
  }
  console.log(`ok: ${what}`);
}

async function shoot(name) {
  if (plan.shots) await page.screenshot({ path: `${plan.shots}/${name}.png`, fullPage: true });
}

const browser = await chromium.launch({ executablePath: plan.chromium, args: process.getuid() === 0 ? ["--no-sandbox"] : [] });
const context = await browser.newContext({ viewport: { width: 1280, height: 900 }, colorScheme: "light" });
const page = await context.newPage();
page.setDefaultTimeout(hangMs);
page.on("console", (message) => { if (["error", "warning"].includes(message.type())) complaints.push(message.text()); });
page.on("pageerror", (error) => complaints.push(error.message));
page.on("request", (request) => requested.add(new URL(request.url()).origin));

const card = (name) => page.locator(`[data-node="${name}"]`);
const stateIs = ([name, word]) => document.querySelector(`[data-node="${name}"] .state span:last-child`)?.textContent === word;
const hasText = ([selector, text]) => document.querySelector(selector)?.textContent.includes(text);

async function showsShelf() {
  await page.goto(plan.address);
  for (const name of ["pi1", "pi2", "pi3", "pi4"]) await appears(`${name} is shown as alive`, stateIs, [name, "alive"]);
  expect("four nodes", await page.locator("#nodes > li").count() === 4);
  await appears("it is live", hasText, ["#live", "live"]);
  expect("nobody is asked for a token on loopback", await page.locator("#door").isHidden());
  expect("nobody may drain without one", await page.getByRole("button", { name: "Drain pi2" }).count() === 0);
  expect("links have rates", await page.locator("#links-body .rate").filter({ hasText: /^[0-9.]+k?$/ }).count() > 0);
}

async function answersPhoto() {
  await page.getByLabel("Model").selectOption("small");
  await page.getByLabel("Choose a photo, or drop one here").setInputFiles(plan.photo);
  await appears("a photo is answered with its class", hasText, ["#classes li .label", plan.label]);
  expect("as `bramble infer` has it", (await page.locator("#classes li .value").first().textContent()) === plan.share,
    await page.locator("#classes").innerText());
  expect("names do not become part of the page", await page.locator("#marked").count() === 0);
  await appears("one node's time stands beside the shelf's", () => document.querySelectorAll("#times > div").length === 2);
  await appears("and what they come to", () => /as fast as one node|One node was faster|same time|to leave it to one/
    .test(document.getElementById("try-said").textContent));
}

async function drawsRequest() {
  await appears("the Gantt chart appears, predicted and measured", () =>
    document.querySelectorAll("#gantt rect.predicted").length > 0 && document.querySelectorAll("#gantt rect.measured").length > 0);
  const above = await page.locator("#gantt rect.predicted").first().boundingBox();
  const below = await page.locator("#gantt rect.measured").first().boundingBox();
  expect("predicted stands above measured", above.y + above.height <= below.y + 1, [above, below]);
  await page.locator("#request-more summary").click();
  expect("and figures for those who do not see it", await page.locator("#request-rows tr").count() > 0);
  await appears("latency is drawn", () => (document.querySelector("path.latency")?.getAttribute("d") ?? "") !== "");
  await appears("events are told", () => document.querySelectorAll("#events li").length > 0);
}

/// By keyboard alone.
async function typesToken(token) {
  await page.locator("#access").focus();
  await page.keyboard.press("Enter");
  await page.keyboard.type(token);
  await page.keyboard.press("Enter");
}

async function changesShelf() {
  await typesToken(plan.tokens.reads);
  await appears("a token that reads is known as one", hasText, ["#access", "reads"]);
  expect("and lets nobody drain", await page.getByRole("button", { name: "Drain pi2" }).count() === 0);
  await typesToken(plan.tokens.writes);
  await appears("one that writes as well", hasText, ["#access", "may change"]);
  const drain = page.getByRole("button", { name: "Drain pi2" });
  await drain.focus();
  await page.keyboard.press("Enter");
  await appears("draining is asked about", () => document.getElementById("confirm").open);
  await page.keyboard.press("Escape");
  await appears("and not done for Escape", () => !document.getElementById("confirm").open);
  expect("the focus is where it was", await drain.evaluate((each) => each === document.activeElement));
  await drain.click();
  await page.locator("#confirm-yes").click();
  await appears("pi2 is drained", stateIs, ["pi2", "drained"]);
  await page.getByRole("button", { name: "Classify" }).click();
  await appears("the change of plan is told with its reason", hasText, ["#switches li", "pi2 was drained"]);
  expect("and marked where it was", await page.locator("#latency-chart line.switch").count() === await page.locator("#switches li").count());
  await shoot("drained");
  await page.getByRole("button", { name: "Resume pi2" }).click();
  await appears("and resumed", stateIs, ["pi2", "alive"]);
  await page.getByLabel("Pace of pi2").selectOption("0.5");
  await appears("pi2 is paced", hasText, ["[data-node=pi2] .roles", "paced to 50 %"]);
  await page.getByLabel("Pace of pi2").selectOption("1");
  await appears("and runs freely again", () => !document.querySelector("[data-node=pi2] .roles").textContent.includes("paced"));
}

async function isForEverybody() {
  for (const [width, height] of [[1280, 900], [360, 740]])
    for (const colorScheme of ["light", "dark"]) {
      await page.setViewportSize({ width, height });
      await page.emulateMedia({ colorScheme });
      const what = `${width} px, ${colorScheme}`;
      await appears(`${what}: charts fit`, (most) => [...document.querySelectorAll(".drawing svg")].every((each) => each.clientWidth <= most), width);
      expect(`${what}: nothing to scroll sideways`, await page.evaluate(widthBeyond) <= 0, await page.evaluate(widthBeyond));
      const faint = await page.evaluate(faintTexts);
      expect(`${what}: every text has a contrast of 4.5`, faint.length === 0, faint);
      await shoot(`${width}-${colorScheme}`);
    }
  await page.setViewportSize({ width: 1280, height: 900 });
  await page.emulateMedia({ colorScheme: "light" });
  const missed = await unreachable(page);
  expect("all that can be used is reached by Tab, and seen to be", missed.length === 0, missed);
}

/// The shelf's own time until it knows is in it, and the second between two states.
async function showsDeath() {
  const began = Date.now();
  process.kill(plan.victim_pid, "SIGKILL");
  await appears(`${plan.victim} is red, and said to have failed, within ${redMs / 1000} s of being killed`, (name) => {
    const seen = document.querySelector(`[data-node="${name}"]`);
    const probe = document.body.appendChild(document.createElement("i"));
    probe.style.color = "var(--bad)";
    const red = getComputedStyle(probe).color;
    probe.remove();
    return seen.querySelector(".state span:last-child").textContent === "failed" &&
      getComputedStyle(seen.querySelector(".state")).color === red && getComputedStyle(seen).borderTopColor === red;
  }, plan.victim, redMs);
  console.log(`it took ${Date.now() - began} ms`);
  await appears("which is said to those who hear the page", hasText, ["#said", `${plan.victim} has failed`]);
  await appears("and among the events", (name) => [...document.querySelectorAll("#events .text")].some((each) => each.textContent.includes(name)),
    plan.victim);
  await shoot("killed");
}

/// Of a gateway that other machines reach.
async function wantsToken() {
  await page.locator("#access").click();
  await page.getByRole("button", { name: "Forget it" }).click();
  await appears("without a token the page asks for one", hasText, ["#live", "token needed"]);
  await appears("in the gateway's words", hasText, ["#door-why", "bramble gateway token"]);
  await shoot("token");
  await page.getByLabel("Token of this gateway").fill(plan.tokens.reads);
  await page.keyboard.press("Enter");
  await appears("and with one it is live", hasText, ["#live", "live"]);
  expect("the box is gone", await page.locator("#door").isHidden());
}

async function outlivesGateway() {
  expect("nothing is complained of in the browser", complaints.length === 0, complaints);
  process.kill(plan.gateway_pid, "SIGTERM");
  await appears("a lost connection is said", hasText, ["#banner-text", "No connection to the gateway."]);
  await appears("with the time that the figures are of", hasText, ["#banner-text", "What you see is of "]);
  expect("they have no colour any more", await page.evaluate(() => getComputedStyle(document.getElementById("shelf")).filter) === "grayscale(1)");
  await shoot("lost");
  const again = spawn(plan.gateway[0], plan.gateway.slice(1), { stdio: ["ignore", "ignore", "inherit"] });
  try {
    await appears("it is taken up by itself when the gateway is back", hasText, ["#live", "live"]);
    await appears("and nothing is said any more", () => document.getElementById("banner").hidden);
    expect("the token is still there", (await page.locator("#access").textContent()).includes("may change"));
    await wantsToken();
  } finally {
    again.kill();
  }
  const others = complaints.filter((each) => !each.includes("net::ERR_") && !each.includes(" 401 "));
  expect("the browser complains of the connection and the token alone", others.length === 0, others);
}

try {
  for (const act of [showsShelf, answersPhoto, drawsRequest, changesShelf, isForEverybody, showsDeath, outlivesGateway]) await act();
  const elsewhere = [...requested].filter((origin) => origin !== plan.address && !origin.startsWith("null"));
  expect("nobody but the gateway was asked for anything", elsewhere.length === 0, elsewhere);
} catch (error) {
  console.log(`FAILED: ${error.message}`);
  process.exitCode = 1;
} finally {
  await browser.close();
}
