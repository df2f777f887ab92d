// A list of any length of which only what is seen is drawn, for mouse, keyboard and screen reader (WAI-ARIA grid). Rows
// have one height, which stands in the style sheet (--row).

import { h, mark, oncePerFrame } from "./dom.js";

const spare = 6;

/**
 * @template Item
 * @typedef {object} Drawing
 * @property {string} label  of the whole list
 * @property {string[]} columns  their titles
 * @property {(row: HTMLElement) => void} make  the cells of a row, once
 * @property {(row: HTMLElement, item: Item | undefined, index: number) => void} draw  undefined: not there yet
 * @property {(index: number) => void} open
 * @property {(first: number, end: number) => void} seen  which are drawn now
 */

/** @template Item */
export class Rows {
  /** @type {(Item | undefined)[]} */
  #items = [];
  #count = 0;
  #active = 0;
  /** @type {Map<number, HTMLElement>} */
  #drawn = new Map();
  /** @type {HTMLElement[]} */
  #free = [];
  #height = 56;
  #number = 0;

  /** @param {Drawing<Item>} drawing @param {AbortSignal} signal */
  constructor(drawing, signal) {
    this.drawing = drawing;
    this.body = h("div", { class: "rows-body", role: "rowgroup" });
    this.element = h("div", { class: "rows", role: "grid", tabindex: "0", "aria-label": drawing.label },
      h("div", { class: "rows-head", role: "rowgroup" },
        h("div", { class: "row", role: "row", "aria-rowindex": "1" },
          drawing.columns.map((title) => h("div", { role: "columnheader", class: "cell" }, title)))),
      this.body);
    this.draw = oncePerFrame(() => this.#draw());
    addEventListener("scroll", this.draw, { signal, passive: true });
    addEventListener("resize", this.draw, { signal });
    this.element.addEventListener("keydown", (event) => this.#key(event));
    this.element.addEventListener("focus", () => this.draw());
    this.body.addEventListener("click", (event) => {
      const row = /** @type {HTMLElement} */ (event.target).closest("[aria-rowindex]");
      if (row === null || event.ctrlKey || event.metaKey) return;
      event.preventDefault();
      this.drawing.open(Number(row.getAttribute("aria-rowindex")) - 2);
    });
  }

  /** @param {(Item | undefined)[]} items  may be fewer than `count` @param {number} count */
  show(items, count) {
    this.#items = items;
    this.#count = count;
    this.#active = Math.min(this.#active, Math.max(0, count - 1));
    mark(this.element, { "aria-rowcount": String(count + 1) });
    this.draw();
  }

  get active() {
    return this.#active;
  }

  #draw() {
    if (!this.element.isConnected) return;
    this.#height = parseFloat(getComputedStyle(this.element).getPropertyValue("--row")) || 56;
    this.body.style.height = `${this.#count * this.#height}px`;
    const top = -this.body.getBoundingClientRect().top;
    const first = Math.max(0, Math.floor(top / this.#height) - spare);
    const end = Math.min(this.#count, Math.ceil((top + innerHeight) / this.#height) + spare);
    for (const [index, row] of this.#drawn) {
      if (index >= first && index < end) continue;
      if (index === this.#active && document.activeElement === this.element) continue;  // it is being read
      row.remove();
      this.#drawn.delete(index);
      this.#free.push(row);
    }
    for (let index = first; index < end; ++index) this.#drawOne(index);
    const active = this.#drawn.get(this.#active);
    mark(this.element, { "aria-activedescendant": active ? active.id : null });
    this.drawing.seen(first, end);
  }

  /** @param {number} index */
  #drawOne(index) {
    let row = this.#drawn.get(index);
    if (!row) {
      row = this.#free.pop() ?? this.#make();
      this.#drawn.set(index, row);
      this.body.append(row);
      row.style.transform = `translateY(${index * this.#height}px)`;
    } else {
      const place = `translateY(${index * this.#height}px)`;
      if (row.style.transform !== place) row.style.transform = place;
    }
    mark(row, { "aria-rowindex": String(index + 2), "data-active": index === this.#active ? "" : null });
    this.drawing.draw(row, this.#items[index], index);
  }

  #make() {
    const row = h("div", { class: "row", role: "row", id: `row-${++this.#number}` });
    this.drawing.make(row);
    return row;
  }

  /** @param {KeyboardEvent} event */
  #key(event) {
    const page = Math.max(1, Math.floor(innerHeight / this.#height) - 3);
    /** @type {Record<string, number>} */
    const steps = { ArrowDown: 1, ArrowUp: -1, PageDown: page, PageUp: -page, Home: -this.#count, End: this.#count };
    if (event.key === "Enter" || event.key === " ") {
      event.preventDefault();
      return this.#count > 0 && this.drawing.open(this.#active);
    }
    if (!(event.key in steps) || event.altKey || event.ctrlKey || event.metaKey) return;
    event.preventDefault();
    this.#active = Math.min(Math.max(0, this.#active + steps[event.key]), Math.max(0, this.#count - 1));
    const y = this.body.getBoundingClientRect().top + this.#active * this.#height;
    const head = 150;
    if (y < head) scrollBy(0, y - head);
    else if (y + this.#height > innerHeight - 16) scrollBy(0, y + this.#height - innerHeight + 16);
    this.draw();
  }
}
