// All phones at a glance, what is wrong first. snomd searches and puts in order; here are the pages that it has given,
// drawn as far as they are seen, and kept fresh by events.

import { ask } from "./api.js";
import { fill, h, mark, say } from "./dom.js";
import { onEvents, phoneOf } from "./live.js";
import { findPhones, onePhone } from "./phones.js";
import { Rows } from "./rows.js";
import { badge, states } from "./state.js";
import { t, word } from "./text.js";

/** @typedef {import("./phones.js").Phone} Phone */

const firstPage = 100;
/** Phones that are read in one go while somebody scrolls: reading more would hold up a frame. */
const nextPage = 100;
/** And when he has gone far beyond what is there. */
const farPage = 400;
const mostAPage = 1000;
/** Between two looks at everything, however much happens, in ms. */
const rest = 2000;
/** What was chosen, for coming back from a phone. */
const chosen = { search: "", state: "" };

/** @param {import("./main.js").Frame} frame @returns {import("./main.js").View} */
export function wallView({ live, signal }) {
  return new Wall(live, signal).view();
}

class Wall {
  /** @type {Phone[]} */
  #phones = [];
  #total = 0;
  /** @type {Record<string, number>} */
  #counts = {};
  /** @type {string | null} */
  #next = null;
  #loaded = false;
  #loading = false;
  #seen = [0, 0];
  #asked = 0;
  #lookAgain = 0;
  /** @type {Set<string>} */
  #changed = new Set();
  #refreshing = false;

