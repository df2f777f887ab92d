// Fingers, pens, mice, keyboards and screen readers on the keys of a phone.

import { act } from "./link.js";

const SAME_PRESS = 700; // ms in which a click belongs to a press that was seen already

/**
 * Makes a button a key of a phone: down while it is held, up when it is let go.
 * @param {HTMLButtonElement} button
 * @param {string} user
 * @param {() => string} key  its name now: "P2", "ENTER"
 * @param {(error: Error) => void} failed
 */
export function beKey(button, user, key, failed) {
  /** @type {string | null} */
  let held = null;
  let last = -SAME_PRESS;

  const down = () => {
    if (held !== null) return;
    held = key();
    last = performance.now();
    button.classList.add("down");
    act(user, "key-down", { key: held }).catch(failed);
  };
  const up = () => {
    if (held === null) return;
    const key = held;
    held = null;
    last = performance.now();
    button.classList.remove("down");
    act(user, "key-up", { key }).catch(failed);
  };

  button.addEventListener("pointerdown", (event) => {
    if (event.button !== 0) return;
    button.setPointerCapture(event.pointerId);
    down();
  });
  for (const end of ["pointerup", "pointercancel", "lostpointercapture", "blur"]) button.addEventListener(end, up);
  button.addEventListener("contextmenu", (event) => event.preventDefault()); // a long touch is a long press
  button.addEventListener("keydown", (event) => {
    if (event.key !== "Enter" && event.key !== " ") return;
    event.preventDefault();
    if (!event.repeat) down();
  });
  button.addEventListener("keyup", (event) => {
    if (event.key === "Enter" || event.key === " ") up();
  });
  // Screen readers and voice control click, without a finger before it.
  button.addEventListener("click", () => {
    if (performance.now() - last < SAME_PRESS) return;
    act(user, "press", { key: key() }).catch(failed);
  });
}

/**
 * Arrow keys move within a group of keys, of which one at a time is in the order of TAB.
 * @param {HTMLElement} group
 * @param {number} columns
 */
export function rove(group, columns) {
  const keys = () => /** @type {HTMLButtonElement[]} */ ([...group.querySelectorAll("button:not([hidden])")]);
  keys().forEach((button, place) => (button.tabIndex = place === 0 ? 0 : -1));
  group.addEventListener("focusin", (event) => {
    for (const button of keys()) button.tabIndex = button === event.target ? 0 : -1;
  });
  group.addEventListener("keydown", (event) => {
    const steps = { ArrowRight: 1, ArrowLeft: -1, ArrowDown: columns, ArrowUp: -columns };
    const all = keys();
    const here = all.indexOf(/** @type {HTMLButtonElement} */ (event.target));
    if (here < 0) return;
    let next = here;
    if (event.key in steps) next = here + steps[/** @type {keyof typeof steps} */ (event.key)];
    else if (event.key === "Home") next = 0;
    else if (event.key === "End") next = all.length - 1;
    else return;
    event.preventDefault();
    all[Math.max(0, Math.min(all.length - 1, next))].focus();
  });
}
