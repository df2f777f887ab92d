// One function key: its lamp, its button and what stands beside it.

import { h, setAttribute, setText, svg } from "./dom.js";
import { beKey } from "./hands.js";
import { t } from "./texts.js";

/** @typedef {import("./link.js").KeyState} KeyState */

/** Parts of a lamp by its rhythm: the faster it blinks, the more there are, also where nothing moves. */
const PARTS = { off: 1, steady: 1, slow: 2, medium: 3, fast: 5 };
const WIDTH = 30;
const HEIGHT = 8;

/** @param {string} rhythm */
function lampParts(rhythm) {
  const count = PARTS[/** @type {keyof typeof PARTS} */ (rhythm)] ?? 1;
  const gap = 2;
  const width = (WIDTH - gap * (count - 1)) / count;
  return Array.from({ length: count }, (_, place) =>
    svg("rect", { x: place * (width + gap), y: 0, width, height: HEIGHT, rx: 1.5 }),
  );
}

export class Lamp {
  constructor() {
    this.element = svg("svg", { class: "lamp", viewBox: `0 0 ${WIDTH} ${HEIGHT}`, "aria-hidden": "true" });
    this.shown = "";
  }

  /** @param {import("./link.js").Shown} shown */
  show({ rhythm, colour }) {
    const look = `lamp ${rhythm} ${colour}`.trim();
    if (look === this.shown) return;
    this.shown = look;
    this.element.replaceChildren(...lampParts(rhythm));
    this.element.setAttribute("class", look);
    // All lamps of one rhythm blink together, whenever they were lit.
    for (const animation of this.element.getAnimations()) animation.startTime = 0;
  }
}

/** @param {KeyState} key */
function lightInWords(key) {
  const { rhythm, colour } = key.shown;
  if (rhythm === "off") return t("light_off");
  const words = { colour: t(/** @type {any} */ (colour)), rhythm: t(/** @type {any} */ (rhythm)) };
  return t("light_word", { light: key.led ? "LED" : key.light, ...words });
}

/** @param {KeyState} key */
function lightInShort(key) {
  const { rhythm, colour } = key.shown;
  if (rhythm === "off") return "";
  return t(/** @type {any} */ (colour)) + t(/** @type {any} */ (`short_${rhythm}`));
}

export class KeyView {
  /**
   * @param {string} user
   * @param {(error: Error) => void} failed
   */
  constructor(user, failed) {
    this.place = "";
    this.lamp = new Lamp();
    this.button = h("button", { type: "button", class: "fkey" }, this.lamp.element);
    this.label = h("span", { class: "label" });
    this.light = h("span", { class: "light" });
    this.name = h("span", { class: "place" });
    /** What stands beside the key; the button says it all to a screen reader. */
    this.beside = h("div", { class: "beside", "aria-hidden": "true" }, this.label, this.light, this.name);
    beKey(this.button, user, () => this.place, failed);
  }

  /**
   * @param {KeyState | undefined} key  none: there is no key at this place of this page
   * @param {string[]} down
   */
  show(key, down) {
    this.button.hidden = key === undefined;
    this.beside.hidden = key === undefined;
    if (key === undefined) return;
    this.place = key.place;
    this.lamp.show(key.shown);
    setText(this.label, key.label);
    setText(this.light, lightInShort(key));
    setText(this.name, key.place);
    const lit = key.shown.rhythm !== "off";
    this.beside.classList.toggle("lit", lit);
    this.beside.classList.toggle("named", key.label !== "");
    this.button.classList.toggle("held", down.includes(key.place));
    const does = key.number === "" ? t("does_nothing")
      : t(key.action === "message" ? "does_message" : "does_invite", { number: key.number });
    const name = key.label === "" ? t("key", { place: key.place })
      : t("key_label", { place: key.place, label: key.label });
    const caller = key.caller === "" ? "" : ", " + t("caller", { caller: key.caller });
    const words = `${name}, ${lightInWords(key)}${caller}, ${does}`;
    setAttribute(this.button, "aria-label", words);
    setAttribute(this.button, "title", words);
    this.button.dataset.key = key.place;
  }
}
