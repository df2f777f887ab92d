// How a phone is, in a sign and a word.

import { h } from "./dom.js";
import { word } from "./text.js";

/** In the order of what is wrong first. */
export const states = ["silent", "refused", "pending", "ok", "away"];

/** @type {Record<string, string>} */
const signs = { silent: "…", refused: "!", pending: "↻", ok: "✓", away: "–" };
/** @type {Record<string, string>} */
const likeStates = { confirmed: "ok", failed: "refused", pending: "pending" };

/** @param {string} state  of a phone @param {{ title?: boolean }} [options] */
export function badge(state, { title = false } = {}) {
  return h("span", { class: `badge badge-${state}`, title: title ? word("state", `${state}.why`) : null },
    h("span", { class: "badge-sign", "aria-hidden": "true" }, signs[state] ?? "?"), word("state", state));
}

/** Of a key: confirmed, pending, failed. @param {string} state */
export function keyBadge(state) {
  const like = likeStates[state] ?? "pending";
  return h("span", { class: `badge badge-${like}` },
    h("span", { class: "badge-sign", "aria-hidden": "true" }, signs[like]), word("delivery", state));
}

/** @param {string} state of a key */
export const signOfKey = (state) => signs[likeStates[state] ?? "pending"];
