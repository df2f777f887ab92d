// What happens by itself: phones that come, fall silent and reboot, and snomd that goes away and comes back.

import assert from "node:assert/strict";
import { test } from "node:test";
import { choose, fields, inHouse, phoneView, until } from "./house.mjs";

const state = (page, user) => page.getByRole("row", { name: new RegExp(`${user}@`) }).locator(".badge");

test("a list that is empty says why, and phones appear as they register", () => inHouse({}, async (house) => {
  const page = await house.open(await house.browser());
  await page.getByRole("heading", { name: "No phone yet" }).waitFor();
  await page.getByText(`udp:${house.sip}`).waitFor();
  await house.phone("1000", "--model", "D865");
  await page.getByRole("row", { name: /1000@example.test D865/ }).waitFor();
  await page.getByRole("searchbox").fill("nobody of that name");
  await page.getByRole("heading", { name: "Nothing found" }).waitFor();
  await page.getByRole("button", { name: "Show all phones" }).click();
  await page.getByRole("row", { name: /1000@/ }).waitFor();
}));

test("what is wrong comes first: silent, then in order again", () => inHouse({}, async (house) => {
  await house.phone("1000", "--model", "D865");
  const silent = await house.phone("1002", "--model", "D785");
  const page = await house.open(await house.browser());
  await state(page, "1002").getByText("in order").waitFor();
  silent.fallSilent();
  const answer = house.ask("PUT", "/v1/phones/1002@example.test/buttons/2", { light: "on", label: "Late" });
  await state(page, "1002").getByText(/silent|pending/).waitFor();
  assert.equal((await answer).status, 502);
  await state(page, "1002").getByText("silent").waitFor();
  await until(async () => (await page.getByRole("row").nth(1).textContent()).includes("1002"), "the silent one to be first");
  await page.getByRole("button", { name: /silent/ }).click();
  await until(async () => (await page.getByRole("row").count()) === 2, "only the silent one to be shown");
  await page.getByRole("button", { name: /^All/ }).click();
  silent.goOn();
  await state(page, "1002").getByText("in order").waitFor();
  assert.equal((await silent.key("2")).label, "Late");
}));

test("a phone that reboots gets its keys again, and the page tells", () => inHouse({}, async (house) => {
  const phone = await house.phone("1000", "--model", "D785", "--reboot-time", "300");
  await house.ask("PUT", "/v1/phones/1000@example.test/buttons/2", { light: "on", label: "DND" });
  const page = await house.open(await house.browser(), phoneView("1000"));
  await page.getByRole("button", { name: /^Key 2: DND/ }).waitFor();
  await phone.reboot();
  await page.locator(".recent").getByText("1 key restored after it registered").waitFor();
  await until(async () => (await phone.key("2")).label === "DND", "the key to be there again");
}));

test("after snomd was killed the page says so, keeps what it had, and comes back by itself", () => inHouse({}, async (house) => {
  await house.phone("1000", "--model", "D865");
  await house.ask("PUT", "/v1/phones/1000@example.test/buttons/2", { light: "on", label: "DND" });
  const page = await house.open(await house.browser());
  await state(page, "1000").waitFor();
  await house.snomd.end("SIGKILL");
  await page.getByText(/snomd does not answer/).waitFor();
  assert.ok(await page.getByRole("row", { name: /1000@/ }).isVisible(), "what was there is still shown");
  await house.startSnomd();
  await page.locator(".connection-live").waitFor();
  await page.getByText(/snomd does not answer/).waitFor({ state: "hidden" });
  // The phone is not registered with this one yet; its key is kept.
  await page.getByRole("row", { name: /1000@/ }).waitFor();
  await page.getByRole("row", { name: /1000@/ }).click();
  await page.getByRole("button", { name: /^Key 2: DND/ }).waitFor();
  assert.deepEqual(page.complaints, []);
}));

test("a page opened before snomd is there says so, too", () => inHouse({}, async (house) => {
  const page = await house.open(await house.browser());
  await house.snomd.end();
  await page.getByRole("link", { name: "System" }).click();
  await page.getByText(/snomd did not say: snomd does not answer/).waitFor();
  await page.getByRole("link", { name: "Phones" }).click();
  await page.getByRole("heading", { name: "The list could not be loaded" }).waitFor();
  await house.startSnomd();
  await page.getByRole("heading", { name: "No phone yet" }).waitFor();
}));

test("a token is asked for, kept for the tab only, and asked for again when it is wrong", () => inHouse({ token: "0123456789abcdef" }, async (house) => {
  const page = await house.browser();
  await page.goto(`${house.server}/`);
  const dialog = page.getByRole("dialog", { name: "This snomd wants a token" });
  await dialog.getByLabel("Token").fill("not this one");
  await dialog.getByRole("button", { name: "Continue" }).click();
  await page.getByText("snomd does not know this token.").waitFor();
  await page.getByLabel("Token", { exact: true }).fill("0123456789abcdef");
  await page.keyboard.press("Enter");
  await page.locator(".connection-live").waitFor();
  await page.getByRole("heading", { name: "No phone yet" }).waitFor();
  assert.deepEqual(await page.evaluate(() => [Object.keys(sessionStorage), JSON.stringify(localStorage), document.cookie]),
    [["snom.token"], "{}", ""]);
  const other = await page.context().newPage();
  await other.goto(`${house.server}/`);
  await other.getByRole("dialog").waitFor();
}));

