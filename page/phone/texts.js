// What the page says, in the language of who reads it.

import { english } from "./texts_en.js";
import { german } from "./texts_de.js";

/** @typedef {keyof typeof english} TextName */
/** @type {Record<string, Record<TextName, string>>} */
const languages = { en: english, de: german };
const KEPT = "snomphone-language";

/** @returns {string | null} */
function kept() {
  try {
    return localStorage.getItem(KEPT);
  } catch {
    return null; // a browser that keeps nothing
  }
}

function chosen() {
  for (const wanted of [kept(), ...navigator.languages]) {
    const language = (wanted ?? "").slice(0, 2).toLowerCase();
    if (language in languages) return language;
  }
  return "en";
}

export const language = chosen();

/** @param {string} wanted  "en" or "de"; the page is loaded anew */
export function useLanguage(wanted) {
  try {
    localStorage.setItem(KEPT, wanted);
  } catch {
    return;
  }
  location.reload();
}

/**
 * @param {TextName} name
 * @param {Record<string, string | number>} [values]  for the places in braces
 */
export function t(name, values = {}) {
  return languages[language][name].replace(/\{(\w+)\}/g, (_, place) => String(values[place] ?? ""));
}
