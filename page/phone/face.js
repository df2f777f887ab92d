// A phone's front: drawn as its model looks, as far as that is known (docs/models.md).

import { h, setAttribute, setText, svg } from "./dom.js";
import { beKey, rove } from "./hands.js";
import { KeyView } from "./key_view.js";
import { act } from "./link.js";
import { language, t } from "./texts.js";

/** @typedef {import("./link.js").PhoneState} PhoneState */

const LETTERS = ["", "ABC", "DEF", "GHI", "JKL", "MNO", "PQRS", "TUV", "WXYZ", "", "+", ""];
const DIGITS = ["1", "2", "3", "4", "5", "6", "7", "8", "9", "*", "0", "#"];
const HARD = ["MENU", "REDIAL", "DND", "TRANSFER", "F_HOLD", "MUTE", "SPEAKER", "HEADSET"];
const SOFT = ["F1", "F2", "F3", "F4"];
const ARROWS = { UP: "M5 13l7-7 7 7", DOWN: "M5 9l7 7 7-7", LEFT: "M14 4l-7 8 7 8", RIGHT: "M10 4l7 8-7 8" };

/** @param {number} from @param {number} to */
const range = (from, to) => Array.from({ length: Math.max(0, to - from) }, (_, place) => from + place);

/** "classic", "d3" ...: how the case is made. @param {string} model */
function family(model) {
  if (/^D\d/.test(model)) return `d${model[1]}`;
  return { 8: "s8", 7: "s7" }[model[0]] ?? "classic";
}

export class FaceView {
  /**
   * @param {PhoneState} state  the first; of it the model and its keys stay
   * @param {(error: Error) => void} failed
   */
  constructor(state, failed) {
    this.user = state.user;
    this.face = state.face;
    this.failed = failed;
    this.page = 0;
    /** @type {PhoneState} */
    this.state = state;
    /** @type {Map<string, HTMLButtonElement>} */
    this.buttons = new Map();
    /** @type {{view: KeyView, index: (page: number) => number}[]} */
    this.keys = [];

    const beside = this.face.labels === "display";
    this.screen = this.makeScreen();
    this.lamp = h("span", { class: "call-lamp", "aria-hidden": "true" });
    const glass = beside ? this.makeGlass() : h("div", { class: "glass plain" }, this.screen);
    const front = h("div", { class: "front" },
      h("div", { class: "brow", "aria-hidden": "true" }, h("span", { class: "brand" }, "snom"),
        h("span", { class: "model" }, state.model), this.lamp),
      glass, this.makeSoft(), h("div", { class: "lower" }, this.makePad(), h("div", { class: "around" },
        this.makeNavigation(), this.makeHard())));
    this.case = h("div", { class: `case ${family(state.model)}` }, this.makeHandset(), front,
      beside ? null : this.makeSide());
    const modules = this.makeModules();
    this.element = h("div", { class: "face" }, this.case, modules.length > 0 && h("div", { class: "modules" }, modules));
    this.show(state);
    setInterval(() => this.tellTime(), 10000);
  }

  /** @param {string} key @param {any[]} content @param {Record<string, any>} [more] */
  button(key, content, more = {}) {
    const button = h("button", { type: "button", class: "hkey", "data-key": key, ...more }, ...content);
    beKey(button, this.user, () => key, this.failed);
    this.buttons.set(key, button);
    return button;
  }

  /** @param {number} count @param {(page: number, place: number) => number} index @returns {KeyView[]} */
  makeKeys(count, index) {
    return range(0, count).map((place) => {
      const view = new KeyView(this.user, this.failed);
      this.keys.push({ view, index: (page) => index(page, place) });
      return view;
    });
  }

  keysAPage() {
    return this.face.columns.reduce((sum, keys) => sum + keys, 0);
  }

  makeScreen() {
    this.head = h("div", { class: "screen-head" });
    this.lines = h("div", { class: "lines", "aria-live": "polite" });
    this.clock = h("div", { class: "clock" });
    this.date = h("div", { class: "date" });
    this.idle = h("div", { class: "idle", "aria-hidden": "true" }, this.clock, this.date);
    const { width, height, colours } = this.face.display;
    const screen = h("div", { class: `screen ${colours ? "colour" : "mono"}`, role: "group", "aria-label": t("display") },
      this.head, this.idle, this.lines);
    screen.style.setProperty("--ratio", `${width} / ${height}`);
    return screen;
  }