test("two operators edit the same key: the second is told, and nothing is lost without asking", () => inHouse({}, async (house) => {
  const phone = await house.phone("1000", "--model", "D865");
  await house.ask("PUT", "/v1/phones/1000@example.test/buttons/2", { light: "on", label: "DND" });
  const [anna, ben] = [await house.browser(), await house.browser()];
  for (const page of [anna, ben]) {
    await house.open(page, phoneView("1000", "2"));
    await until(async () => (await fields(page).label.inputValue()) === "DND", "the form to be filled");
  }
  await fields(ben).label.fill("Ben's");
  await fields(anna).label.fill("Anna's");
  await fields(anna).send.click();
  await until(async () => (await phone.key("2")).label === "Anna's", "Anna's to arrive");
  await ben.getByText("Somebody else has changed this key meanwhile.").waitFor();
  await ben.getByText(/It is now: Anna's/).waitFor();
  assert.equal(await fields(ben).label.inputValue(), "Ben's", "what was typed is not lost");
  await ben.getByRole("button", { name: "Send mine all the same" }).click();
  await until(async () => (await phone.key("2")).label === "Ben's", "Ben's to arrive");
  await until(async () => (await fields(anna).label.inputValue()) === "Ben's", "Anna's form to follow");
}));

test("of two who send at the same time, the server refuses the second by its tag", () => inHouse({}, async (house) => {
  await house.phone("1000", "--model", "D865");
  const key = "/v1/phones/1000@example.test/buttons/2";
  await house.ask("PUT", key, { light: "on", label: "DND" });
  const page = await house.browser();
  // Without events the page knows nothing of others but what the server says.
  await page.route("**/v1/events", (route) => route.fulfill({ status: 200, contentType: "text/event-stream", body: ": nothing\n\n" }));
  await page.goto(`${house.server}/#/${phoneView("1000", "2")}`);
  await until(async () => (await fields(page).label.inputValue()) === "DND", "the form to be filled");
  await fields(page).label.fill("Mine");
  await house.ask("PATCH", key, { label: "Theirs" });
  await fields(page).send.click();
  await page.getByText("Somebody else has changed this key meanwhile.").waitFor();
  assert.equal((await house.ask("GET", key)).body.label, "Theirs");
  await page.getByRole("button", { name: "Take theirs" }).click();
  await until(async () => (await fields(page).label.inputValue()) === "Theirs", "the form to be theirs");
  await choose(page, "Light", "off");
  await fields(page).send.click();
  await until(async () => (await house.ask("GET", key)).body.light === "off", "the change to arrive");
}));

test("whoever may only look is told so, and cannot press what snomd would refuse", () => inHouse({ token: "0123456789abcdef", named: true }, async (house) => {
  const admin = { Authorization: "Bearer 0123456789abcdef" };
  const tokenOf = async (name, role) => (await house.ask("POST", "/v1/tokens", { name, role }, admin)).body.token;
  const [board, desk] = [await tokenOf("board", "read"), await tokenOf("desk", "operate")];
  await house.phone("1000", "--model", "D785");
  await house.ask("PUT", "/v1/phones/1000@example.test/buttons/2", { light: "on", label: "Door" }, admin);
  const page = await house.browser();
  const use = async (token, view) => {
    await page.goto("about:blank");
    await page.goto(`${house.server}/#/${view}`);
    const dialog = page.getByRole("dialog");
    await dialog.getByLabel("Token").fill(token);
    await dialog.getByRole("button", { name: "Continue" }).click();
    await page.locator(".connection-live").waitFor();
  };
  await use(board, phoneView("1000", "2"));
  const why = page.getByText("The token “board” may look, and change nothing");
  await why.waitFor();
  await until(async () => (await fields(page).label.inputValue()) === "Door", "the form to be filled");
  await fields(page).label.fill("Gate");
  assert.equal(await page.getByRole("button", { name: "Send to the phone" }).isDisabled(), true);
  assert.equal(await page.getByRole("button", { name: "Clear the key" }).isDisabled(), true);
  assert.equal(await page.getByRole("button", { name: "Clear all keys" }).isVisible(), false);
  await page.goto(`${house.server}/#/layouts`);
  await page.getByLabel("Layout").setInputFiles({ name: "desk.csv", mimeType: "text/csv", buffer: Buffer.from("phone,key,light\n1000@example.test,3,on\n") });
  await why.waitFor();
  assert.equal(await page.getByRole("button", { name: "Compare" }).isDisabled(), true);
  assert.deepEqual(page.complaints, []);

  await page.evaluate(() => sessionStorage.clear());
  await use(desk, phoneView("1000", "2"));
  await until(async () => (await fields(page).label.inputValue()) === "Door", "the form to be filled");
  await fields(page).label.fill("Gate");
  await page.getByRole("button", { name: "Send to the phone" }).click();
  await page.getByText(/by desk/).waitFor();
  assert.equal(await why.isVisible(), false);
}));
