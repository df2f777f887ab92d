// snomd's own state: what it is, where it listens, where keys are kept, what it has sent.

import { ask } from "./api.js";
import { fill, h } from "./dom.js";
import { dateAndClock, duration, t } from "./text.js";

const every = 2000;

/** @param {import("./main.js").Frame} frame @returns {import("./main.js").View} */
export function systemView({ live, signal }) {
  const list = h("div", {}, h("p", { class: "soft" }, t("system.loading")));
  let timer = 0;
  const load = async () => {
    clearTimeout(timer);
    try {
      draw(list, (await ask("GET", "/v1/status", { signal })).body);
    } catch (error) {
      if (signal.aborted) return;
      if (!list.querySelector("dl")) fill(list, h("p", { class: "soft" }, t("system.failed", { why: /** @type {Error} */ (error).message })));
    }
    if (!signal.aborted) timer = setTimeout(load, every);
  };
  signal.addEventListener("abort", () => clearTimeout(timer));
  live.addEventListener("again", () => void load(), { signal });
  void load();
  return { title: t("system.title"), element: h("div", { class: "system" }, h("h1", {}, t("system.title")), list) };
}

/** @param {HTMLElement} place @param {any} status */
function draw(place, status) {
  const started = new Date(Date.now() - status.uptime_s * 1000);
  const { documents, accepted, refused, silent, restores } = status.deliveries;
  /** @type {[import("./text.js").Name, import("./dom.js").Child | import("./dom.js").Child[]][]} */
  const facts = [
    ["system.version", `snomd ${status.version}`],
    ["system.uptime", t("system.since", { time: duration(status.uptime_s), date: dateAndClock(started) })],
    ["system.listeners", h("ul", {}, status.listening.map((/** @type {any} */ one) =>
      h("li", {}, h("code", {}, `${one.transport}:${one.address}`), one.profile ? ` ${one.profile}` : "")))],
    ["system.store", status.store
      ? [h("code", {}, status.store), status.store_away ? h("p", {}, t("system.store.away", { why: status.store_away })) : null]
      : t("system.store.memory")],
    ["system.counts", t("system.counts.value", { keys: t("system.keys", { n: status.keys }), phones: t("wall.phones", { n: status.phones }) })],
    ["system.restores", t("system.restores.value", { waiting: status.restores_waiting, done: restores })],
    ["system.deliveries", t("system.deliveries.value", { all: documents, accepted, refused, silent })],
    ["system.watchers", String(status.watchers)],
  ];
  fill(place, h("dl", { class: "facts" }, facts.map(([name, value]) => h("div", {}, h("dt", {}, t(name)), h("dd", {}, value)))));
}
