// Ways with the document that all parts of the page share. What the shelf tells (names, sentences,
// labels) is put in as text and never as markup: nothing in this page sets innerHTML.

export const $ = (id) => document.getElementById(id);

function put(node, attributes, content) {
  for (const [name, value] of Object.entries(attributes)) {
    if (value === false || value === null || value === undefined) continue;
    node.setAttribute(name, value === true ? "" : String(value));
  }
  node.append(...content.filter((each) => each !== null && each !== undefined));
  return node;
}

/// element("p", { class: "hint" }, "text", child, ...)
export function element(name, attributes = {}, ...content) {
  return put(document.createElement(name), attributes, content);
}

// The name of SVG's namespace, as the document's own drawing has it.
const svgNamespace = document.querySelector("svg").namespaceURI;

export function shape(name, attributes = {}, ...content) {
  return put(document.createElementNS(svgNamespace, name), attributes, content);
}

/// Touches the document only where something is new: what is selected or read aloud stays.
export function setText(node, text) {
  if (node.textContent !== text) node.textContent = text;
}

export function setAttribute(node, name, value) {
  if (node.getAttribute(name) !== String(value)) node.setAttribute(name, String(value));
}

/// The width of a bar, which parts.css draws from it; 0 to 1.
export function setShare(node, share) {
  node.style.setProperty("--share", `${(100 * Math.min(1, Math.max(0, share))).toFixed(1)}%`);
}

/// A list whose entries live on from one state to the next, so that focus and open menus do, too.
/// `create` makes `{root, update(item)}`.
export class KeyedList {
  constructor(parent, keyOf, create) {
    this.parent = parent;
    this.keyOf = keyOf;
    this.create = create;
    this.views = new Map();
  }

  show(items) {
    const seen = new Set();
    items.forEach((item, index) => {
      const key = this.keyOf(item);
      seen.add(key);
      let view = this.views.get(key);
      if (!view) {
        view = this.create(item);
        this.views.set(key, view);
      }
      const there = this.parent.children[index] ?? null;
      if (there !== view.root) this.parent.insertBefore(view.root, there);
      view.update(item);
    });
    for (const [key, view] of this.views) {
      if (seen.has(key)) continue;
      view.root.remove();
      this.views.delete(key);
    }
  }
}

/// Calls `draw(width)` in pixels now and whenever the width of `place` changes; `redraw()` of what it
/// returns when there is something new.
export function drawnToFit(place, draw) {
  let width = 0;
  new ResizeObserver(() => {
    const now = Math.floor(place.clientWidth);
    if (now === width) return;
    width = now;
    draw(width);
  }).observe(place);
  return { redraw: () => { if (width > 0) draw(width); } };
}
