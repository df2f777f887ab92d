// snomd's events, as they come (docs/snomd.md). Read by fetch(), which can send a token, unlike EventSource. Comes back
// by itself, asks for what it missed, and says when something may be missing.

import { Problem, raw } from "./api.js";

const firstPause = 500;
const longestPause = 8000;
/** snomd writes something every 15 s. */
const longestSilence = 40000;

/**
 * An event of snomd; `name` is its kind.
 * @typedef {{ name: string, data: any, at: Date }} Happening
 * @typedef {"connecting" | "live" | "lost"} State
 */

export class Live extends EventTarget {
  /** @type {State} */
  state = "connecting";
  /** When something was last heard. @type {Date | null} */
  heard = null;
  /** When the next attempt is made. */
  next = 0;
  /** @type {string | null} */
  #last = null;
  #pause = firstPause;
  #wasLive = false;
  /** @type {(() => void) | null} */
  #wake = null;

  async run() {
    for (;;) {
      await this.#watch();
      this.#pause = Math.min(this.#pause * 2, longestPause);
      const pause = this.#pause * (0.75 + Math.random() / 4);
      this.next = Date.now() + pause;
      this.#become("lost");
      await new Promise((resolve) => {
        const timer = setTimeout(() => resolve(null), pause);
        this.#wake = () => {
          clearTimeout(timer);
          resolve(null);
        };
      });
      this.#wake = null;
      this.next = 0;
      this.dispatchEvent(new Event("state"));
    }
  }

  /** Without waiting any longer. */
  retry() {
    this.#pause = firstPause;
    this.#wake?.();
  }

  /** @param {State} state */
  #become(state) {
    this.state = state;
    this.dispatchEvent(new Event("state"));
  }

  /** Until the connection ends. */
  async #watch() {
    const abort = new AbortController();
    let timer = setTimeout(() => abort.abort(), longestSilence);
    try {
      /** @type {Record<string, string>} */
      const headers = { Accept: "text/event-stream" };
      if (this.#last !== null) headers["Last-Event-ID"] = this.#last;
      const answer = await raw("/v1/events", { headers, signal: abort.signal });
      if (!answer.ok || answer.body === null) throw new Problem(answer.status, answer.statusText);
      this.#begin();
      const reader = answer.body.pipeThrough(new TextDecoderStream()).getReader();
      let text = "";
      for (;;) {
        const { value, done } = await reader.read();
        if (done) return;
        clearTimeout(timer);
        timer = setTimeout(() => abort.abort(), longestSilence);
        this.heard = new Date();
        text += value;
        const end = text.lastIndexOf("\n\n");
        if (end < 0) continue;
        this.#take(text.slice(0, end));
        text = text.slice(end + 2);
      }
    } catch {
      // Whatever it was: it is tried again.
    } finally {
      clearTimeout(timer);
      abort.abort();
    }
  }

  #begin() {
    this.heard = new Date();
    this.#pause = firstPause / 2;
    const again = this.#wasLive;
    this.#wasLive = true;
    this.#become("live");
    // What is shown is asked for anew: it may have changed meanwhile.
    if (again) this.dispatchEvent(new Event("again"));
  }

  /** @param {string} text  whole events (HTML Living Standard section 9.2.6) */
  #take(text) {
    /** @type {Happening[]} */
    const happenings = [];
    for (const block of text.split("\n\n")) {
      let name = "message";
      const data = [];
      for (const line of block.split("\n")) {
        if (line.startsWith("data:")) data.push(line.slice(line[5] === " " ? 6 : 5));
        else if (line.startsWith("event:")) name = line.slice(6).trim();
        else if (line.startsWith("id:")) this.#last = line.slice(3).trim();
      }
      if (data.length === 0) continue;
      try {
        happenings.push({ name, data: JSON.parse(data.join("\n")), at: new Date() });
      } catch {
        continue;
      }
    }
    if (happenings.length === 0) return;
    this.dispatchEvent(new CustomEvent("events", { detail: happenings }));
    if (happenings.some((happening) => happening.name === "gap")) this.dispatchEvent(new Event("again"));
  }
}

/**
 * The phone that an event is about, if it is about one.
 * @param {Happening} happening
 * @returns {string}
 */
export function phoneOf({ data }) {
  if (data.address_of_record) return data.address_of_record;
  return data.user && data.domain ? `${data.user}@${data.domain}` : "";
}

/**
 * Calls `heard` with the events that come until `signal` is aborted.
 * @param {Live} live
 * @param {AbortSignal} signal
 * @param {(happenings: Happening[]) => void} heard
 */
export function onEvents(live, signal, heard) {
  live.addEventListener("events", (event) => heard(/** @type {CustomEvent<Happening[]>} */ (event).detail), { signal });
}
