// The page's frame: what is always there (navigation, connection, theme, language), and which view is shown.

import { askForTokensBy, forgetToken, hasToken, onNewToken, raw } from "./api.js";
import { fill, h, mark, say } from "./dom.js";
import { layoutsView } from "./layouts.js";
import { Live } from "./live.js";
import { LogKeeper, logView } from "./log.js";
import { learn } from "./me.js";
import { phoneView } from "./phone.js";
import { systemView } from "./system.js";
import { choose, clock, language, languageNames, t } from "./text.js";
import { tokenDialog } from "./token.js";
import { wallView } from "./wall.js";

/**
 * What a view gets: where to draw, what happens, and when it is over.
 * @typedef {{ live: Live, log: LogKeeper, signal: AbortSignal, tell: (text: string) => void }} Frame
 * @typedef {{ element: HTMLElement, title: string, focus?: () => void, isEditing?: () => boolean }} View
 */

const keptTheme = "snom.theme";
const themes = ["auto", "light", "dark"];

function theme() {
  const chosen = localStorage.getItem(keptTheme);
  return chosen !== null && themes.includes(chosen) ? chosen : "auto";
}

function useTheme() {
  const chosen = theme();
  mark(document.documentElement, { "data-theme": chosen === "auto" ? null : chosen });
}

/** @param {string} label @param {[string, string][]} options @param {string} chosen @param {(value: string) => void} use */
function select(label, options, chosen, use) {
  const element = h("select", { "aria-label": label, title: label, change: () => use(element.value) },
    options.map(([value, text]) => h("option", { value, selected: value === chosen }, text)));
  return element;
}

const live = new Live();
const log = new LogKeeper(live);

const announcer = h("div", { class: "unseen", role: "status", "aria-live": "polite" });
/** Said by a screen reader, and shown for a moment. @param {string} text */
function tell(text) {
  announcer.textContent = "";
  const note = h("div", { class: "note", "aria-hidden": "true" }, text);
  notes.append(note);
  setTimeout(() => note.remove(), 6000);
  setTimeout(() => say(announcer, text), 50);
}
const notes = h("div", { class: "notes" });

const connection = h("span", { class: "connection", role: "status" });
const lostText = h("span");
const lost = h("section", { class: "lost", hidden: true, "aria-label": t("live.lost") },
  lostText, h("button", { type: "button", class: "quiet", click: () => live.retry() }, t("live.retry")));

function showConnection() {
  connection.className = `connection connection-${live.state}`;
  say(connection, t(`live.${live.state}`));
  lost.hidden = live.state !== "lost";
  if (live.state !== "lost") return;
  const seconds = Math.max(0, Math.ceil((live.next - Date.now()) / 1000));
  if (live.heard === null) say(lostText, t("live.lost.never", { seconds }));
  else if (live.next === 0) say(lostText, t("live.lost.now", { time: clock(live.heard) }));
  else say(lostText, t("live.lost.long", { time: clock(live.heard), seconds }));
}

/** @type {[string, import("./text.js").Name][]} */
const pages = [["#/", "nav.wall"], ["#/layouts", "nav.layouts"], ["#/log", "nav.log"], ["#/system", "nav.system"]];
const links = pages.map(([href, name]) => h("a", { href }, t(name)));
const main = h("main", { id: "main", tabindex: "-1" });

function frame() {
  document.title = t("title");
  fill(document.body,
    h("a", { class: "skip", href: "#main", click: (/** @type {Event} */ event) => {
      event.preventDefault();
      main.focus();
    } }, t("nav.skip")),
    h("header", { class: "bar" },
      h("a", { class: "brand", href: "#/" }, h("img", { src: "/page/icon.svg", alt: "", width: 28, height: 28 }), "snomd"),
      h("nav", { "aria-label": t("nav.label") }, links),
      h("div", { class: "bar-end" },
        connection,
        select(t("theme"), themes.map((name) => [name, t(/** @type {any} */ (`theme.${name}`))]), theme(), (name) => {
          localStorage.setItem(keptTheme, name);
          useTheme();
        }),
        select(t("language"), Object.entries(languageNames), language, choose),
        hasToken() && h("button", { type: "button", class: "quiet", click: forgetToken }, t("token.forget")))),
    lost, main, notes, announcer);
}

/** @type {View | null} */
let view = null;
let leaving = new AbortController();

/** @param {string} hash @param {Frame} now @returns {View} */
function viewOf(hash, now) {
  const [, place, name, key] = hash.split("/");
  if (place === "phone" && name) return phoneView(now, decodeURIComponent(name), key ? decodeURIComponent(key) : null);
  if (place === "layouts") return layoutsView(now);
  if (place === "log") return logView(now);
  if (place === "system") return systemView(now);
  return wallView(now);
}

function show() {
  leaving.abort();
  leaving = new AbortController();
  const first = view === null;
  view = viewOf(location.hash, { live, log, signal: leaving.signal, tell });
  document.title = `${view.title} · ${t("title")}`;
  fill(main, view.element);
  const here = location.hash.split("/")[1] ?? "";
  for (const [i, [href]] of pages.entries()) {
    const part = href.split("/")[1];
    mark(links[i], { "aria-current": part === here || (part === "" && here === "phone") ? "page" : null });
  }
  scrollTo(0, 0);
  if (view.focus) view.focus();
  else if (!first) main.focus({ preventScroll: true });
}

/** After a restart: whether snomd has another page now than this one. */
async function followUpdates() {
  /** @type {string | null} */
  let known = null;
  const look = async () => {
    try {
      const etag = (await raw("/", { method: "HEAD" })).headers.get("ETag");
      if (known !== null && etag !== known && !view?.isEditing?.()) {
        tell(t("live.updated"));
        setTimeout(() => location.reload(), 800);
      }
      known ??= etag;
    } catch {
      // It is asked again after the next restart.
    }
  };
  live.addEventListener("again", () => {
    tell(t("live.back"));
    void look();
  });
  await look();
}

askForTokensBy((wrong) => tokenDialog(wrong));
onNewToken(() => void learn());
useTheme();
frame();
live.addEventListener("state", showConnection);
setInterval(() => live.state === "lost" && showConnection(), 1000);
showConnection();
addEventListener("hashchange", show);
show();
void live.run();
live.addEventListener("again", () => void learn());
void learn();
void followUpdates();
