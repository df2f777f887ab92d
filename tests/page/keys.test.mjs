// Keys, from the page to the phone and back.

import assert from "node:assert/strict";
import { test } from "node:test";
import { choose, fields, inHouse, keyOf, phoneView, until } from "./house.mjs";

test("a key bound on the page lights on the phone, and its press is seen on the page", () => inHouse({}, async (house) => {
  const phone = await house.phone("1000", "--model", "D865");
  const page = await house.open(await house.browser());
  await page.getByRole("row", { name: /1000/ }).click();
  await keyOf(page, "2").click();
  const form = fields(page);
  await choose(page, "Light", "on");
  await choose(page, "Colour", "green");
  await form.label.fill("Ärzte");
  await form.action.selectOption("message");
  await form.number.fill("api+snom_button 1000@example.test 2 light=off");
  await form.send.click();
  await page.locator(".answers .badge", { hasText: "confirmed" }).waitFor();
  const key = await phone.key("2");
  assert.deepEqual([key.light, key.colour, key.label], ["on", "green", "Ärzte"]);
  assert.match(await keyOf(page, "2").getAttribute("aria-label"), /^Key 2: Ärzte, on, green, steady/);
  assert.match(await keyOf(page, "2").locator(".lamp").getAttribute("class"), /lamp-green rhythm-on/);
  await page.getByText("by x-buttons, answered 200 OK").waitFor();

  await phone.press("P2");
  await until(async () => (await phone.key("2")).light === "off", "the press to darken the key");
  await page.locator(".recent").getByText(/key 2 pressed/).waitFor();
  await page.locator('.drawing [data-key="2"] .rhythm-off').waitFor();
  await page.getByRole("link", { name: "Log" }).click();
  await page.locator(".log-list").getByText(/key 2 pressed: api\+snom_button/).waitFor();
  assert.deepEqual(page.complaints, []);
}));

test("a change made elsewhere is shown at once, and the form follows as long as nothing was typed", () => inHouse({}, async (house) => {
  await house.phone("1000", "--model", "D865");
  const page = await house.open(await house.browser(), phoneView("1000", "3"));
  await page.getByRole("heading", { name: "Key 3" }).waitFor();
  await house.ask("PUT", "/v1/phones/1000@example.test/buttons/3", { light: "hold", colour: "orange", label: "Park" });
  await page.locator('.drawing [data-key="3"] .rhythm-blink_slow.lamp-orange').waitFor();
  await until(async () => (await fields(page).label.inputValue()) === "Park", "the form to follow");
}));

test("a key that the phone refuses is said to be refused, and stays what it was", () => inHouse({}, async (house) => {
  await house.phone("1000", "--model", "D865");
  const page = await house.open(await house.browser(), phoneView("1000", "999"));
  await fields(page).label.fill("nowhere");
  await fields(page).send.click();
  await page.getByRole("alert").getByText(/Not set: .*404 No Such Key/).waitFor();
  assert.equal(await fields(page).label.inputValue(), "nowhere", "what was typed is not lost");
  assert.equal((await house.ask("GET", "/v1/phones/1000@example.test/buttons")).body.buttons.length, 0);
}));

test("what a LED cannot carry is said", () => inHouse({}, async (house) => {
  const phone = await house.phone("1003", "--model", "D735", "--fault", "buttons=415");
  const page = await house.open(await house.browser(), phoneView("1003", "2"));
  await choose(page, "Light", "on");
  await choose(page, "Colour", "red");
  await fields(page).label.fill("Front desk");
  await fields(page).number.fill("1000");
  await fields(page).send.click();
  await page.getByText(/by NOTIFY \(LED\), answered 200/).waitFor();
  await page.getByText("Not carried by this channel: label, action").waitFor();
  assert.equal((await phone.key("2")).led, "on");
}));

test("a key is cleared, and only what was changed of one is sent", () => inHouse({}, async (house) => {
  const phone = await house.phone("1000", "--model", "D865");
  await house.ask("PUT", "/v1/phones/1000@example.test/buttons/2", { light: "on", label: "DND", number: "9001" });
  const page = await house.open(await house.browser(), phoneView("1000", "2"));
  await until(async () => (await fields(page).label.inputValue()) === "DND", "the form to be filled");
  const sent = page.waitForRequest((request) => request.method() === "PATCH");
  await fields(page).label.fill("Do not disturb");
  await fields(page).send.click();
  assert.deepEqual((await sent).postDataJSON(), { label: "Do not disturb" });
  await until(async () => (await phone.key("2")).label === "Do not disturb", "the label to arrive");
  await fields(page).clear.click();
  await until(async () => (await phone.key("2")).label === "", "the key to be darkened");
  await page.getByText("Nothing is wanted of this key.").waitFor();
}));

test("keys on further pages and on modules are found and drawn", () => inHouse({}, async (house) => {
  const phone = await house.phone("1001", "--model", "D785", "--expansion-keys", "18");
  const page = await house.open(await house.browser(), phoneView("1001"));
  await page.getByRole("button", { name: /^Page 4/ }).click();
  await keyOf(page, "24").click();
  await fields(page).label.fill("Last one");
  await fields(page).send.click();
  await until(async () => (await phone.key("24")).label === "Last one", "the label to arrive");
  await page.getByRole("button", { name: "Show module 1" }).click();
  await keyOf(page, "25").click();
  await fields(page).label.fill("On the module");
  await fields(page).send.click();
  await until(async () => (await phone.key("25")).label === "On the module", "the label to arrive");
  await page.reload();
  await page.getByRole("button", { name: /^Key 25: On the module/ }).waitFor();
}));
