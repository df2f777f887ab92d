// Phones side by side: each with its face, and what one does with it at hand.

import { h, setAttribute, setText } from "./dom.js";
import { FaceView } from "./face.js";
import { act, ask, EventLink } from "./link.js";
import { t } from "./texts.js";

/** @typedef {import("./link.js").PhoneState} PhoneState */
/** @typedef {{tell: (text: string) => void, alive: (alive: boolean) => void, ringer: import("./ringer.js").Ringer}} Page */

class PhoneView {
  /** @param {PhoneState} state @param {Page} page */
  constructor(state, page) {
    this.user = state.user;
    this.state = state;
    this.page = page;
    this.rang = false;
    this.shape = shapeOf(state);
    this.failed = (/** @type {Error} */ error) => page.tell(t("refused", { user: this.user, detail: error.message }));
    this.face = new FaceView(state, this.failed);
    this.status = h("p", { class: "status" });
    this.answer = this.does("answer", "answer", "good");
    this.hangUp = this.does("hang_up", "hang-up", "bad");
    this.hold = h("button", { type: "button", onclick: () => this.act("hold", { on: this.state.call.state !== "held" }) });
    this.line = h("button", { type: "button", onclick: () => this.act("line", { on: this.state.logged_off }) });
    this.number = h("input", { type: "text", inputmode: "tel", name: "number", autocomplete: "off", maxlength: 128,
      placeholder: t("number"), "aria-label": t("number") });
    const dial = h("form", { class: "dial", onsubmit: (/** @type {Event} */ event) => this.dial(event) }, this.number,
      h("button", { type: "submit" }, t("dial")));
    this.volume = h("input", { type: "range", min: 0, max: 15, step: 1,
      oninput: () => this.act("volume", { level: Number(this.volume.value) }) });
    this.element = h("section", { class: "phone", tabindex: -1, "aria-label": t("phone_label", { model: state.model, user: state.user }) },
      h("header", { class: "phone-head" }, h("h2", {}, h("a", { href: addressOf([state.user]) }, state.user)),
        h("span", { class: "model-name" }, `Snom ${state.model}`), this.status),
      this.face.element,
      h("div", { class: "at-hand", role: "group", "aria-label": t("at_hand", { user: state.user }) },
        this.answer, this.hangUp, this.hold, dial,
        h("label", { class: "volume" }, t("volume"), this.volume),
        this.does("reboot", "reboot"), this.line));
    this.element.addEventListener("keydown", (event) => this.typed(event));
    this.show(state);
  }

  /** @param {import("./texts.js").TextName} name @param {string} action @param {string} [kind] */
  does(name, action, kind = "") {
    return h("button", { type: "button", class: kind, onclick: () => this.act(action) }, t(name));
  }

  /** @param {string} action @param {Record<string, any>} [body] */
  act(action, body) {
    act(this.user, action, body).catch(this.failed);
  }

  /** @param {Event} event */
  dial(event) {
    event.preventDefault();
    const number = this.number.value.replace(/\s+/g, "");
    if (number === "") return this.number.focus();
    this.act("dial", { number });
    this.number.value = "";
  }

  /** @param {KeyboardEvent} event */
  typed(event) {
    if (event.ctrlKey || event.altKey || event.metaKey || event.target instanceof HTMLInputElement) return;
    if (/^[0-9*#]$/.test(event.key)) this.act("digits", { digits: event.key });
    else if (event.key === "Escape") this.act("press", { key: "CANCEL" });
    else return;
    event.preventDefault();
  }

  /** @param {PhoneState} state */
  show(state) {
    this.state = state;
    this.face.show(state);
    const words = [state.rebooting ? t("rebooting") : state.logged_off ? t("logged_off")
      : t(state.registered ? "registered" : "not_registered")];
    if (state.dnd) words.push(t("dnd"));
    if (state.muted) words.push(t("muted"));
    setText(this.status, words.join(", "));
    this.status.className = `status ${state.registered && !state.rebooting ? "good" : "wait"}`;
    this.answer.disabled = !state.ringing;
    this.hangUp.disabled = state.calls.length === 0;
    const held = state.call.state === "held";
    setText(this.hold, t(held ? "resume" : "hold"));
    this.hold.disabled = !held && state.call.state !== "talking";
    setText(this.line, t(state.logged_off ? "line_on" : "line_off"));
    if (document.activeElement !== this.volume) this.volume.value = String(state.volume);
    setAttribute(this.volume, "aria-valuetext", t("volume_now", { level: state.volume }));
    this.page.ringer.tell(this.user, state.ringing);
    if (state.ringing && !this.rang) this.page.tell(t("rings", { user: this.user, peer: state.call.peer }));
    this.rang = state.ringing;
  }
}

/** What of a phone does not change while it lives. @param {PhoneState} state */
function shapeOf(state) {
  return JSON.stringify([state.model, state.face]);
}

/** "/phones/1000,1001" @param {string[]} users */
export function addressOf(users) {
  return `/phones/${users.map(encodeURIComponent).join(",")}`;
}

/**
 * @param {HTMLElement} main
 * @param {string[]} users
 * @param {Page} page
 */
export function showPhones(main, users, page) {
  /** @type {Map<string, PhoneView>} */
  const views = new Map();
  const row = h("div", { class: users.length > 1 ? "phones several" : "phones" });
  const places = new Map(users.map((user) => [user, h("div", { class: "phone-place" })]));
  row.append(...places.values());
  main.append(row, h("p", { class: "hint" }, t("keyboard_hint")));

  const hear = (/** @type {PhoneState} */ state) => {
    const known = views.get(state.user);
    if (known && known.shape === shapeOf(state)) return known.show(state);
    const view = new PhoneView(state, page); // a first one, or snomphone came back as another model
    views.set(state.user, view);
    places.get(state.user)?.replaceChildren(view.element);
  };
  const query = users.map((user) => `phone=${encodeURIComponent(user)}`).join("&");
  new EventLink(`/v1/events?${query}`, { phone: hear }, (alive) => {
    page.alive(alive);
    if (!alive && views.size === 0) explain(users, page);
  }, () => page.ringer.on);
}

/** A stream that is refused does not say why. @param {string[]} users @param {Page} page */
async function explain(users, page) {
  for (const user of users) {
    await ask(`/v1/phones/${encodeURIComponent(user)}`).catch((error) => {
      if (error.status === 404) page.tell(t("no_phone", { user }));
    });
  }
}
