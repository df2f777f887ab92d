// The dialog that asks for a token.

import { h } from "./dom.js";
import { t } from "./text.js";

/** @param {boolean} wrong  the one before was refused @returns {Promise<string>} */
export function tokenDialog(wrong) {
  return new Promise((resolve) => {
    const field = h("input", { type: "password", id: "token", autocomplete: "off", required: true, spellcheck: "false",
      "aria-describedby": wrong ? "token-wrong" : null, "aria-invalid": wrong ? "true" : null });
    const dialog = h("dialog", { class: "dialog", "aria-labelledby": "token-title" },
      h("form", { method: "dialog", submit: (/** @type {Event} */ event) => {
        event.preventDefault();
        const token = field.value.trim();
        if (token === "") return;
        dialog.close();
        dialog.remove();
        resolve(token);
      } },
      h("h2", { id: "token-title" }, t("token.title")),
      h("p", {}, t("token.text")),
      h("label", { for: "token" }, t("token.label")), field,
      wrong && h("p", { class: "error", id: "token-wrong", role: "alert" }, t("token.wrong")),
      h("div", { class: "buttons" }, h("button", { type: "submit", class: "main" }, t("token.use")))));
    dialog.addEventListener("cancel", (event) => event.preventDefault());
    document.body.append(dialog);
    dialog.showModal();
  });
}
