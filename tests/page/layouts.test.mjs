// Layouts: compared, applied, and what became of each key.

import assert from "node:assert/strict";
import { test } from "node:test";
import { domain, inHouse, until } from "./house.mjs";

const layout = (text) => ({ name: "desk.toml", mimeType: "application/toml", buffer: Buffer.from(text) });
const desk = `[[group]]
name = "desk"
phones = ["1000@${domain}", "1001@${domain}"]
[[group.key]]
key = 2
light = "on"
label = "Night"
[[group.key]]
key = 90
label = "Only on one"
`;

test("a layout is compared, applied, and each refusal is told", () => inHouse({}, async (house) => {
  const phone = await house.phone("1000", "--model", "D785", "--expansion-keys", "72");
  await house.phone("1001", "--model", "D785");
  await house.ask("PUT", `/v1/phones/1000@${domain}/buttons/2`, { light: "on", label: "Day" });
  const page = await house.open(await house.browser(), "layouts");
  await page.getByText("No layout has been applied since snomd was started.").waitFor();
  await page.getByLabel("Layout").setInputFiles(layout(desk));
  await page.getByRole("button", { name: "Compare" }).click();
  await page.getByText("4 keys of 2 phones would change; 0 keys are as the layout says.").waitFor();
  const changed = page.locator(".differences > li", { hasText: "1000@" }).locator(".property", { hasText: "label: Day" });
  assert.equal(await changed.locator("ins").textContent(), "Night");
  assert.equal((await phone.key("2")).label, "Day", "nothing is sent yet");
  await page.getByRole("button", { name: "Apply to the phones" }).click();
  await until(async () => (await phone.key("2")).label === "Night", "the layout to arrive");
  const job = page.getByRole("article");
  await job.getByText("done").waitFor();
  await job.getByText("4 of 4 keys answered").waitFor();
  await job.locator(".differences", { hasText: "1001@" }).getByText("refused").waitFor();
  assert.deepEqual(page.complaints, []);
}));

test("what is wrong with a layout is told, and nothing is applied", () => inHouse({}, async (house) => {
  await house.phone("1000", "--model", "D785");
  const page = await house.open(await house.browser(), "layouts");
  await page.getByLabel("Layout").setInputFiles(layout(desk.replace('light = "on"', 'light = "bright"')));
  await page.getByRole("button", { name: "Compare" }).click();
  await page.getByRole("alert").getByText(/'bright' is not a light/).waitFor();
  assert.equal(await page.getByRole("button", { name: "Apply to the phones" }).isVisible(), false);
}));