  /** @param {import("./live.js").Live} live @param {AbortSignal} signal */
  constructor(live, signal) {
    this.live = live;
    this.signal = signal;
    this.search = h("input", { type: "search", id: "search", maxlength: 60, value: chosen.search, placeholder: t("wall.search"),
      "aria-label": t("wall.search"), autocomplete: "off", spellcheck: "false", input: () => this.#searchSoon() });
    this.filter = h("div", { class: "chips", role: "group", "aria-label": t("wall.filter") });
    this.summary = h("p", { class: "summary", role: "status" });
    this.empty = h("div", { class: "empty", hidden: true });
    /** @type {Rows<Phone>} */
    this.rows = new Rows({
      label: t("wall.grid"),
      columns: [t("wall.column.state"), t("wall.column.phone"), t("wall.column.model"), t("wall.column.keys"),
        t("wall.column.where")],
      make: makeRow, draw: drawRow,
      open: (index) => {
        const phone = this.#phones[index];
        if (phone) location.hash = hashOf(phone.address_of_record);
      },
      seen: (first, end) => this.#sawRows(first, end),
    }, signal);
    this.#drawFilter();
  }

  view() {
    onEvents(this.live, this.signal, (happenings) => this.#heard(happenings));
    this.live.addEventListener("again", () => this.#load(), { signal: this.signal });
    this.live.addEventListener("state", () => this.#drawEmpty(), { signal: this.signal });
    this.signal.addEventListener("abort", () => clearTimeout(this.#lookAgain));
    void this.#load();
    const element = h("div", { class: "wall" },
      h("h1", { class: "unseen" }, t("wall.title")),
      h("div", { class: "tools" }, this.search, this.filter), this.summary, this.rows.element, this.empty);
    this.#drawEmpty();
    return { element, title: t("wall.title") };
  }

  #searchSoon() {
    chosen.search = this.search.value.trim();
    clearTimeout(this.#lookAgain);
    this.#lookAgain = setTimeout(() => this.#load(), 150);
  }

  /** @param {string} state */
  #choose(state) {
    chosen.state = state;
    this.#drawFilter();
    scrollTo(0, 0);
    void this.#load();
  }

  /** @param {number} limit @param {string | null} cursor */
  #find(limit, cursor) {
    return findPhones({ ...chosen, limit, cursor }, this.signal);
  }

  /** From the beginning, as far as it was loaded. */
  async #load() {
    clearTimeout(this.#lookAgain);
    this.#lookAgain = 0;
    const number = ++this.#asked;
    const limit = Math.min(mostAPage, Math.max(firstPage, this.#seen[1]));
    try {
      const found = await this.#find(limit, null);
      if (number !== this.#asked) return;
      this.#phones = found.phones;
      this.#next = found.next;
      this.#total = found.total;
      this.#counts = found.states;
      this.#loaded = true;
      this.failure = "";
      this.#changed.clear();
    } catch (error) {
      if (this.signal.aborted || number !== this.#asked) return;
      this.failure = /** @type {Error} */ (error).message;
    }
    this.#draw();
  }

  /** What comes after, as far as rows are seen that are not there. */
  async #loadMore() {
    if (this.#loading || this.#next === null || this.#seen[1] <= this.#phones.length) return;
    this.#loading = true;
    const number = this.#asked;
    try {
      const isFar = this.#seen[1] > this.#phones.length + 2 * farPage;
      const found = await this.#find(isFar ? farPage : nextPage, this.#next);
      if (number === this.#asked) {
        this.#phones = this.#phones.concat(found.phones);
        this.#next = found.next;
      }
    } catch {
      if (this.signal.aborted) return;
      this.#lookSoon();
    } finally {
      this.#loading = false;
    }
    this.#draw();
  }

  /** @param {number} first @param {number} end */
  #sawRows(first, end) {
    this.#seen = [first, end];
    void this.#loadMore();
    void this.#refresh();
  }

  /** @param {import("./live.js").Happening[]} happenings */
  #heard(happenings) {
    for (const happening of happenings) {
      const phone = phoneOf(happening);
      if (phone) this.#changed.add(phone);
    }
    if (this.#changed.size === 0) return;
    void this.#refresh();
    this.#lookSoon();
  }

  #lookSoon() {
    if (this.#lookAgain !== 0) return;
    this.#lookAgain = setTimeout(() => this.#load(), rest);
  }

  /** Asks for those that have changed and are seen. */
  async #refresh() {
    if (this.#refreshing) return;
    this.#refreshing = true;
    try {
      for (;;) {
        const index = this.#phones.findIndex((phone, i) =>
          i >= this.#seen[0] && i < this.#seen[1] && this.#changed.has(phone.address_of_record));
        if (index < 0) break;
        const name = this.#phones[index].address_of_record;
        this.#changed.delete(name);
        const phone = await onePhone(name, this.signal);
        const now = this.#phones.findIndex((one) => one.address_of_record === name);
        if (now >= 0) this.#phones[now] = phone;
        this.rows.draw();
      }
    } catch {
      // The next look at everything tells.
    } finally {
      this.#refreshing = false;
    }
  }

  #draw() {
    this.#drawFilter();
    this.rows.show(this.#phones, this.#total);
    this.#drawEmpty();
    say(this.summary, this.#loaded ? t("wall.phones", { n: this.#total }) : "");
  }

  #drawFilter() {
    const all = states.reduce((sum, state) => sum + (this.#counts[state] ?? 0), 0);
    const chips = ["", ...states];
    if (this.filter.childElementCount !== chips.length) {
      fill(this.filter, chips.map((state) => h("button", { type: "button", class: "chip", "data-state": state,
        click: () => this.#choose(state) },
      state ? badge(state, { title: true }) : t("wall.all"), h("span", { class: "count" }))));
    }
    for (const [i, state] of chips.entries()) {
      const chip = this.filter.children[i];
      mark(chip, { "aria-pressed": String(chosen.state === state) });
      const count = state ? this.#counts[state] ?? 0 : all;
      say(/** @type {Element} */ (chip.lastElementChild), this.#loaded ? String(count) : "");
    }
  }

  /** A list that is empty says why. */
  #drawEmpty() {
    const lost = this.live.state === "lost";
    this.rows.element.hidden = this.#total === 0;
    mark(this.rows.element, { "data-stale": lost ? "" : null });
    this.empty.hidden = this.#total > 0;
    if (this.#total > 0) return;
    if (this.failure) {
      fill(this.empty, h("h2", {}, t("wall.failed.title")), h("p", {}, this.failure));
    } else if (!this.#loaded) {
      fill(this.empty, h("p", {}, t("wall.loading")));
    } else if (chosen.search || chosen.state) {
      fill(this.empty, h("h2", {}, t("wall.nomatch.title")), h("p", {}, t("wall.nomatch.text")),
        h("button", { type: "button", click: () => {
          this.search.value = chosen.search = "";
          this.#choose("");
          this.search.focus();
        } }, t("wall.nomatch.clear")));
    } else {
      const list = h("ul", { class: "addresses" });
      fill(this.empty, h("h2", {}, t("wall.none.title")), h("p", {}, t("wall.none.text")), list);
      void ask("GET", "/v1/status", { signal: this.signal }).then(({ body }) => {
        fill(list, body.listening.filter((/** @type {any} */ one) => one.profile !== null)
          .map((/** @type {any} */ one) => h("li", {}, h("code", {}, `${one.transport}:${one.address}`), ` (${one.profile})`)));
      }, () => {});
    }
  }
}

/** @param {string} phone */
export const hashOf = (phone) => `#/phone/${encodeURIComponent(phone)}`;

/** @param {HTMLElement} row */
function makeRow(row) {
  row.append(h("div", { role: "gridcell", class: "cell cell-state" }),
    h("div", { role: "gridcell", class: "cell cell-phone" }, h("a", { tabindex: "-1" })),
    h("div", { role: "gridcell", class: "cell cell-model" }),
    h("div", { role: "gridcell", class: "cell cell-keys" }),
    h("div", { role: "gridcell", class: "cell cell-where" }));
}

/** @param {HTMLElement} row @param {Phone | undefined} phone */
function drawRow(row, phone) {
  const [state, name, model, keys, where] = row.children;
  mark(row, { "data-later": phone ? null : "" });
  const link = /** @type {HTMLAnchorElement} */ (name.firstElementChild);
  if (!phone) {
    fill(state);
    say(link, t("wall.later"));
    for (const cell of [model, keys, where]) say(cell, "");
    return;
  }
  if (state.getAttribute("data-state") !== phone.state) {
    mark(state, { "data-state": phone.state });
    fill(state, badge(phone.state, { title: true }));
  } else if (!state.firstChild) {
    fill(state, badge(phone.state, { title: true }));
  }
  const at = phone.address_of_record.lastIndexOf("@");
  const words = `${phone.address_of_record.slice(0, at)}\n${phone.address_of_record.slice(at)}`;
  if (link.dataset.words !== words) {
    link.dataset.words = words;
    mark(link, { href: hashOf(phone.address_of_record) });
    fill(link, h("b", {}, phone.address_of_record.slice(0, at)), h("span", {}, phone.address_of_record.slice(at)));
  }
  say(model, phone.model ?? (phone.contacts[0]?.user_agent ?? ""));
  say(keys, keysText(phone));
  const more = phone.contacts.length - 1;
  say(where, (phone.contacts[0]?.network ?? "") + (more > 0 ? ` ${t("wall.more", { n: more })}` : ""));
}

/** @param {Phone} phone */
function keysText(phone) {
  if (phone.keys === 0) return t("wall.nokeys");
  const parts = [t("wall.keys", { n: phone.keys })];
  if (phone.failed > 0) parts.push(`${phone.failed} ${word("delivery", "failed")}`);
  if (phone.pending > 0) parts.push(`${phone.pending} ${word("delivery", "pending")}`);
  return parts.join(" · ");
}
