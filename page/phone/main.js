// What a tab shows: all phones at "/", one or several at "/phones/1000,1001".

import { h, setText } from "./dom.js";
import { showList } from "./list_view.js";
import { showPhones } from "./phone_view.js";
import { Ringer } from "./ringer.js";
import { language, t, useLanguage } from "./texts.js";

const THEME = "snomphone-theme";
const TOLD = 8000; // ms that a message stays

/** @returns {string[]} users, none for the list */
function usersOfAddress() {
  const match = /^\/phones\/(.+)$/.exec(location.pathname);
  if (!match) return [];
  const users = match[1].split(",").filter((user) => user !== "").map((user) => {
    try {
      return decodeURIComponent(user);
    } catch {
      return user;
    }
  });
  return [...new Set(users)];
}

/** @param {string} theme "auto", "light" or "dark" */
function useTheme(theme) {
  if (theme === "light" || theme === "dark") document.documentElement.dataset.theme = theme;
  else delete document.documentElement.dataset.theme;
  try {
    localStorage.setItem(THEME, theme);
  } catch {
    // it is kept for this tab only
  }
}

function keptTheme() {
  try {
    return localStorage.getItem(THEME) ?? "auto";
  } catch {
    return "auto";
  }
}

/** @param {string} label @param {[string, string][]} choices @param {string} now @param {(value: string) => void} chosen */
function choice(label, choices, now, chosen) {
  const select = h("select", { "aria-label": label, onchange: () => chosen(select.value) },
    choices.map(([value, text]) => h("option", { value, selected: value === now }, text)));
  return select;
}

const users = usersOfAddress();
const ringer = new Ringer();
document.documentElement.lang = language;
useTheme(keptTheme());

const title = users.length === 0 ? t("title_list")
  : users.length === 1 ? t("title_phone", { user: users[0] }) : t("title_phones", { users: users.join(", ") });
document.title = `${title} · snomphone`;

const sound = h("button", { type: "button", class: "sound", "aria-pressed": "false", title: t("sound_hint"), onclick: () => {
  ringer.turn(!ringer.on);
  sound.setAttribute("aria-pressed", String(ringer.on));
} }, t("sound_on"));
const told = h("p", { class: "told", role: "status" });
const lost = h("p", { class: "lost", role: "alert" });
const main = h("main", { id: "main", tabindex: -1 });
let forget = 0;

const page = {
  ringer,
  /** @param {string} text */
  tell(text) {
    setText(told, text);
    clearTimeout(forget);
    forget = setTimeout(() => setText(told, ""), TOLD);
  },
  /** @param {boolean} alive */
  alive(alive) {
    setText(lost, alive ? "" : t("lost"));
  },
};

document.body.append(
  h("a", { class: "skip", href: "#main" }, t("skip")),
  h("header", { class: "bar" }, h("h1", {}, title),
    users.length > 0 ? h("nav", {}, h("a", { href: "/" }, t("all_phones"))) : null,
    h("div", { class: "choices" }, users.length > 0 ? sound : null,
      choice(t("theme"), [["auto", t("theme_auto")], ["light", t("theme_light")], ["dark", t("theme_dark")]], keptTheme(), useTheme),
      choice(t("language"), [["en", "English"], ["de", "Deutsch"]], language, useLanguage))),
  lost, told, main);

if (users.length > 0) showPhones(main, users, page);
else showList(main, page);
