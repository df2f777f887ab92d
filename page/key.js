// One key: its lamp, label and what a press does, as a button in a drawing.

import { h, mark, say } from "./dom.js";
import { lampWords, light } from "./lamps.js";
import { signOfKey } from "./state.js";
import { t, word } from "./text.js";

/**
 * A key as snomd tells it (docs/openapi.json, Button).
 * @typedef {object} Button
 * @property {string} key
 * @property {string | null} light
 * @property {string | null} colour
 * @property {string | null} label
 * @property {string | null} number
 * @property {string | null} action
 * @property {string | null} caller
 * @property {boolean} [number_hidden]
 * @property {"confirmed" | "pending" | "failed"} [state]
 * @property {string} [set_at]
 * @property {string | null} [set_by]
 * @property {{ contact: string, state: string, status: number, reason: string, channel: string | null, lost?: string | null }[]} [contacts]
 */

/** @param {Button | undefined} button "calls 1001" */
export function pressWords(button) {
  const number = button?.number;
  if (!button || !number) return t("key.press.nothing");
  if (button.action === "message" && number.startsWith("api+")) {
    return t("key.press.does.command", { number: number.slice(4) });
  }
  return t(button.action === "message" ? "key.press.does.message" : "key.press.does.invite", { number });
}

/** In a line: label, light, press. @param {Button | undefined} button */
export function keyWords(button) {
  if (!button) return t("key.unset");
  const parts = [button.label || t("edit.nolabel"), lampWords(button)];
  if (button.number) parts.push(pressWords(button));
  return parts.join(", ");
}

/** What is seen of a key. @param {string} key */
const parts = (key) => [h("span", { "aria-hidden": "true", class: "lamp" }), h("span", { class: "key-label", "aria-hidden": "true" }),
  h("span", { class: "key-state", "aria-hidden": "true" }), h("span", { class: "key-name", "aria-hidden": "true" }, key)];

/** @param {string} key @param {() => void} open */
export function makeKey(key, open) {
  return h("button", { type: "button", class: "key", "data-key": key, tabindex: "-1", click: open }, parts(key));
}

/** One that is only looked at; what it shows has to stand in words beside it. @param {string} key */
export function makePicture(key) {
  return h("div", { class: "key", "data-key": key, "aria-hidden": "true" }, parts(key));
}

/** @param {HTMLElement} element as makeKey() made it @param {Button | undefined} button */
export function drawKey(element, button) {
  const [lamp, label, state] = /** @type {HTMLElement[]} */ ([...element.children]);
  light(lamp, button?.light ?? "off", button?.colour ?? null);
  say(label, button?.label ?? "");
  const wrong = button?.state && button.state !== "confirmed" ? button.state : null;
  say(state, wrong ? signOfKey(wrong) : "");
  mark(element, {
    "data-state": wrong,
    "data-set": button ? "" : null,
    "title": button ? pressWords(button) : null,
    "aria-label": t("key.named", { key: element.dataset.key ?? "", what: keyWords(button) }) +
      (wrong ? `, ${word("delivery", wrong)}` : ""),
  });
}