  /** The display with keys left and right of it, whose labels it shows. */
  makeGlass() {
    const [left, right] = this.face.columns;
    const rows = Math.max(left, right);
    const glass = h("div", { class: this.face.pages > 1 ? "glass keyed paged" : "glass keyed" });
    glass.style.setProperty("--rows", String(rows));
    glass.append(this.screen);
    for (const [side, count, first] of /** @type {[string, number, number][]} */ ([["left", left, 0], ["right", right, left]])) {
      const group = h("div", { class: `column ${side}`, role: "group", "aria-label": t(side === "left" ? "keys_left" : "keys_right") });
      const labels = h("div", { class: `labels ${side}` });
      for (const view of this.makeKeys(count, (page, place) => page * (left + right) + first + place)) {
        group.append(view.button);
        labels.append(view.beside);
      }
      if (count === 0) continue;
      rove(group, 1);
      glass.append(group, labels);
    }
    if (this.face.pages > 1) this.screen.append(this.makePages());
    return glass;
  }

  /** Keys at the side of the phone, with labels on paper or on a display of their own. */
  makeSide() {
    const side = h("div", { class: `side ${this.face.labels} ${["one", "two", "three"][this.face.columns.length - 1]}`, role: "group", "aria-label": t("keys_side") });
    const columns = h("div", { class: "columns" });
    let first = 0;
    for (const count of this.face.columns) {
      const from = first;
      first += count;
      columns.append(h("div", { class: "column" }, this.makeKeys(count, (page, place) => page * this.keysAPage() + from + place)
        .map((view) => h("div", { class: "strip" }, view.button, view.beside))));
    }
    rove(columns, 1);
    side.append(columns);
    if (this.face.pages > 1) side.append(this.makePages());
    return side;
  }

  makePages() {
    this.pageButtons = range(0, this.face.pages).map((page) =>
      h("button", { type: "button", class: "page", onclick: () => this.turnTo(page) }, String(page + 1)));
    return h("div", { class: "pages", role: "group", "aria-label": t("pages") }, this.pageButtons);
  }

  makeModules() {
    const { function_keys: before, expansion_keys: keys, keys_a_module: each } = this.face;
    return range(0, Math.ceil(keys / each)).map((module) => {
      const count = Math.min(each, keys - module * each);
      const columns = count > 30 ? 3 : 2;
      const group = h("div", { class: "module", role: "group", "aria-label": t("keys_module", { number: module + 1 }) });
      const grid = h("div", { class: "module-keys" });
      grid.style.setProperty("--columns", String(columns));
      grid.style.setProperty("--rows", String(Math.ceil(count / columns)));
      for (const view of this.makeKeys(count, (_, place) => before + module * each + place)) {
        grid.append(h("div", { class: "strip" }, view.button, view.beside));
      }
      rove(grid, 1);
      group.append(grid);
      return group;
    });
  }

  makeHandset() {
    const drawing = svg("svg", { viewBox: "0 0 60 320", "aria-hidden": "true", class: "receiver" },
      svg("rect", { x: 7, y: 4, width: 46, height: 312, rx: 22, class: "shell" }),
      svg("rect", { x: 13, y: 12, width: 34, height: 62, rx: 15, class: "cup" }),
      svg("rect", { x: 13, y: 246, width: 34, height: 62, rx: 15, class: "cup" }),
      ...[28, 38, 48].flatMap((y) => [22, 30, 38].map((x) => svg("circle", { cx: x, cy: y, r: 1.8, class: "hole" }))),
      ...[266, 276].flatMap((y) => [24, 36].map((x) => svg("circle", { cx: x, cy: y, r: 1.8, class: "hole" }))));
    this.handset = h("button", { type: "button", class: "handset", onclick: () => this.moveHandset() }, drawing);
    return h("div", { class: "rest" }, this.handset);
  }

  moveHandset() {
    const position = this.state.handset === "up" ? "down" : "up";
    act(this.user, "handset", { position }).catch(this.failed);
  }

  makeSoft() {
    const row = h("div", { class: "soft", role: "group", "aria-label": t("soft_keys") },
      SOFT.map((key) => this.button(key, [], { "aria-label": key })));
    rove(row, 1);
    return row;
  }

  makePad() {
    const pad = h("div", { class: "pad", role: "group", "aria-label": t("digits") },
      DIGITS.map((digit, place) => this.button(digit, [h("span", { class: "digit" }, digit),
        h("span", { class: "letters", "aria-hidden": "true" }, LETTERS[place])],
        digit === "*" ? { "aria-label": t("star") } : digit === "#" ? { "aria-label": t("hash") } : {})));
    rove(pad, 3);
    return pad;
  }

