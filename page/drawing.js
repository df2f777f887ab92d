// A phone as its model looks: the keys where they are, with pages of keys and expansion modules (GET /v1/models/...).
// One stop of the tabulator; the arrows go from key to key.

import { fill, h, mark } from "./dom.js";
import { drawKey, makeKey } from "./key.js";
import { t } from "./text.js";

/**
 * @typedef {object} Model
 * @property {string} name
 * @property {number} keys
 * @property {number[]} columns  of keys that are seen at once
 * @property {"display" | "panel" | "paper"} labels
 * @property {number} expansion_keys
 * @property {number} expansion_modules
 * @property {string[] | null} colours
 * @property {boolean} known  not only its neighbours are
 */

/** Of a module without a known number of keys. */
const likelyModuleKeys = 18;
const mostModules = 4;

export class Drawing {
  #page = 0;
  #modules = 0;
  #current = "1";
  /** @type {Map<string, import("./key.js").Button>} */
  #buttons = new Map();

  /**
   * @param {Model} model @param {string} phone  address of record
   * @param {string} title  of the model
   * @param {(key: string) => void} open
   */
  constructor(model, phone, title, open) {
    this.model = model;
    this.phone = phone;
    this.open = open;
    this.title = title;
    this.aPage = model.columns.reduce((sum, keys) => sum + keys, 0) || model.keys;
    this.pages = Math.ceil(model.keys / this.aPage);
    this.moduleKeys = model.expansion_keys || (model.expansion_modules ? likelyModuleKeys : 0);
    this.element = h("div", { class: "drawing", role: "group", "aria-label": t("phone.drawing", { name: phone, model: title }) });
    this.element.addEventListener("keydown", (event) => this.#step(event));
    this.element.addEventListener("focusin", (event) => this.#focused(/** @type {HTMLElement} */ (event.target)));
    this.#build();
  }

  /** @param {Map<string, import("./key.js").Button>} buttons by key */
  show(buttons) {
    this.#buttons = buttons;
    const needed = this.#modulesNeeded();
    if (needed > this.#modules) {
      this.#modules = needed;
      this.#build();
    } else {
      this.#draw();
    }
  }

  /** The page or module that the key is on. @param {string} key */
  bring(key) {
    this.#current = key;
    const number = Number(key);
    if (number >= 1 && number <= this.model.keys) this.#page = Math.floor((number - 1) / this.aPage);
    this.#build();
  }

  /** Whether the key has a place in this drawing. @param {string} key */
  has(key) {
    return /^[1-9]\d*$/.test(key) && Number(key) <= this.model.keys + mostModules * this.moduleKeys;
  }

  focus() {
    /** @type {HTMLElement | null} */ (this.element.querySelector('.key[tabindex="0"]'))?.focus();
  }

  #modulesNeeded() {
    let needed = 0;
    for (const key of this.#buttons.keys()) {
      if (this.has(key) && Number(key) > this.model.keys) {
        needed = Math.max(needed, Math.ceil((Number(key) - this.model.keys) / this.moduleKeys));
      }
    }
    return needed;
  }

  #build() {
    const focused = this.element.contains(document.activeElement) ? /** @type {HTMLElement} */ (document.activeElement).dataset.key : null;
    const first = this.#page * this.aPage;
    /** @type {HTMLElement[]} */
    const columns = [];
    let number = first;
    for (const [i, count] of this.model.columns.entries()) {
      if (count === 0) continue;
      const keys = [];
      for (let k = 0; k < count && number < this.model.keys; ++k) keys.push(this.#key(String(++number)));
      const right = this.model.labels === "display" && i > 0;
      columns.push(h("div", { class: `keys keys-${right ? "right" : "left"}` }, keys));
    }
    const screen = h("div", { class: "screen", "aria-hidden": "true" },
      h("b", {}, this.phone.slice(0, this.phone.lastIndexOf("@"))), h("span", {}, this.phone.slice(this.phone.lastIndexOf("@"))));
    const single = columns.length === 1 && this.model.labels === "display";
    const front = this.model.labels === "display"
      ? h("div", { class: `front front-display${single ? " front-single" : ""}` }, single ? [screen, columns[0]] : [columns[0], screen, columns[1]])
      : h("div", { class: `front front-${this.model.labels}` }, screen, h("div", { class: "strips" }, columns));
    fill(this.element,
      h("div", { class: "case" },
        h("div", { class: "case-head", "aria-hidden": "true" }, h("b", {}, "snom"), h("span", {}, this.title)),
        front, this.#pager(), h("div", { class: "dialpad", "aria-hidden": "true" },
          [..."123456789*0#"].map((digit) => h("span", {}, digit)))),
      Array.from({ length: this.#modules }, (_, i) => this.#module(i)),
      this.#moduleAdder());
    this.#draw();
    if (focused) /** @type {HTMLElement | null} */ (this.element.querySelector(`.key[data-key="${focused}"]`))?.focus();
  }

  #pager() {
    if (this.pages < 2) return null;
    return h("div", { class: "pager", role: "group", "aria-label": t("phone.pages") },
      Array.from({ length: this.pages }, (_, i) => h("button", {
        type: "button", "aria-pressed": String(i === this.#page), "data-page": i,
        "aria-label": `${t("phone.page", { n: i + 1 })}: ${t("phone.page.keys", { from: i * this.aPage + 1, to: Math.min(this.model.keys, (i + 1) * this.aPage) })}`,
        click: () => {
          this.#page = i;
          this.#build();
          /** @type {HTMLElement | null} */ (this.element.querySelector(`[data-page="${i}"]`))?.focus();
        } }, String(i + 1))));
  }

  /** @param {number} index */
  #module(index) {
    const from = this.model.keys + index * this.moduleKeys;
    const columns = this.moduleKeys > 20 ? 3 : 2;
    const each = Math.ceil(this.moduleKeys / columns);
    return h("div", { class: "case module" },
      h("div", { class: "case-head", "aria-hidden": "true" }, t("phone.module", { n: index + 1 })),
      h("div", { class: "strips" }, Array.from({ length: columns }, (_, column) => h("div", { class: "keys keys-left" },
        Array.from({ length: Math.min(each, this.moduleKeys - column * each) }, (_unused, i) => this.#key(String(from + column * each + i + 1)))))));
  }

  #moduleAdder() {
    if (this.moduleKeys === 0 || this.#modules >= this.model.expansion_modules) return null;
    return h("button", { type: "button", class: "quiet module-add", click: () => {
      this.#modules += 1;
      this.#build();
    } }, t("phone.module.add", { n: this.#modules + 1 }));
  }

  /** @param {string} key */
  #key(key) {
    return makeKey(key, () => this.open(key));
  }

  #keys() {
    return /** @type {HTMLElement[]} */ ([...this.element.querySelectorAll(".key")]);
  }

  #draw() {
    const keys = this.#keys();
    for (const key of keys) {
      drawKey(key, this.#buttons.get(key.dataset.key ?? ""));
      mark(key, { "aria-current": key.dataset.key === this.#current && this.selected ? "true" : null });
    }
    const stop = keys.find((key) => key.dataset.key === this.#current) ?? keys[0];
    for (const key of keys) mark(key, { tabindex: key === stop ? "0" : "-1" });
  }

  /** Whether a key is open in the editor. */
  selected = false;

  /** @param {string | null} key */
  select(key) {
    this.selected = key !== null;
    if (key !== null) this.#current = key;
    if (key !== null && this.has(key) && !this.element.querySelector(`.key[data-key="${CSS.escape(key)}"]`)) this.bring(key);
    else this.#draw();
  }

  /** @param {HTMLElement} target */
  #focused(target) {
    const key = target.dataset.key;
    if (!key || this.selected) return;
    for (const one of this.#keys()) mark(one, { tabindex: one === target ? "0" : "-1" });
  }

  /** To the nearest key in the arrow's direction. @param {KeyboardEvent} event */
  #step(event) {
    const here = /** @type {HTMLElement} */ (event.target);
    /** @type {Record<string, [number, number]>} */
    const ways = { ArrowUp: [0, -1], ArrowDown: [0, 1], ArrowLeft: [-1, 0], ArrowRight: [1, 0] };
    if (!here.dataset.key || !(event.key in ways) || event.altKey || event.ctrlKey || event.metaKey) return;
    event.preventDefault();
    const [x, y] = ways[event.key];
    const from = middle(here);
    let best = null;
    let least = Infinity;
    for (const key of this.#keys()) {
      const to = middle(key);
      const along = (to.x - from.x) * x + (to.y - from.y) * y;
      if (along < 4) continue;
      const aside = Math.abs((to.x - from.x) * y) + Math.abs((to.y - from.y) * x);
      if (along + 3 * aside < least) {
        least = along + 3 * aside;
        best = key;
      }
    }
    if (!best) return;
    for (const key of this.#keys()) mark(key, { tabindex: key === best ? "0" : "-1" });
    best.focus();
  }
}

/** @param {HTMLElement} element */
function middle(element) {
  const { x, y, width, height } = element.getBoundingClientRect();
  return { x: x + width / 2, y: y + height / 2 };
}
