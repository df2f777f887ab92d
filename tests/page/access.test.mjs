// Whoever cannot see it, cannot use a mouse or has a small screen.

import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { test } from "node:test";
import { fields, home, inHouse, keyOf, phoneView, until } from "./house.mjs";

const axe = await readFile(join(home, "tests/page/node_modules/axe-core/axe.min.js"), "utf8");

async function faults(page) {
  // The page's policy lets nothing in; the browser's own console may.
  await page.evaluate(axe);
  const { violations } = await page.evaluate(() => window.axe.run(document, { runOnly: ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"] }));
  return violations.map((one) => `${one.id}: ${one.nodes.map((node) => `${node.target} ${node.failureSummary}`).join("; ")}`);
}

async function furnish(house) {
  const phone = await house.phone("1000", "--model", "D865");
  await house.phone("1001", "--model", "D785");
  await house.ask("PATCH", "/v1/phones/1000@example.test/buttons", {
    1: { light: "on", colour: "green", label: "Reception", number: "1001" }, 2: { light: "pickup", colour: "red", label: "Sales", caller: "Alice" },
    3: { light: "hold", label: "Park" } });
  await house.ask("PUT", "/v1/phones/1002@example.test/buttons/1", { light: "on", label: "Away" });
  return phone;
}

for (const colorScheme of ["light", "dark"]) {
  test(`axe finds nothing in any view, ${colorScheme}`, () => inHouse({}, async (house) => {
    await furnish(house);
    const page = await house.browser({ colorScheme, reducedMotion: "reduce" });
    await house.open(page);
    await page.getByRole("row", { name: /1000@/ }).waitFor();
    assert.deepEqual(await faults(page), []);
    await house.open(page, phoneView("1000", "2"));
    await until(async () => (await fields(page).label.inputValue()) === "Sales", "the form to be filled");
    assert.deepEqual(await faults(page), []);
    await house.open(page, phoneView("nobody"));
    await page.getByRole("heading", { name: /There is no phone/ }).waitFor();
    assert.deepEqual(await faults(page), []);
    await house.ask("PATCH", "/v1/phones/1000@example.test/buttons", { 1: { light: "off" } });
    await house.ask("PATCH", "/v1/phones/1000@example.test/buttons", { 999: { light: "off" } });
    await house.open(page, "log");
    await page.locator(".log-rows .bad").waitFor();
    assert.deepEqual(await faults(page), []);
    await house.open(page, "layouts");
    await page.getByLabel("Layout").setInputFiles({ name: "desk.toml", mimeType: "application/toml",
      buffer: Buffer.from('[[group]]\nname = "desk"\nphones = ["1000@example.test"]\n[[group.key]]\nkey = 9\nlabel = "Night"\n') });
    await page.getByRole("button", { name: "Compare" }).click();
    await page.getByRole("button", { name: "Apply to the phones" }).click();
    await page.getByRole("article").getByText("done").waitFor();
    assert.deepEqual(await faults(page), []);
    await house.open(page, "system");
    await page.getByText(/^snomd 2/).waitFor();
    assert.deepEqual(await faults(page), []);
    await house.open(page);
    await page.getByRole("row", { name: /1000@/ }).waitFor();
    await house.snomd.end();
    await page.getByText(/snomd does not answer/).waitFor();
    assert.deepEqual(await faults(page), []);
  }));
}

test("by keyboard alone: from the list to a key, changed, sent and closed", () => inHouse({}, async (house) => {
  const phone = await furnish(house);
  const page = await house.open(await house.browser());
  await page.getByRole("row", { name: /1000@/ }).waitFor();
  const press = async (...keys) => {
    for (const key of keys) await page.keyboard.press(key);
  };
  const focused = () => page.evaluate(() => {
    const element = document.activeElement;
    return element?.getAttribute("aria-label") ?? element?.textContent ?? "";
  });
  /** With the tabulator, to what is called so. */
  const tabTo = async (name) => {
    for (let i = 0; i < 60; ++i) {
      await press("Tab");
      if ((await focused()).startsWith(name)) return;
    }
    assert.fail(`the tabulator does not come to '${name}'`);
  };
  await tabTo("Skip to content");
  await tabTo("Phones, what is wrong first");
  await press("End", "Home");
  const active = () => page.evaluate(() => document.getElementById(document.activeElement?.getAttribute("aria-activedescendant") ?? "")?.textContent ?? "");
  await until(async () => (await active()).includes("1000@"), "the first row to be read");
  await press("ArrowDown");
  await until(async () => (await active()).includes("1001@"), "the next row to be read");
  await press("ArrowUp");
  await until(async () => (await active()).includes("1000@"), "the first row to be read again");
  await press("Enter");
  await keyOf(page, "1").waitFor();
  await tabTo("Key 1: Reception");
  await press("ArrowDown", "ArrowDown");
  assert.match(await focused(), /^Key 3: Park/);
  await press("ArrowRight");
  assert.match(await focused(), /^Key 8: not set/);
  await press("Enter");
  await page.getByRole("heading", { name: "Key 8" }).waitFor();
  assert.equal(await focused(), "Key 8", "a screen reader is taken there");
  for (let i = 0; i < 20 && !(await page.evaluate(() => document.activeElement?.matches("input[type=radio]"))); ++i) await press("Tab");
  await press("ArrowRight");  // from on to hold
  for (let i = 0; i < 20 && !(await fields(page).label.evaluate((one) => one === document.activeElement)); ++i) await press("Tab");
  await page.keyboard.type("By hand");
  await press("Enter");
  await until(async () => (await phone.key("8")).label === "By hand", "the label to arrive");
  assert.equal((await phone.key("8")).light, "hold");
  await page.getByRole("status").getByText("Key 8: the phone took it.").waitFor();
  await press("Escape");
  await page.getByRole("heading", { name: "Key 8" }).waitFor({ state: "detached" });
  assert.match(await focused(), /^Key 8: By hand/, "back at the key");
}));

test("on a phone's width nothing is cut off and all can be done", () => inHouse({}, async (house) => {
  const phone = await furnish(house);
  const page = await house.open(await house.browser({ viewport: { width: 360, height: 740 }, hasTouch: true, isMobile: true }));
  const overflow = () => page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
  await page.getByRole("row", { name: /1000@/ }).tap();
  await keyOf(page, "6").tap();
  await fields(page).label.fill("Small");
  assert.equal(await overflow(), 0);
  await fields(page).send.tap();
  await until(async () => (await phone.key("6")).label === "Small", "the label to arrive");
  for (const view of ["", "log", "system", phoneView("1000")]) {
    await house.open(page, view);
    await until(async () => (await overflow()) === 0, `${view} to fit`);
  }
}));

test("lights blink unless that is not wanted, and each has a sign", () => inHouse({}, async (house) => {
  await furnish(house);
  const animation = (page) => page.locator('.drawing [data-key="2"] .lamp').evaluate((lamp) => getComputedStyle(lamp).animationName);
  for (const [reducedMotion, expected] of [["no-preference", "blink"], ["reduce", "none"]]) {
    const page = await house.open(await house.browser({ reducedMotion }), phoneView("1000"));
    await page.getByRole("button", { name: /^Key 2: Sales, pick up, red, blinks fast/ }).waitFor();
    assert.equal(await animation(page), expected);
    assert.equal(await page.locator('.drawing [data-key="2"] .lamp').textContent(), "↑");
  }
}));

test("in German, and in the theme that was chosen", () => inHouse({}, async (house) => {
  await furnish(house);
  const page = await house.browser({ locale: "de-DE" });
  await house.open(page);
  await page.getByRole("link", { name: "Telefone" }).waitFor();
  assert.equal(await page.evaluate(() => document.documentElement.lang), "de");
  await page.getByLabel("Farben").selectOption("dark");
  const ground = () => page.evaluate(() => getComputedStyle(document.body).backgroundColor);
  const dark = await ground();
  await page.getByLabel("Farben").selectOption("light");
  assert.notEqual(await ground(), dark);
  await page.getByLabel("Sprache").selectOption("en");
  await page.getByRole("link", { name: "Phones", exact: true }).waitFor();
}));
