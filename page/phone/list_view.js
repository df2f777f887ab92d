// All phones of a snomphone: only those that are seen are asked for and drawn, so that ten thousand are as quick as ten.

import { h, setAttribute, setText } from "./dom.js";
import { ask, EventLink } from "./link.js";
import { addressOf } from "./phone_view.js";
import { t } from "./texts.js";

/** @typedef {import("./link.js").Summary} Summary */
/** @typedef {{tell: (text: string) => void, alive: (alive: boolean) => void}} Page */

const ROW = 44; // px, as list.css has it
const SLICE = 100; // phones asked for at once
const SLICES = 40; // kept
const AGAIN = 1000; // ms between two readings of the counts

class ListView {
  /** @param {HTMLElement} main @param {Page} page */
  constructor(main, page) {
    this.page = page;
    this.wanted = "";
    this.total = 0;
    this.reading = 0;
    /** @type {Map<number, (Summary | undefined)[]>} */
    this.slices = new Map();
    /** @type {HTMLElement[]} */
    this.rows = [];
    this.timer = 0;
    this.search = h("input", { type: "search", "aria-label": t("search"), placeholder: t("search"), autocomplete: "off",
      spellcheck: "false", oninput: () => this.searched() });
    this.counts = h("p", { class: "counts" });
    this.found = h("p", { class: "found", role: "status" });
    this.space = h("div", { class: "space" });
    this.list = h("div", { class: "rows", role: "list", "aria-label": t("list"), tabindex: 0 }, this.space);
    this.list.addEventListener("scroll", () => this.draw());
    new ResizeObserver(() => this.draw()).observe(this.list);
    main.append(h("div", { class: "list-head" }, this.search, this.found), this.counts, this.list);
    new EventLink("/v1/events", { reload: () => this.reload(), phones: (changed) => this.changed(changed) },
      (alive) => page.alive(alive));
  }

  searched() {
    this.wanted = this.search.value.trim();
    this.list.scrollTop = 0;
    this.reload();
  }

  reload() {
    ++this.reading;
    this.slices.clear();
    this.read(Math.floor(this.list.scrollTop / ROW / SLICE), true);
  }

  /** @param {number} slice @param {boolean} [fresh] */
  read(slice, fresh = false) {
    if (this.slices.has(slice) && !fresh) return;
    if (!this.slices.has(slice)) this.slices.set(slice, []);
    if (this.slices.size > SLICES) this.slices.delete(/** @type {number} */ (this.slices.keys().next().value));
    const reading = this.reading;
    const query = `search=${encodeURIComponent(this.wanted)}&offset=${slice * SLICE}&limit=${SLICE}`;
    ask(`/v1/phones?${query}`).then((list) => {
      if (reading !== this.reading) return; // another search began meanwhile
      this.slices.set(slice, list.phones);
      this.total = list.total;
      setText(this.counts, t("counts", list));
      setText(this.found, this.wanted === "" ? "" : list.total === 0 ? t("none_found", { search: this.wanted })
        : t("found", { total: list.total }));
      this.space.style.height = `${this.total * ROW}px`;
      this.draw();
    }).catch((error) => {
      this.slices.delete(slice);
      if (error.status !== 0) this.page.tell(error.message);
    });
  }

  /** @param {Summary[]} changed */
  changed(changed) {
    const by = new Map(changed.map((summary) => [summary.user, summary]));
    for (const slice of this.slices.values()) {
      slice.forEach((summary, place) => {
        const now = summary && by.get(summary.user);
        if (now) slice[place] = now;
      });
    }
    this.draw();
    this.timer ||= setTimeout(() => {
      this.timer = 0;
      this.read(Math.floor(this.list.scrollTop / ROW / SLICE), true);
    }, AGAIN);
  }

  draw() {
    const first = Math.max(0, Math.floor(this.list.scrollTop / ROW) - 4);
    const last = Math.min(this.total, Math.ceil((this.list.scrollTop + this.list.clientHeight) / ROW) + 4);
    while (this.rows.length < last - first) {
      const row = makeRow();
      this.rows.push(row);
      this.space.append(row);
    }
    this.rows.forEach((row, place) => {
      const index = first + place;
      row.hidden = index >= last;
      if (row.hidden) return;
      const slice = Math.floor(index / SLICE);
      this.read(slice);
      row.style.transform = `translateY(${index * ROW}px)`;
      setAttribute(row, "aria-posinset", String(index + 1));
      setAttribute(row, "aria-setsize", String(this.total));
      fillRow(row, this.slices.get(slice)?.[index % SLICE]);
    });
  }
}

function makeRow() {
  return h("div", { class: "row", role: "listitem" }, h("a", { class: "user" }), h("span", { class: "model-name" }),
    h("span", { class: "state" }), h("span", { class: "lit" }), h("span", { class: "registered" }));
}

/** @param {HTMLElement} row @param {Summary | undefined} phone  none: it is asked for */
function fillRow(row, phone) {
  const [user, model, state, lit, registered] = row.children;
  setAttribute(user, "href", phone ? addressOf([phone.user]) : false);
  setText(user, phone?.user ?? "…");
  setText(model, phone ? `Snom ${phone.model}` : "");
  setText(state, phone ? t(/** @type {any} */ (phone.state)) : "");
  setText(lit, !phone ? "" : phone.lit === 0 ? t("lit_none") : phone.lit === 1 ? t("lit_one") : t("lit_some", { lit: phone.lit }));
  const word = !phone ? "" : t(phone.rebooting ? "rebooting" : phone.registered ? "registered" : "not_registered");
  setText(registered, word);
  row.classList.toggle("ringing", phone?.ringing ?? false);
  row.classList.toggle("busy", phone !== undefined && phone.state !== "idle");
  row.classList.toggle("dark", phone?.lit === 0);
  row.classList.toggle("away", phone !== undefined && (!phone.registered || phone.rebooting));
}

/** @param {HTMLElement} main @param {Page} page */
export function showList(main, page) {
  new ListView(main, page);
}
