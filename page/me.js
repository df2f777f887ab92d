// What the token is good for: whoever may only look is shown so, before he types something that snomd will not take.

import { ask } from "./api.js";
import { h, mark } from "./dom.js";
import { t } from "./text.js";

/** @typedef {{ name: string | null, role: "read" | "operate" | "admin" }} Me */

/** Tells "changed" when it is known, or another. @type {EventTarget & { now: Me | null }} */
export const me = Object.assign(new EventTarget(), { now: null });

/** As long as it is not known, nothing is kept from anybody: snomd judges. */
export const mayOperate = () => me.now === null || me.now.role !== "read";

/** Asks; again when there is another token. */
export async function learn() {
  try {
    me.now = (await ask("GET", "/v1/me")).body;
  } catch {
    me.now = null;
  }
  me.dispatchEvent(new Event("changed"));
}

let numbered = 0;

/**
 * Says why where somebody may only look, and keeps these buttons from him.
 * @param {HTMLButtonElement[]} buttons @param {() => void} draw  says which are to be disabled otherwise
 * @param {AbortSignal} signal @returns {HTMLElement} for beside the buttons
 */
export function onlyForOperators(buttons, draw, signal) {
  const why = h("p", { class: "soft only-reads", id: `only-reads-${++numbered}`, hidden: true });
  const show = () => {
    const may = mayOperate();
    why.hidden = may;
    why.textContent = may ? "" : t("role.reads", { name: me.now?.name ?? "" });
    for (const button of buttons) mark(button, { "aria-describedby": may ? null : why.id });
    draw();
  };
  me.addEventListener("changed", show, { signal });
  show();
  return why;
}
