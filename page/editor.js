// Editing one key: what is to be, with a preview; what is wanted, and what each contact shows of it; and what to do when
// somebody else has changed it meanwhile.

import { ask, pathOfKey, Problem } from "./api.js";
import { fill, h, mark, say } from "./dom.js";
import { drawKey, keyWords, makePicture, pressWords } from "./key.js";
import { colours, lamp, lights } from "./lamps.js";
import { mayOperate, onlyForOperators } from "./me.js";
import { keyBadge } from "./state.js";
import { clock, t, word } from "./text.js";

/** @typedef {import("./key.js").Button} Button */
/** @typedef {"light" | "colour" | "label" | "number" | "action" | "caller"} Property */
/** @type {Property[]} */
const properties = ["light", "colour", "label", "number", "action", "caller"];

let numbered = 0;

export class Editor {
  /** What the form began with; null: the key is not set. @type {Button | null} */
  #base = null;
  /** Of #base, for If-Match. @type {string | null} */
  #etag = null;
  /** What is known now. @type {Button | undefined} */
  #now = undefined;
  #busy = false;
  #registered = true;

  /**
   * @param {string} phone @param {string} key @param {string[] | null} modelColours
   * @param {{ close: () => void, changed: () => void, tell: (text: string) => void }} done
   * @param {AbortSignal} signal
   */
  constructor(phone, key, modelColours, done, signal) {
    this.phone = phone;
    this.key = key;
    this.done = done;
    this.signal = signal;
    const id = (/** @type {string} */ name) => `edit-${name}-${numbered}`;
    ++numbered;

    this.preview = makePicture(key);
    this.previewWords = h("p", { class: "preview-words" });
    this.light = choice(t("light"), id("light"), lights, (value) => value === "" ? t("light.none") : word("light", value),
      (value) => lamp(value || "off", null), () => this.#typed());
    this.colour = choice(t("colour"), id("colour"), ["", ...(modelColours ?? colours)], (value) => value === "" ? t("colour.none") : word("colour", value),
      (value) => lamp("on", value || null), () => this.#typed());
    this.label = h("input", { id: id("label"), maxlength: 1024, autocomplete: "off", input: () => this.#typed() });
    this.action = h("select", { id: id("action"), change: () => this.#typed() },
      ["", "invite", "message"].map((value) => h("option", { value }, value === "" ? t("action.none") : word("action", value))));
    this.number = h("input", { id: id("number"), maxlength: 1024, autocomplete: "off", spellcheck: "false",
      "aria-describedby": id("number-help"), input: () => this.#typed() });
    this.numberHelp = h("p", { class: "help", id: id("number-help") }, t("number.help"));
    this.caller = h("input", { id: id("caller"), maxlength: 1024, autocomplete: "off", input: () => this.#typed(),
      "aria-describedby": id("caller-help") });
    this.callerField = h("div", { class: "field" }, h("label", { for: id("caller") }, t("caller")), this.caller,
      h("p", { class: "help", id: id("caller-help") }, t("caller.help")));
    this.problem = h("div", { class: "problem", role: "alert" });
    this.save = h("button", { type: "submit", class: "main" }, t("edit.save"));
    this.clear = h("button", { type: "button", class: "danger", click: () => this.#clear() }, t("edit.clear"));
    this.unsaved = h("span", { class: "unsaved", role: "status" });
    this.delivery = h("section", { class: "delivery", "aria-label": t("delivery.title") });
    this.heading = h("h2", { tabindex: "-1" }, t("edit.title", { key }));
    this.element = h("form", { class: "editor", submit: (/** @type {Event} */ event) => {
      event.preventDefault();
      void this.#send(false);
    } },
    h("div", { class: "editor-head" }, this.heading,
      h("button", { type: "button", class: "quiet", click: () => done.close() }, t("edit.close"))),
    this.delivery,
    h("h3", {}, t("edit.preview")), h("div", { class: "preview" }, this.preview),
    this.previewWords,
    this.light, this.colour,
    h("div", { class: "field" }, h("label", { for: id("label") }, t("label")), this.label),
    h("div", { class: "field" }, h("label", { for: id("action") }, t("action")), this.action),
    h("div", { class: "field" }, h("label", { for: id("number") }, t("number")), this.number, this.numberHelp),
    this.callerField, this.problem,
    h("div", { class: "buttons" }, this.save, this.clear, this.unsaved),
    onlyForOperators([this.save, this.clear], () => this.#drawForm(), signal));
    this.element.addEventListener("keydown", (event) => {
      if (event.key === "Escape") done.close();
    });
    this.#fill(null);
    void this.#begin();
  }

  focus() {
    this.heading.focus({ preventScroll: true });
  }

  /** What is known of the key now: the form follows as long as nothing was typed. @param {Button | undefined} button @param {boolean} registered */
  show(button, registered) {
    this.#now = button;
    this.#registered = registered;
    this.#drawDelivery();
    mark(this.clear, { hidden: button ? null : "" });
    if (this.#busy || same(button ?? null, this.#base)) return;
    if (this.isChanged()) this.#conflict();
    else void this.#begin();
  }

  /** Whether something was typed that is not sent. */
  isChanged() {
    return !this.#untouched && Object.keys(this.#changes()).length > 0;
  }

  /** Takes the key as snomd has it, with its tag. */
  async #begin() {
    /** @type {Button | null} */
    let button = null;
    try {
      const answer = await ask("GET", pathOfKey(this.phone, this.key), { signal: this.signal });
      button = answer.body;
      this.#etag = answer.etag;
    } catch (error) {
      if (!(error instanceof Problem) || error.status !== 404) return;
      this.#etag = null;
    }
    if (this.isChanged() && !same(button, this.#base)) return this.#conflict();
    this.#base = button;
    if (!this.isChanged()) this.#fill(button);
    fill(this.problem);
    this.#drawForm();
  }

  /** Nothing was typed since the form was filled. */
  #untouched = true;

  /** @param {Button | null} button */
  #fill(button) {
    this.light.value = button?.light ?? (button ? "" : "on");
    this.colour.value = button?.colour ?? "";
    this.label.value = button?.label ?? "";
    this.action.value = button?.action ?? "";
    this.number.value = button?.number ?? "";
    this.caller.value = button?.caller ?? "";
    say(this.numberHelp, t(button?.number_hidden ? "number.hidden" : "number.help"));
    this.#untouched = true;
    this.#drawForm();
  }

  /** The form as a key. @returns {Button} */
  #wish() {
    const text = (/** @type {string} */ value) => (value === "" ? null : value);
    return { key: this.key, light: text(this.light.value), colour: text(this.colour.value), label: text(this.label.value.trim()),
      number: text(this.number.value.trim()), action: text(this.action.value), caller: text(this.caller.value.trim()) };
  }

  /** @returns {Partial<Record<Property, string | null>>} what differs from what the form began with */
  #changes() {
    const wish = this.#wish();
    /** @type {Partial<Record<Property, string | null>>} */
    const changes = {};
    for (const name of properties) {
      const before = this.#base ? this.#base[name] : null;
      if (wish[name] !== before) changes[name] = wish[name];
    }
    return changes;
  }

  #typed() {
    this.#untouched = false;
    this.#drawForm();
  }

  #drawForm() {
    const wish = this.#wish();
    drawKey(this.preview, wish);
    say(this.previewWords, `${keyWords(wish)}${wish.number ? "" : `, ${pressWords(wish)}`}`);
    this.callerField.hidden = wish.light !== "pickup" && wish.caller === null;
    const changed = this.isChanged();
    say(this.unsaved, changed && this.#base ? t("edit.unsaved") : "");
    this.save.disabled = this.#busy || (!changed && this.#base !== null) || !mayOperate();
    this.clear.disabled = this.#busy || !mayOperate();
  }

  /** @param {boolean} regardless  of what others have changed */
  async #send(regardless) {
    const changes = this.#changes();
    const isNew = this.#base === null;
    if (!isNew && Object.keys(changes).length === 0) return;
    /** @type {Record<string, string>} */
    const headers = {};
    if (!regardless && this.#etag !== null) headers["If-Match"] = this.#etag;
    if (!regardless && isNew) headers["If-None-Match"] = "*";
    await this.#during(async () => {
      const answer = await ask(isNew ? "PUT" : "PATCH", pathOfKey(this.phone, this.key),
        { body: isNew ? { ...changes, light: this.#wish().light } : changes, headers, signal: this.signal });
      this.#take(answer.body.button, answer.etag);
      this.done.tell(t(this.#registered ? "edit.saved" : "edit.kept", { key: this.key }));
    });
  }

  async #clear() {
    /** @type {Record<string, string>} */
    const headers = this.#etag === null ? {} : { "If-Match": this.#etag };
    await this.#during(async () => {
      await ask("DELETE", pathOfKey(this.phone, this.key), { headers, signal: this.signal });
      this.#take(null, null);
      this.done.tell(t("edit.cleared", { key: this.key }));
    });
  }

  /** @param {Button | null} button @param {string | null} etag */
  #take(button, etag) {
    this.#base = button;
    this.#etag = etag;
    this.#now = button ?? undefined;
    this.#fill(button);
    fill(this.problem);
  }

  /** @param {() => Promise<void>} work */
  async #during(work) {
    if (this.#busy) return;
    this.#busy = true;
    fill(this.problem);
    this.save.disabled = this.clear.disabled = true;
    say(this.save, t("edit.sending"));
    try {
      await work();
    } catch (error) {
      if (this.signal.aborted) return;
      if (error instanceof Problem && error.status === 412) await this.#refusedByTag();
      else fill(this.problem, h("p", {}, t("edit.refused", { why: /** @type {Error} */ (error).message })));
    } finally {
      this.#busy = false;
      say(this.save, t("edit.save"));
      this.#drawForm();
      this.done.changed();
    }
  }

  /** Somebody was quicker: what is there now is shown beside what was typed. */
  async #refusedByTag() {
    try {
      this.#now = (await ask("GET", pathOfKey(this.phone, this.key), { signal: this.signal })).body;
    } catch {
      this.#now = undefined;
    }
    this.#conflict();
  }

  #conflict() {
    fill(this.problem, h("p", {}, h("b", {}, t("edit.conflict"))),
      h("p", {}, t("edit.conflict.now", { what: keyWords(this.#now) })),
      h("div", { class: "buttons" },
        h("button", { type: "button", click: () => {
          this.#base = this.#now ?? null;
          this.#fill(this.#base);
          void this.#begin();
        } }, t("edit.conflict.theirs")),
        h("button", { type: "button", class: "danger", click: () => {
          if (!mayOperate()) return;
          this.#base = this.#now ?? null;
          void this.#send(true);
        } }, t("edit.conflict.mine"))));
  }

  #drawDelivery() {
    const button = this.#now;
    if (!button) {
      fill(this.delivery, h("h3", {}, t("delivery.title")), h("p", { class: "soft" }, t("delivery.none")));
      return;
    }
    const since = button.set_at ? clock(new Date(button.set_at)) : "";
    fill(this.delivery, h("h3", {}, t("delivery.title")),
      h("dl", { class: "wanted" }, h("dt", {}, t("delivery.wanted")),
        h("dd", {}, keyWords(button), h("small", {},
          button.set_by ? t("delivery.wanted.by", { time: since, who: button.set_by }) : t("delivery.wanted.since", { time: since })))),
      this.#registered ? h("ul", { class: "answers" }, (button.contacts ?? []).map((contact, _, all) => answerOf(contact, all.length > 1)))
        : h("p", { class: "soft" }, t("delivery.away")));
  }
}

/** @param {NonNullable<Button["contacts"]>[number]} contact @param {boolean} named */
function answerOf(contact, named) {
  const lost = contact.lost ? contact.lost.split(", ").map((what) => word("lost", what)).join(", ") : "";
  const said = contact.status > 0 ? t("delivery.status", { status: String(contact.status), reason: contact.reason })
    : contact.reason ? t("delivery.silent", { reason: contact.reason }) : t("delivery.waiting");
  return h("li", {}, keyBadge(contact.state),
    h("span", { class: "answer-words" }, contact.channel ? `${t("delivery.by", { channel: word("channel", contact.channel) })}, ${said}` : said,
      lost && h("em", {}, t("delivery.lost", { what: lost })), named && h("code", {}, contact.contact)));
}

/** @param {Button | null} a @param {Button | null} b */
function same(a, b) {
  if (a === null || b === null) return a === b;
  return properties.every((name) => a[name] === b[name]);
}

/**
 * A group of radio buttons with pictures; `value` is the chosen one.
 * @param {string} title @param {string} name @param {string[]} values @param {(value: string) => string} words
 * @param {(value: string) => Node} picture @param {() => void} changed
 */
function choice(title, name, values, words, picture, changed) {
  /** @param {string} value */
  const option = (value) => {
    const input = h("input", { type: "radio", name, value, change: changed });
    inputs.push(input);
    return h("label", {}, input, picture(value), h("span", {}, words(value)));
  };
  /** @type {HTMLInputElement[]} */
  const inputs = [];
  const options = h("div", { class: "choice-options" }, values.map(option));
  const element = h("fieldset", { class: "choice" }, h("legend", {}, title), options);
  return Object.defineProperty(/** @type {HTMLFieldSetElement & { value: string }} */ (element), "value", {
    get: () => inputs.find((input) => input.checked)?.value ?? "",
    set: (value) => {
      // What is not offered can be there all the same.
      if (!inputs.some((input) => input.value === value)) options.append(option(value));
      for (const input of inputs) input.checked = input.value === value;
    },
  });
}
