// One phone: drawn as its model looks, its contacts, what has happened to it, and the editor of one key.

import { ask, pathOf, Problem } from "./api.js";
import { fill, h, mark, oncePerFrame, say } from "./dom.js";
import { Drawing } from "./drawing.js";
import { Editor } from "./editor.js";
import { drawKey, makeKey } from "./key.js";
import { onEvents, phoneOf } from "./live.js";
import { mayOperate, me } from "./me.js";
import { rowsOf } from "./log.js";
import { phoneAndKeys } from "./phones.js";
import { badge } from "./state.js";
import { duration, t } from "./text.js";
import { hashOf } from "./wall.js";

/** After something has happened it is asked how things are, so often at most, in ms. */
const pause = 250;
const mostRecent = 8;

/** @param {import("./main.js").Frame} frame @param {string} name @param {string | null} key @returns {import("./main.js").View} */
export function phoneView(frame, name, key) {
  return new PhoneView(frame, name).view(key);
}

class PhoneView {
  /** @type {import("./phones.js").Phone | null} */
  #phone = null;
  /** @type {Map<string, import("./key.js").Button>} */
  #buttons = new Map();
  /** @type {Drawing | null} */
  #drawing = null;
  /** @type {Editor | null} */
  #editor = null;
  #editing = new AbortController();
  /** @type {string | null} */
  #agent = null;
  #loading = false;
  #again = false;
  #timer = 0;

