// What holds for every page that is for everybody. The first two run in the page.

export function widthBeyond() {
  return document.documentElement.scrollWidth - document.documentElement.clientWidth;
}

/// Texts whose contrast with what they stand on is below 4.5 (WCAG 2, 1.4.3), with it.
export function faintTexts() {
  const least = 4.5;
  const parsed = (text) => {
    const [r, g, b, a = 1] = text.match(/[\d.]+/g).map(Number);
    return { rgb: [r, g, b], a };
  };
  const luminance = (rgb) => {
    const [r, g, b] = rgb.map((each) => (each / 255 <= 0.04045 ? each / 255 / 12.92 : ((each / 255 + 0.055) / 1.055) ** 2.4));
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  const groundOf = (node) => {
    for (let each = node; each; each = each.parentElement) {
      const { rgb, a } = parsed(getComputedStyle(each).backgroundColor);
      if (a === 1) return rgb;
    }
    return [255, 255, 255];
  };
  const out = [];
  for (const node of document.querySelectorAll("body *")) {
    const hasText = [...node.childNodes].some((each) => each.nodeType === Node.TEXT_NODE && each.textContent.trim() !== "");
    if (!hasText || ["OPTION", "SCRIPT", "NOSCRIPT", "TITLE", "title"].includes(node.tagName) || node.getClientRects().length === 0) continue;
    if (node.closest(":disabled")) continue;
    const style = getComputedStyle(node);
    const isDrawn = node.namespaceURI !== document.documentElement.namespaceURI;
    // A number in a badge of a drawing stands on the shape before it.
    const ground = isDrawn && node.classList.contains("badge") ? parsed(getComputedStyle(node.previousElementSibling).fill).rgb
      : groundOf(isDrawn ? node.closest("svg").parentElement : node);
    const [dark, light] = [luminance(parsed(isDrawn ? style.fill : style.color).rgb), luminance(ground)].sort((a, b) => a - b);
    const contrast = (light + 0.05) / (dark + 0.05);
    if (contrast < least) out.push(`${node.textContent.trim().slice(0, 40)}: ${contrast.toFixed(2)}`);
  }
  return out;
}

/// Controls that are there and that Tab does not come to, or that do not show that it did.
export async function unreachable(page) {
  const mark = () => {
    const usable = [...document.querySelectorAll("a[href], button, input, select, summary, [tabindex='0']")]
      .filter((each) => !each.disabled && each.getClientRects().length > 0);
    usable.forEach((each, index) => each.setAttribute("data-tab", index));
    return usable.map((each) => `${each.tagName.toLowerCase()} ${each.getAttribute("aria-label") ?? each.id ?? ""} ${each.textContent.slice(0, 30)}`.trim());
  };
  await page.evaluate(() => { document.activeElement?.blur(); scrollTo(0, 0); });
  const names = await page.evaluate(mark);
  const seen = new Set();
  for (let i = 0; i < names.length + 5; ++i) {
    await page.keyboard.press("Tab");
    const at = await page.evaluate(() => {
      const focused = document.activeElement;
      const style = getComputedStyle(focused);
      return style.outlineStyle !== "none" && parseFloat(style.outlineWidth) >= 2 ? focused.getAttribute("data-tab") : null;
    });
    if (at !== null) seen.add(Number(at));
  }
  return names.filter((_, index) => !seen.has(index));
}
