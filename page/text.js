// What is said, in the language that was chosen. A text is looked up by its name; values stand in braces; a text of a
// number has a form for each of the language's plurals.

import { en } from "./text_en.js";
import { de } from "./text_de.js";

/** @typedef {string | { one: string, other: string }} Text */
/** @typedef {keyof typeof en} Name */

/** @type {Record<string, Record<Name, Text>>} */
const languages = { en, de };
const kept = "snom.language";

function chosen() {
  const asked = localStorage.getItem(kept);
  if (asked && asked in languages) return asked;
  const first = navigator.languages.map((name) => name.slice(0, 2).toLowerCase()).find((name) => name in languages);
  return first ?? "en";
}

export const language = chosen();
document.documentElement.lang = language;
const plurals = new Intl.PluralRules(language);
const numbers = new Intl.NumberFormat(language);

export const languageNames = { en: "English", de: "Deutsch" };

/** @param {string} name  the page is drawn anew in that language */
export function choose(name) {
  localStorage.setItem(kept, name);
  location.reload();
}

/**
 * @param {Name} name
 * @param {Record<string, string | number>} [values]  `n` chooses the plural
 */
export function t(name, values = {}) {
  let text = languages[language][name];
  if (typeof text !== "string") text = plurals.select(Number(values.n)) === "one" ? text.one : text.other;
  return text.replace(/\{(\w+)\}/g, (_, key) => {
    const value = values[key];
    return typeof value === "number" ? numbers.format(value) : value ?? "";
  });
}

/**
 * A word of the API (a light, a state), or the word itself when it is a new one.
 * @param {string} group
 * @param {string} word
 */
export function word(group, word) {
  const name = /** @type {Name} */ (`${group}.${word}`);
  return name in en ? t(name) : word;
}

/** @param {Date} time */
export function clock(time) {
  return time.toLocaleTimeString(language, { hour: "2-digit", minute: "2-digit", second: "2-digit", hourCycle: "h23" });
}

/** @param {Date} time */
export function dateAndClock(time) {
  return time.toLocaleString(language, { dateStyle: "medium", timeStyle: "medium", hourCycle: "h23" });
}

/** @param {number} seconds */
export function duration(seconds) {
  if (seconds < 60) return t("seconds", { n: Math.round(seconds) });
  if (seconds < 5400) return t("minutes", { n: Math.round(seconds / 60) });
  if (seconds < 129600) return t("hours", { n: Math.round(seconds / 3600) });
  return t("days", { n: Math.round(seconds / 86400) });
}
