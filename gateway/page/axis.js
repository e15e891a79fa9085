// What both charts need of an axis.

/// Round steps from 0 to `most`, about as many as `wanted`: {step, top}.
export function roundSteps(most, wanted) {
  const rough = Math.max(most, 1e-9) / wanted;
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = [1, 2, 5, 10].map((each) => each * power).find((each) => each >= rough);
  return { step, top: Math.ceil(most / step) * step };
}

/// 0, step, ... up to `top`.
export function ticksOf({ step, top }) {
  return Array.from({ length: Math.round(top / step) + 1 }, (_, i) => i * step);
}

/// Of a tick: no more digits than its step has.
export function tickText(value, step) {
  const digits = Math.max(0, -Math.floor(Math.log10(step) + 1e-9));
  return value.toFixed(digits);
}

/// Names that are too long for their place end in dots; an average letter is so wide.
const letterPx = 7.2;
export function cutTo(text, widthPx) {
  const most = Math.max(1, Math.floor(widthPx / letterPx));
  return text.length <= most ? text : `${text.slice(0, most - 1)}\u2026`;
}
