// Layouts: a file is chosen, compared with what is wanted now, and applied; how far that is, and what became of each key.

import { ask, Problem } from "./api.js";
import { fill, h, mark } from "./dom.js";
import { mayOperate, onlyForOperators } from "./me.js";
import { badge, keyBadge } from "./state.js";
import { clock, t, word } from "./text.js";
import { hashOf } from "./wall.js";

const mostBytes = 1024 * 1024;
const mostCompared = 200;
const every = 500;

/** @param {import("./main.js").Frame} frame @returns {import("./main.js").View} */
export function layoutsView({ live, signal, tell }) {
  /** @type {File | null} */
  let file = null;
  const result = h("section", { class: "layout-result", "aria-live": "polite" });
  const jobs = h("section", { class: "jobs" });
  const compare = h("button", { type: "submit", class: "main", disabled: true }, t("layouts.compare"));
  const apply = h("button", { type: "button", hidden: true, click: () => void run("apply") }, t("layouts.apply"));
  const input = h("input", { type: "file", id: "layout", accept: ".toml,.csv", change: () => {
    file = input.files?.[0] ?? null;
    apply.hidden = true;
    enable();
    fill(result);
  } });
  let busy = false;
  function enable() {
    compare.disabled = busy || file === null || !mayOperate();
    apply.disabled = busy || !mayOperate();
  }

  /** @param {"compare" | "apply"} what */
  async function run(what) {
    if (file === null) return;
    if (file.size > mostBytes) return fill(result, problem(t("layouts.large")));
    busy = true;
    enable();
    const format = file.name.toLowerCase().endsWith(".csv") ? "csv" : "toml";
    const query = new URLSearchParams({ format, name: file.name, ...(what === "compare" ? { limit: String(mostCompared) } : {}) });
    try {
      const { body } = await ask("POST", `/v1/layouts/${what}?${query.toString().replaceAll("+", "%20")}`, { text: await file.text(), signal });
      if (what === "compare") {
        fill(result, comparison(body));
        apply.hidden = body.changing.keys === 0;
      } else {
        fill(result);
        apply.hidden = true;
        tell(t("layouts.begun", { name: file.name }));
        void load();
      }
    } catch (error) {
      if (signal.aborted) return;
      fill(result, problem(/** @type {Error} */ (error).message, error instanceof Problem ? error.all : []));
      apply.hidden = true;
    } finally {
      busy = false;
      enable();
    }
  }

  let timer = 0;
  async function load() {
    clearTimeout(timer);
    try {
      const { body } = await ask("GET", "/v1/layouts/jobs", { signal });
      /** @type {any[]} */
      const list = body.jobs;
      const details = await Promise.all(list.slice(0, 4).map((job) =>
        ask("GET", `/v1/layouts/jobs/${job.id}?outcome=failed,pending&limit=50`, { signal }).then((answer) => answer.body)));
      fill(jobs, h("h2", {}, t("layouts.jobs")), list.length === 0 ? h("p", { class: "soft" }, t("layouts.jobs.none"))
        : details.map((job) => drawJob(job, () => void end(job.id))));
      if (list.some((job) => job.state === "running") && !signal.aborted) timer = setTimeout(load, every);
    } catch (error) {
      if (!signal.aborted) fill(jobs, problem(/** @type {Error} */ (error).message));
    }
  }

  /** @param {string} id */
  async function end(id) {
    await ask("DELETE", `/v1/layouts/jobs/${id}`, { signal }).catch((error) => signal.aborted || tell(error.message));
    void load();
  }

  signal.addEventListener("abort", () => clearTimeout(timer));
  live.addEventListener("again", () => void load(), { signal });
  return {
    title: t("layouts.title"),
    element: h("div", { class: "layouts" }, h("h1", {}, t("layouts.title")), h("p", { class: "soft" }, t("layouts.text")),
      h("form", { class: "layout-form", submit: (/** @type {Event} */ event) => {
        event.preventDefault();
        void run("compare");
      } }, h("label", { for: "layout" }, t("layouts.file")), input, h("div", { class: "buttons" }, compare, apply),
      onlyForOperators([compare, apply], () => {
        enable();
        void load();
      }, signal)),
      result, jobs),
  };
}

/** @param {string} text @param {string[]} [all] */
function problem(text, all = []) {
  return h("div", { class: "problem", role: "alert" }, h("p", {}, text), all.length > 1 && h("ul", {}, all.map((one) => h("li", {}, one))));
}

/** @param {any} difference */
function comparison({ phones, changing, same_keys: same }) {
  const summary = h("p", {}, changing.keys === 0 ? t("layouts.same", { keys: t("wall.keys", { n: same }) })
    : t("layouts.changing", { keys: t("wall.keys", { n: changing.keys }), phones: t("wall.phones", { n: changing.phones }), same: t("wall.keys", { n: same }) }));
  return [h("h2", {}, t("layouts.difference")), summary, h("ul", { class: "differences" }, phones.map((/** @type {any} */ phone) => h("li", {},
    h("a", { href: hashOf(phone.phone) }, phone.phone),
    h("ul", {}, phone.keys.map((/** @type {any} */ key) => h("li", {}, h("b", {}, t("key", { key: key.key })), key.new ? ` (${t("layouts.new")})` : "",
      h("span", { class: "properties" }, key.changes.map((/** @type {any} */ change) => h("span", { class: "property" },
        `${word("property", change.property)}: `, !key.new && [h("del", {}, change.before || "–"), " → "], h("ins", {}, change.after || "–")))))))))),
  phones.length < changing.phones && h("p", { class: "soft" }, t("wall.more", { n: changing.phones - phones.length }))];
}

/** @param {any} job @param {() => void} end */
function drawJob(job, end) {
  const done = job.keys.all - job.keys.waiting;
  const bar = h("progress", { max: Math.max(1, job.keys.all), value: job.keys.all === 0 ? 1 : done, "aria-label": job.name });
  mark(bar, { "data-state": job.state });
  return h("article", { class: "job" },
    h("div", { class: "job-head" }, h("h3", {}, job.name), h("span", { class: "soft" }, `${clock(new Date(job.begun_at))} · ${word("job", job.state)}`),
      mayOperate() && h("button", { type: "button", class: "quiet", click: end }, t(job.state === "running" ? "layouts.stop" : "layouts.forget"))),
    bar, h("p", { class: "soft" }, t("layouts.progress", { done, all: job.keys.all, same: job.keys.same })),
    h("p", { class: "counts" }, ["confirmed", "pending", "failed"].map((state) => h("span", {}, keyBadge(state), ` ${job.keys[state]} `))),
    job.outcomes.length > 0 && h("ul", { class: "differences" }, job.outcomes.map((/** @type {any} */ phone) => h("li", {},
      h("a", { href: hashOf(phone.phone) }, phone.phone), " ", badge(phone.keys.some((/** @type {any} */ key) => key.outcome === "failed") ? "refused" : "pending"),
      phone.why && h("span", { class: "properties" }, phone.why)))));
}