  makeNavigation() {
    const arrow = (/** @type {keyof typeof ARROWS} */ key) =>
      this.button(key, [svg("svg", { viewBox: "0 0 24 24", "aria-hidden": "true" },
        svg("path", { d: ARROWS[key], class: "arrow" }))], { "aria-label": t(/** @type {any} */ (`K_${key}`)) });
    const sign = (/** @type {string} */ key, /** @type {string} */ path) =>
      this.button(key, [svg("svg", { viewBox: "0 0 24 24", "aria-hidden": "true" }, svg("path", { d: path, class: "arrow" }))],
        { "aria-label": t(/** @type {any} */ (`K_${key}`)), class: `hkey ${key.toLowerCase()}` });
    const ring = h("div", { class: "ring" }, arrow("UP"), arrow("LEFT"), sign("ENTER", "M5 12l5 6 9-12"), arrow("RIGHT"), arrow("DOWN"));
    const group = h("div", { class: "navigation", role: "group", "aria-label": t("navigation") },
      sign("CANCEL", "M6 6l12 12M18 6L6 18"), ring);
    rove(group, 1);
    return group;
  }

  makeHard() {
    const named = (/** @type {string} */ key) => this.button(key, [t(/** @type {any} */ (`K_${key}`))]);
    const group = h("div", { class: "hard", role: "group", "aria-label": t("hard_keys") }, HARD.map(named),
      this.button("VOLUME_DOWN", ["−"], { "aria-label": t("K_VOLUME_DOWN") }),
      this.button("VOLUME_UP", ["+"], { "aria-label": t("K_VOLUME_UP") }));
    rove(group, 2);
    return group;
  }

  /** @param {number} page */
  turnTo(page) {
    this.page = page;
    this.show(this.state);
  }

  /** @param {PhoneState} state */
  show(state) {
    this.state = state;
    for (const { view, index } of this.keys) view.show(state.keys[index(this.page)], state.keys_down);
    this.showPages(state);
    for (const [key, button] of this.buttons) button.classList.toggle("held", state.keys_down.includes(key));
    const up = state.handset === "up";
    this.handset?.classList.toggle("up", up);
    if (this.handset) {
      setAttribute(this.handset, "aria-label", t(up ? "handset_up" : "handset_down"));
      setAttribute(this.handset, "aria-pressed", String(up));
    }
    this.lamp.classList.toggle("ringing", state.ringing);
    this.case.classList.toggle("ringing", state.ringing);
    this.case.classList.toggle("off", state.rebooting);
    for (const key of ["DND", "MUTE", "SPEAKER", "HEADSET"]) {
      const on = { DND: state.dnd, MUTE: state.muted, SPEAKER: state.audio === "speaker", HEADSET: state.audio === "headset" };
      const button = this.buttons.get(key);
      if (button) setAttribute(button, "aria-pressed", String(on[/** @type {keyof typeof on} */ (key)]));
    }
    this.showScreen(state);
  }

  /** @param {PhoneState} state */
  showScreen(state) {
    const [first = "", ...others] = state.display;
    if (this.head) setText(this.head, first);
    this.tellTime();
    if (!this.lines || !this.idle) return;
    this.idle.hidden = others.length > 0 || state.rebooting || state.call.state !== "idle";
    const wanted = others;
    const now = [...this.lines.children].map((line) => line.textContent);
    if (now.length === wanted.length && now.every((line, place) => line === wanted[place])) return;
    this.lines.replaceChildren(...wanted.map((line) => h("div", { class: "line" }, line)));
  }

  /** As a Snom shows it while nothing happens. */
  tellTime() {
    const now = new Date();
    if (this.clock) setText(this.clock, now.toLocaleTimeString(language, { hour: "2-digit", minute: "2-digit", hourCycle: "h23" }));
    if (this.date) setText(this.date, now.toLocaleDateString(language, { weekday: "short", day: "numeric", month: "short" }));
  }

  /** @param {PhoneState} state */
  showPages(state) {
    this.pageButtons?.forEach((button, page) => {
      const keys = state.keys.slice(page * this.keysAPage(), Math.min((page + 1) * this.keysAPage(), this.face.function_keys));
      const lit = keys.some((key) => key.shown.rhythm !== "off");
      const place = { page: page + 1, pages: this.face.pages };
      setAttribute(button, "aria-label", t(lit ? "page_lit" : "page", place));
      setAttribute(button, "aria-current", page === this.page ? "true" : false);
      button.classList.toggle("lit", lit);
    });
  }
}
