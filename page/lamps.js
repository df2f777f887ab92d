// How lights look: colour, rhythm, and a sign of its own for each, since colour alone tells nothing to whoever does not
// see it. The rhythms are those of src/language/snom_xml_keys.cpp.

import { h } from "./dom.js";
import { word } from "./text.js";

/** @typedef {"off" | "on" | "blink_slow" | "blink" | "blink_fast"} Rhythm */

export const lights = ["off", "on", "hold", "pickup", "park", "message", "offline", "error", "seized", "record"];
export const colours = ["red", "green", "orange"];

/** @type {Record<string, [Rhythm, string]>} light: its rhythm and its sign */
const looks = {
  off: ["off", ""],
  on: ["on", "●"],
  hold: ["blink_slow", "‖"],
  pickup: ["blink_fast", "↑"],
  park: ["blink_slow", "P"],
  message: ["blink", "✉"],
  offline: ["on", "×"],
  error: ["blink_slow", "!"],
  seized: ["on", "■"],
  record: ["blink", "◉"],
};

/** @param {string | null} light @returns {Rhythm} */
export const rhythmOf = (light) => looks[light ?? "off"]?.[0] ?? "on";
/** @param {string | null} light */
export const signOf = (light) => looks[light ?? "off"]?.[1] ?? "?";

/** @param {string | null} light @param {string | null} colour  red, green, orange or plain */
export function colourOf(light, colour) {
  if (colour === "local") return "green";
  if (colour === "remote") return "red";
  if (colour) return colour;
  return light === "offline" || light === "error" ? "red" : "plain";
}

/** "on, green, steady" @param {{ light: string | null, colour: string | null }} button */
export function lampWords({ light, colour }) {
  const words = [word("light", light ?? "off")];
  if (colour) words.push(word("colour", colour));
  if (light && light !== "off") words.push(word("rhythm", rhythmOf(light)));
  return words.join(", ");
}

/** Sets how a lamp looks. @param {HTMLElement} lamp @param {string | null} light @param {string | null} colour */
export function light(lamp, light, colour) {
  lamp.className = `lamp lamp-${colourOf(light, colour)} rhythm-${rhythmOf(light)}`;
  const sign = signOf(light);
  if (lamp.textContent !== sign) lamp.textContent = sign;
}

/** A lamp; what it says has to stand in words beside it. @param {string | null} which @param {string | null} colour */
export function lamp(which, colour) {
  const element = h("span", { "aria-hidden": "true" });
  light(element, which, colour);
  return element;
}
