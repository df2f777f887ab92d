// What has happened since the page was opened: presses, deliveries, commands, registrations.

import { fill, h, mark, oncePerFrame, say } from "./dom.js";
import { lampWords } from "./lamps.js";
import { phoneOf } from "./live.js";
import { clock, dateAndClock, t, word } from "./text.js";
import { hashOf } from "./wall.js";

/**
 * @typedef {{ at: Date, kind: string, phone: string, key: string, text: string, good: boolean }} Entry
 */

export const mostKept = 2000;
const mostDrawn = 300;
const kinds = ["press", "button", "keys", "command", "registered"];

/** Keeps the latest events, whatever view is shown. */
export class LogKeeper extends EventTarget {
  /** @type {Entry[]} newest last */
  #entries = [];

  /** @param {import("./live.js").Live} live */
  constructor(live) {
    super();
    live.addEventListener("events", (event) => {
      for (const happening of /** @type {CustomEvent<import("./live.js").Happening[]>} */ (event).detail) {
        this.#entries.push(entryOf(happening));
      }
      if (this.#entries.length > 2 * mostKept) this.#entries = this.#entries.slice(-mostKept);
      this.dispatchEvent(new Event("change"));
    });
  }

  /** The newest first. @param {number} most @param {(entry: Entry) => boolean} wanted */
  latest(most, wanted) {
    const found = [];
    const oldest = Math.max(0, this.#entries.length - mostKept);
    for (let i = this.#entries.length - 1; i >= oldest && found.length < most; --i) {
      if (wanted(this.#entries[i])) found.push(this.#entries[i]);
    }
    return found;
  }

  get isEmpty() {
    return this.#entries.length === 0;
  }
}

/** @param {any} data  with `contacts` */
function whyNot(data) {
  const refused = (data.contacts ?? []).find((/** @type {any} */ one) => one.status >= 300 || one.status === 0);
  if (data.error) return data.error;
  return refused ? [refused.status || "", refused.reason].filter(Boolean).join(" ") : "";
}

/** @param {import("./live.js").Happening} happening @returns {Entry} */
function entryOf(happening) {
  const { name, data, at } = happening;
  const entry = { at, kind: name, phone: phoneOf(happening), key: data.key ?? "", text: "", good: true };
  if (name === "press") {
    entry.good = data.accepted;
    entry.text = data.accepted
      ? t(data.output ? "log.press.output" : "log.press", { key: data.key ?? "", action: data.action, output: data.output ?? "" })
      : t("log.press.refused", { why: data.why ?? "", action: data.action });
  } else if (name === "button") {
    entry.good = data.confirmed;
    const what = [data.label, lampWords(data)].filter(Boolean).join(", ");
    entry.text = data.confirmed ? t("log.button.ok", { key: data.key, what }) : t("log.button.failed", { key: data.key, why: whyNot(data) });
  } else if (name === "keys") {
    entry.good = data.status >= 200 && data.status < 300;
    const why = [data.status || "", data.reason].filter(Boolean).join(" ");
    entry.text = !entry.good ? t("log.keys.failed", { n: data.keys, why })
      : t(data.restore ? "log.keys.restored" : "log.keys.sent", { n: data.keys });
  } else if (name === "command") {
    entry.good = data.reply.startsWith("+OK");
    entry.text = `${data.command} → ${data.reply}`;
  } else if (name === "registered") {
    entry.text = t("log.registered", { agent: data.user_agent });
  } else if (name === "unregistered") {
    entry.kind = "registered";
    entry.good = false;
    entry.text = t("log.unregistered", { why: data.why });
  } else if (name === "gap") {
    entry.good = false;
    const why = `log.gap.${data.why}`;
    entry.text = typeof data.lost === "number" ? t("log.gap", { n: data.lost })
      : t("log.gap.unknown", { why: word("log.gap", data.why) === data.why ? data.why : t(/** @type {any} */ (why)) });
  } else {
    entry.text = JSON.stringify(data);
  }
  return entry;
}

/** @param {Entry[]} entries @param {{ withPhone: boolean }} options */
export function rowsOf(entries, { withPhone }) {
  return h("ol", { class: `log-rows${withPhone ? "" : " log-short"}` }, entries.map((entry) => h("li", { class: entry.good ? "" : "bad" },
    h("time", { datetime: entry.at.toISOString(), title: dateAndClock(entry.at) }, clock(entry.at)),
    h("span", { class: "log-sign", "aria-hidden": "true" }, entry.good ? "✓" : "!"),
    h("span", { class: "log-kind" }, word("log.kind", entry.kind)),
    withPhone && (entry.phone ? h("a", { class: "log-phone", href: hashOf(entry.phone) }, entry.phone) : h("span", { class: "log-phone" })),
    h("span", { class: "log-text" }, entry.text))));
}

/** What was chosen, for coming back. */
const chosen = { text: "", kinds: new Set(kinds.filter((kind) => kind !== "command")) };

/** @param {import("./main.js").Frame} frame @returns {import("./main.js").View} */
export function logView({ log, signal }) {
  let still = false;
  const list = h("div", { class: "log-list" });
  const draw = oncePerFrame(() => {
    if (signal.aborted || still) return;
    const text = chosen.text.toLowerCase();
    const rows = log.latest(mostDrawn, (entry) => (chosen.kinds.has(entry.kind) || entry.kind === "gap") &&
      (text === "" || `${entry.phone} ${entry.key} ${entry.text}`.toLowerCase().includes(text)));
    if (rows.length > 0) fill(list, rowsOf(rows, { withPhone: true }));
    else fill(list, h("div", { class: "empty" }, h("p", {}, t(log.isEmpty ? "log.none" : "log.nomatch"))));
  });
  log.addEventListener("change", draw, { signal });
  const field = h("input", { type: "search", value: chosen.text, placeholder: t("log.filter"), "aria-label": t("log.filter"),
    autocomplete: "off", spellcheck: "false", input: () => {
      chosen.text = field.value.trim();
      draw();
    } });
  const pause = h("button", { type: "button", "aria-pressed": "false", click: () => {
    still = !still;
    mark(pause, { "aria-pressed": String(still) });
    say(pause, t(still ? "log.resume" : "log.pause"));
    draw();
  } }, t("log.pause"));
  const chips = kinds.map((kind) => {
    const chip = h("button", { type: "button", class: "chip", "aria-pressed": String(chosen.kinds.has(kind)), click: () => {
      if (!chosen.kinds.delete(kind)) chosen.kinds.add(kind);
      mark(chip, { "aria-pressed": String(chosen.kinds.has(kind)) });
      draw();
    } }, word("log.kind", kind));
    return chip;
  });
  draw();
  return {
    title: t("log.title"),
    element: h("div", { class: "log" }, h("h1", {}, t("log.title")), h("p", { class: "soft" }, t("log.text", { n: mostKept })),
      h("div", { class: "tools" }, field, h("div", { class: "chips", role: "group", "aria-label": t("log.kinds") }, chips), pause), list),
  };
}
