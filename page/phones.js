// Which phones there are and how each is: snomd searches, and puts what is wrong first.

import { ask, pathOf } from "./api.js";

/**
 * @typedef {{ address_of_record: string, state: string, model: string | null, contacts: any[], keys: number,
 *     confirmed: number, pending: number, failed: number }} Phone
 * @typedef {{ search: string, state: string, limit: number, cursor: string | null }} Wish
 * @typedef {{ phones: Phone[], next: string | null, total: number, states: Record<string, number> }} Found
 */

/** @param {string} name @param {AbortSignal} signal @returns {Promise<Phone>} */
export async function onePhone(name, signal) {
  return (await ask("GET", pathOf(name), { signal })).body;
}

/** @param {string} name @param {AbortSignal} signal @returns {Promise<{ phone: Phone, buttons: import("./key.js").Button[] }>} */
export async function phoneAndKeys(name, signal) {
  const [phone, keys] = await Promise.all([onePhone(name, signal), ask("GET", `${pathOf(name)}/buttons`, { signal })]);
  return { phone, buttons: keys.body.buttons };
}

/** @param {Wish} wish @param {AbortSignal} signal @returns {Promise<Found>} */
export async function findPhones(wish, signal) {
  const query = new URLSearchParams({ limit: String(wish.limit) });
  for (const name of /** @type {const} */ (["search", "state", "cursor"])) {
    const value = wish[name];
    if (value) query.set(name, value);
  }
  // Not "+" for a blank: that is a plus in snomd.
  return (await ask("GET", `/v1/phones?${query.toString().replaceAll("+", "%20")}`, { signal })).body;
}
