// Asking snomd (docs/openapi.json). A token is asked for when snomd wants one, and kept for this tab alone.

import { t } from "./text.js";

const kept = "snom.token";

/** What went wrong, as snomd says it (RFC 9457). */
export class Problem extends Error {
  /**
   * @param {number} status  0: no answer at all
   * @param {string} detail
   * @param {string} [field]
   * @param {string[]} [all]  where more than one thing is wrong
   */
  constructor(status, detail, field, all = []) {
    super(detail);
    this.status = status;
    this.field = field;
    this.all = all;
  }
}

/** Set by main.js: shows a dialog and resolves with what was typed. @type {(wrong: boolean) => Promise<string>} */
let dialog = () => Promise.reject(new Problem(401, "a token is wanted"));
/** @param {(wrong: boolean) => Promise<string>} show */
export function askForTokensBy(show) {
  dialog = show;
}

/** Set by main.js: there is another token. @type {() => void} */
let tokenChanged = () => {};
/** @param {() => void} heard */
export function onNewToken(heard) {
  tokenChanged = heard;
}

/** One dialog for all requests that wait for it. @type {Promise<void> | null} */
let asking = null;
/** @param {string | null} refused  the token that snomd did not take */
function wantToken(refused) {
  if (refused !== sessionStorage.getItem(kept)) return Promise.resolve();  // another request has brought one meanwhile
  asking ??= dialog(refused !== null).then((token) => {
    sessionStorage.setItem(kept, token);
    asking = null;
    tokenChanged();
  });
  return asking;
}

export const hasToken = () => sessionStorage.getItem(kept) !== null;
export function forgetToken() {
  sessionStorage.removeItem(kept);
  location.reload();
}

/**
 * An answer of any status but 401; a Problem when there is none.
 * @param {string} path
 * @param {RequestInit & { headers?: Record<string, string> }} [request]
 */
export async function raw(path, request = {}) {
  for (;;) {
    const token = sessionStorage.getItem(kept);
    /** @type {Record<string, string>} */
    const headers = { ...request.headers };
    if (token !== null) headers.Authorization = `Bearer ${token}`;
    let answer;
    try {
      answer = await fetch(path, { ...request, headers, cache: "no-store", redirect: "error" });
    } catch (error) {
      if (request.signal?.aborted) throw error;
      throw new Problem(0, t("problem.unreachable"));
    }
    if (answer.status !== 401) return answer;
    await wantToken(token);
  }
}

/**
 * @param {string} method
 * @param {string} path
 * @param {{ body?: unknown, text?: string, headers?: Record<string, string>, signal?: AbortSignal }} [options]
 * @returns {Promise<{ body: any, etag: string | null }>}
 */
export async function ask(method, path, { body, text: plain, headers = {}, signal } = {}) {
  /** @type {RequestInit & { headers: Record<string, string> }} */
  const request = { method, headers: { Accept: "application/json", ...headers }, signal };
  if (body !== undefined) {
    request.body = JSON.stringify(body);
    request.headers["Content-Type"] = "application/json";
  }
  if (plain !== undefined) {
    request.body = plain;
    request.headers["Content-Type"] = "text/plain; charset=utf-8";
  }
  const answer = await raw(path, request);
  const text = await answer.text();
  /** @type {any} */
  let read = null;
  try {
    read = text === "" ? null : JSON.parse(text);
  } catch {
    read = { detail: text.trim() };
  }
  if (answer.ok) return { body: read, etag: answer.headers.get("ETag") };
  const detail = read?.detail ?? read?.error ?? `${answer.status} ${answer.statusText}`;
  throw new Problem(answer.status, answer.status === 403 ? t("problem.forbidden", { why: detail }) : detail, read?.field,
    Array.isArray(read?.errors) ? read.errors.map(String) : []);
}

/** @param {string} phone  address of record */
export const pathOf = (phone) => `/v1/phones/${encodeURIComponent(phone)}`;
/** @param {string} phone @param {string} key */
export const pathOfKey = (phone, key) => `${pathOf(phone)}/buttons/${encodeURIComponent(key)}`;
