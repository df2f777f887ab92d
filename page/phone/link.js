// The way to snomphone: what it tells, and what it is asked to do.

/**
 * @typedef {{rhythm: string, colour: string}} Shown
 * @typedef {{key: string, place: string, light: string, label: string, number: string, action: string,
 *            caller: string, led: string, shown: Shown}} KeyState
 * @typedef {{labels: string, columns: number[], pages: number, function_keys: number, expansion_keys: number,
 *            keys_a_module: number, display: {width: number, height: number, colours: boolean}}} Face
 * @typedef {{user: string, model: string, user_agent: string, registered: boolean, rebooting: boolean, dnd: boolean,
 *            muted: boolean, volume: number, display: string[], ringing: boolean, logged_off: boolean,
 *            handset: string, audio: string, keys_down: string[], keys: KeyState[], face: Face,
 *            call: {state: string, peer: string, direction: string, entry: string},
 *            calls: {id: number, state: string, peer: string}[]}} PhoneState
 * @typedef {{user: string, model: string, registered: boolean, rebooting: boolean, state: string, ringing: boolean,
 *            lit: number}} Summary
 */

const FIRST_PAUSE = 500; // ms
const LONGEST_PAUSE = 10000;

/**
 * Server-sent events that come back by themselves, whatever ended them. While the tab is hidden and `needed` says no,
 * the stream is let go: a browser has six connections to one address, for all of its tabs.
 */
export class EventLink {
  /**
   * @param {string} address
   * @param {Record<string, (data: any) => void>} heard  by the event's name
   * @param {(alive: boolean) => void} alive
   * @param {() => boolean} [needed]  although nobody sees it
   */
  constructor(address, heard, alive, needed = () => false) {
    this.address = address;
    this.heard = heard;
    this.alive = alive;
    this.needed = needed;
    this.pause = FIRST_PAUSE;
    /** @type {EventSource | null} */
    this.source = null;
    this.timer = 0;
    document.addEventListener("visibilitychange", () => this.look());
    this.open();
  }

  look() {
    if (!document.hidden && this.source === null) {
      clearTimeout(this.timer);
      this.open();
    } else if (document.hidden && !this.needed()) {
      clearTimeout(this.timer);
      this.source?.close();
      this.source = null;
    }
  }

  open() {
    const source = new EventSource(this.address);
    this.source = source;
    source.addEventListener("open", () => {
      this.pause = FIRST_PAUSE;
      this.alive(true);
    });
    for (const [name, hear] of Object.entries(this.heard)) {
      source.addEventListener(name, (event) => hear(JSON.parse(event.data)));
    }
    source.addEventListener("error", () => {
      source.close();
      if (this.source !== source) return;
      this.source = null;
      this.alive(false);
      this.timer = setTimeout(() => this.open(), this.pause);
      this.pause = Math.min(this.pause * 2, LONGEST_PAUSE);
    });
  }
}

/**
 * @param {string} path
 * @returns {Promise<any>}  rejected with an Error that says why, its `status` 0 when nobody answers
 */
export async function ask(path) {
  return read(fetch(path, { headers: { Accept: "application/json" } }));
}

/** @type {Map<string, Promise<any>>} */
const queues = new Map();

/**
 * Has a phone do something, after what it was asked to do before: a key goes up after it went down.
 * @param {string} user
 * @param {string} action  "press", "key-down", "dial" ...
 * @param {Record<string, any>} [body]
 * @returns {Promise<PhoneState>}
 */
export function act(user, action, body = {}) {
  const path = `/v1/phones/${encodeURIComponent(user)}/${action}`;
  const before = queues.get(user) ?? Promise.resolve();
  const send = () =>
    read(fetch(path, { method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify(body) }));
  const done = before.then(send, send);
  queues.set(user, done);
  return done;
}

/** @param {Promise<Response>} asked */
async function read(asked) {
  let answer;
  try {
    answer = await asked;
  } catch (error) {
    throw Object.assign(new Error(String(error)), { status: 0 });
  }
  const body = await answer.json().catch(() => ({}));
  if (answer.ok) return body;
  const detail = (body.field ? `${body.field}: ` : "") + (body.detail ?? answer.statusText);
  throw Object.assign(new Error(detail), { status: answer.status });
}
