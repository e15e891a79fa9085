// The plans in use, and how the coordinator takes requests under load.
import { $, KeyedList, element, setText } from "./dom.js";
import { compared, duration, milliseconds, perSecond, plural, sentence } from "./text.js";

function line() {
  const title = element("strong");
  const figures = element("span", { class: "figures" });
  const why = element("span", { class: "why" });
  const root = element("li", {}, title, figures, why);
  return { root, update: (item) => {
    setText(title, item.title);
    setText(figures, item.figures);
    setText(why, item.why);
  } };
}

const lines = new KeyedList($("plans"), (item) => item.key, line);

function planLine(plan) {
  const measured = plan.measured_ms > 0
    ? `, measured ${milliseconds(plan.measured_ms)} over ${plural(plan.runs, "request")} (${compared(plan.measured_ms, plan.predicted_ms)})`
    : ", nothing measured yet";
  return { key: `plan ${plan.host} ${plan.model} ${plan.method} ${plan.epoch}`,
    title: `${plan.model} for ${plan.host} by ${plan.method}, plan ${plan.epoch}`,
    figures: `predicted ${milliseconds(plan.predicted_ms)}${measured}, in use for ${duration(plan.in_use_s)}`,
    why: plan.why ? sentence(plan.why) : "" };
}

function wayLine(way) {
  const most = way.most_per_second > 0 ? `at most ${perSecond(way.most_per_second)} requests a second, ` : "";
  return { key: `way ${way.model} ${way.wire} ${way.exact}`,
    title: `${way.model} under load: ${way.how}`,
    figures: `${most}${way.running} under way, ${way.queued} waiting, for ${duration(way.for_s)}`,
    why: way.why ? sentence(way.why) : "" };
}

export function showPlans(shelf) {
  const all = [...(shelf.plans ?? []).map(planLine), ...(shelf.ways ?? []).map(wayLine)];
  lines.show(all);
  $("no-plans").hidden = all.length > 0;
}
