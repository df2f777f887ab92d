// Which phones there are and how each is: what lists show of them.

import { ask, pathOf } from "./api.js";
import { states } from "./state.js";

/**
 * @typedef {{ address_of_record: string, state: string, model: string | null, contacts: any[], keys: number,
 *     confirmed: number, pending: number, failed: number }} Phone
 * @typedef {{ search: string, state: string, limit: number, cursor: string | null }} Wish
 * @typedef {{ phones: Phone[], next: string | null, total: number, states: Record<string, number> }} Found
 */

/** @param {string} agent "snomD865/10.1.226.13" */
const modelOf = (agent) => /^snom-?([A-Za-z0-9]+)/i.exec(agent)?.[1]?.toUpperCase() ?? null;

/** @param {string} name @param {any[]} contacts @param {import("./key.js").Button[]} buttons @returns {Phone} */
function summary(name, contacts, buttons) {
  const count = (/** @type {string} */ state) => buttons.filter((button) => button.state === state).length;
  const [confirmed, pending, failed] = ["confirmed", "pending", "failed"].map(count);
  const isSilent = buttons.some((button) => (button.contacts ?? []).some((one) => one.state === "pending" && one.reason !== ""));
  const state = contacts.length === 0 ? "away" : isSilent ? "silent" : failed > 0 ? "refused" : pending > 0 ? "pending" : "ok";
  const model = contacts.map((contact) => modelOf(contact.user_agent)).find((one) => one !== null) ?? null;
  return { address_of_record: name, state, model, contacts, keys: buttons.length, confirmed, pending, failed };
}

/** @param {AbortSignal} signal @returns {Promise<{ phone: Phone, buttons: import("./key.js").Button[] }>} */
export async function onePhone(/** @type {string} */ name, signal) {
  const [phone, keys] = await Promise.all([ask("GET", pathOf(name), { signal }), ask("GET", `${pathOf(name)}/buttons`, { signal })]);
  return { phone: summary(name, phone.body.contacts, keys.body.buttons), buttons: keys.body.buttons };
}

/** What is wrong first. @param {Wish} wish @param {AbortSignal} signal @returns {Promise<Found>} */
export async function findPhones({ search, state, limit, cursor }, signal) {
  const [contacts, keys] = await Promise.all([ask("GET", "/v1/phones", { signal }), ask("GET", "/v1/buttons", { signal })]);
  /** @type {Map<string, { contacts: any[], buttons: any[] }>} */
  const known = new Map();
  const at = (/** @type {string} */ name) => {
    const there = known.get(name) ?? { contacts: [], buttons: [] };
    known.set(name, there);
    return there;
  };
  for (const contact of contacts.body.phones) at(`${contact.user}@${contact.domain}`).contacts.push(contact);
  for (const phone of keys.body.phones) at(phone.address_of_record).buttons = phone.buttons;
  const words = search.toLowerCase();
  const found = [...known].filter(([name, phone]) => [name, ...phone.contacts.flatMap((one) => [one.user_agent, one.network, one.profile]),
    ...phone.buttons.map((button) => button.label ?? "")].some((text) => text.toLowerCase().includes(words)))
    .map(([name, phone]) => summary(name, phone.contacts, phone.buttons));
  const counts = Object.fromEntries(states.map((one) => [one, found.filter((phone) => phone.state === one).length]));
  const wanted = found.filter((phone) => state === "" || phone.state === state).sort((a, b) =>
    states.indexOf(a.state) - states.indexOf(b.state) || (a.address_of_record < b.address_of_record ? -1 : 1));
  const first = Number(cursor ?? 0);
  const end = first + limit;
  return { phones: wanted.slice(first, end), next: end < wanted.length ? String(end) : null, total: wanted.length, states: counts };
}