  /** @param {import("./main.js").Frame} frame @param {string} name  address of record */
  constructor(frame, name) {
    this.frame = frame;
    this.signal = frame.signal;
    this.name = name;
    const at = name.lastIndexOf("@");
    this.state = h("span");
    this.model = h("p", { class: "soft" });
    this.clear = h("button", { type: "button", class: "quiet", hidden: true, click: () => this.#clearAll() }, t("phone.clear"));
    this.face = h("div", { class: "face" }, h("p", { class: "soft" }, t("phone.loading")));
    this.side = h("aside", { class: "side", hidden: true });
    this.others = h("section", { class: "others" });
    this.contacts = h("section", { class: "contacts" });
    this.recent = h("section", { class: "recent" });
    this.element = h("div", { class: "phone" },
      h("a", { class: "back", href: "#/" }, `‹ ${t("phone.back")}`),
      h("div", { class: "phone-head" },
        h("h1", {}, name.slice(0, at), h("span", { class: "soft" }, name.slice(at))), this.state, this.clear),
      this.model,
      h("div", { class: "phone-body" }, h("div", { class: "phone-main" }, this.face, this.others), this.side,
        h("div", { class: "info" }, this.contacts, this.recent)));
    this.drawLater = oncePerFrame(() => this.#draw());
  }

  /** @param {string | null} key  to be opened at once */
  view(key) {
    this.first = key;
    onEvents(this.frame.live, this.signal, (happenings) => this.#heard(happenings));
    this.frame.live.addEventListener("again", () => this.#load(), { signal: this.signal });
    me.addEventListener("changed", this.drawLater, { signal: this.signal });
    this.signal.addEventListener("abort", () => {
      clearTimeout(this.#timer);
      this.#editing.abort();
    });
    const age = setInterval(() => this.#drawContacts(), 10000);
    this.signal.addEventListener("abort", () => clearInterval(age));
    void this.#load();
    return { element: this.element, title: this.name, isEditing: () => this.#editor?.isChanged() ?? false };
  }

  async #load() {
    if (this.#loading) {
      this.#again = true;
      return;
    }
    this.#loading = true;
    try {
      const { phone, buttons } = await phoneAndKeys(this.name, this.signal);
      this.#phone = phone;
      this.loaded = Date.now();
      this.#buttons = new Map(buttons.map((button) => [button.key, button]));
      await this.#chooseModel();
      this.#draw();
      if (this.first) this.#open(this.first);
      this.first = null;
    } catch (error) {
      if (!this.signal.aborted) this.#failed(/** @type {Error} */ (error));
    } finally {
      this.#loading = false;
      if (this.#again) {
        this.#again = false;
        this.#loadSoon();
      }
    }
  }

  #loadSoon() {
    if (this.#timer !== 0) return;
    this.#timer = setTimeout(() => {
      this.#timer = 0;
      void this.#load();
    }, pause);
  }

  /** @param {Error} error */
  #failed(error) {
    const gone = error instanceof Problem && error.status === 404;
    if (!gone && this.#phone) return;  // what was seen stays; the frame tells of the connection
    this.#phone = null;
    this.#drawing = null;
    this.#close();
    fill(this.face, h("div", { class: "empty" },
      h("h2", {}, gone ? t("phone.none", { name: this.name }) : error.message), gone && h("p", {}, t("phone.none.text"))));
    fill(this.state);
    for (const part of [this.others, this.contacts]) fill(part);
    say(this.model, "");
    this.#drawRecent();
  }

  /** The drawing goes by the model that the phone calls itself. */
  async #chooseModel() {
    const agent = this.#phone?.model ?? "";
    if (this.#drawing && agent === this.#agent) return;
    const { body } = await ask("GET", `/v1/models/${encodeURIComponent(agent || "*")}`, { signal: this.signal });
    this.#agent = agent;
    const title = agent || t("phone.unknown");
    this.#drawing = new Drawing(body, this.name, title, (key) => this.#open(key));
    this.modelColours = body.colours;
    fill(this.face, this.#drawing.element, !body.known && h("p", { class: "soft" }, t("phone.approx")));
  }

  /** @param {import("./live.js").Happening[]} happenings */
  #heard(happenings) {
    const mine = happenings.filter((happening) => phoneOf(happening) === this.name);
    if (mine.length === 0) return;
    for (const { name, data } of mine) {
      if (name === "button" && data.confirmed) this.#takeAtOnce(data);
    }
    this.drawLater();
    this.#loadSoon();
  }

  /** What the event says is shown before it is asked for. @param {any} told */
  #takeAtOnce(told) {
    const { key, light, colour, label, number, action, caller } = told;
    const before = this.#buttons.get(key);
    if (!before && light === "off" && !label && !number) return;  // darkened
    this.#buttons.set(key, { ...before, key, light, colour, label, number, action, caller, state: "confirmed",
      contacts: told.contacts.map((/** @type {any} */ one) => ({ ...one, state: one.status >= 200 && one.status < 300 ? "confirmed" : one.status >= 300 ? "failed" : "pending" })) });
  }

  #draw() {
    if (!this.#phone || !this.#drawing) return;
    fill(this.state, badge(this.#phone.state, { title: true }));
    const firmware = this.#phone.contacts[0]?.user_agent ?? "";
    say(this.model, [firmware || t("phone.unknown"), t("wall.keys", { n: this.#buttons.size })].join(" · "));
    this.clear.hidden = this.#buttons.size === 0 || !mayOperate();
    this.#drawing.show(this.#buttons);
    this.#drawOthers();
    this.#drawContacts();
    this.#drawRecent();
    if (this.#editor) this.#editor.show(this.#buttons.get(this.#editor.key), this.#phone.contacts.length > 0);
  }

  /** Keys that have no place in the drawing, and a way to any key. */
  #drawOthers() {
    const drawing = /** @type {Drawing} */ (this.#drawing);
    const keys = [...this.#buttons.keys()].filter((key) => !drawing.has(key));
    if (!this.othersList) {
      const field = h("input", { id: "other-key", maxlength: 64, autocomplete: "off", spellcheck: "false", required: true });
      this.othersTitle = h("h2", {}, t("phone.other"));
      this.othersList = h("div", { class: "others-keys" });
      fill(this.others, this.othersTitle, this.othersList, h("details", {}, h("summary", {}, t("phone.add")),
        h("form", { class: "inline", submit: (/** @type {Event} */ event) => {
          event.preventDefault();
          if (field.value.trim()) this.#open(field.value.trim());
        } }, h("label", { for: "other-key" }, t("phone.add.label")), field, h("button", { type: "submit" }, t("phone.add.button")))));
    }
    /** @type {HTMLElement} */ (this.othersTitle).hidden = keys.length === 0;
    const drawn = [...this.othersList.children].map((key) => /** @type {HTMLElement} */ (key).dataset.key);
    if (drawn.join("\n") !== keys.join("\n")) {
      fill(this.othersList, keys.map((key) => {
        const element = makeKey(key, () => this.#open(key));
        mark(element, { tabindex: "0" });
        return element;
      }));
    }
    for (const key of this.othersList.children) {
      drawKey(/** @type {HTMLElement} */ (key), this.#buttons.get(/** @type {HTMLElement} */ (key).dataset.key ?? ""));
    }
  }

  #drawContacts() {
    if (!this.#phone) return;
    const since = (Date.now() - (this.loaded ?? Date.now())) / 1000;
    /** @type {any[]} */
    const contacts = this.#phone.contacts;
    if (contacts.length === 0) {
      fill(this.contacts, h("h2", {}, t("phone.contacts")), h("p", { class: "soft" }, t("state.away.why")));
      return;
    }
    /** @param {import("./text.js").Name} name @param {...import("./dom.js").Child} value */
    const fact = (name, ...value) => h("div", {}, h("dt", {}, t(name)), h("dd", {}, ...value));
    fill(this.contacts, h("h2", {}, t("phone.contacts")), contacts.map((contact) => h("dl", { class: "facts facts-small" },
      fact("phone.network", `${contact.transport}:${contact.network}`, h("span", { class: "soft" }, ` (${contact.profile})`)),
      fact("phone.firmware", contact.user_agent),
      fact("phone.expires", t("phone.expires.value", { time: duration(Math.max(0, contact.expires - since)) })),
      fact("phone.contact", h("code", {}, contact.contact)))));
  }

  #drawRecent() {
    const rows = this.frame.log.latest(mostRecent, (entry) => entry.phone === this.name);
    fill(this.recent, h("h2", {}, t("phone.recent")),
      rows.length > 0 ? rowsOf(rows, { withPhone: false }) : h("p", { class: "soft" }, t("phone.recent.none")));
  }

  /** @param {string} key */
  #open(key) {
    if (this.#editor?.key === key) return this.#editor.focus();
    this.#editing.abort();
    this.#editing = new AbortController();
    const signal = AbortSignal.any([this.signal, this.#editing.signal]);
    this.#editor = new Editor(this.name, key, this.modelColours ?? null,
      { close: () => this.#close(), changed: () => this.#loadSoon(), tell: this.frame.tell }, signal);
    fill(this.side, this.#editor.element);
    this.side.hidden = false;
    mark(this.element, { "data-editing": "" });
    history.replaceState(null, "", `${hashOf(this.name)}/${encodeURIComponent(key)}`);
    this.#drawing?.select(key);
    this.#editor.show(this.#buttons.get(key), (this.#phone?.contacts.length ?? 0) > 0);
    this.#editor.focus();
    if (matchMedia("(max-width: 60rem)").matches) this.side.scrollIntoView({ block: "start" });
  }

  #close() {
    if (!this.#editor) return;
    const { key } = this.#editor;
    this.#editing.abort();
    this.#editor = null;
    fill(this.side);
    this.side.hidden = true;
    mark(this.element, { "data-editing": null });
    history.replaceState(null, "", hashOf(this.name));
    this.#drawing?.select(null);
    if (this.#drawing?.has(key)) this.#drawing.focus();
  }

  async #clearAll() {
    if (!confirm(t("phone.clear.sure", { n: this.#buttons.size }))) return;
    try {
      await ask("DELETE", `${pathOf(this.name)}/buttons`, { signal: this.signal });
    } catch (error) {
      if (!this.signal.aborted) this.frame.tell(/** @type {Error} */ (error).message);
    }
    void this.#load();
  }
}
